// Everything the stand-in knows. Datasets, tables and jobs are kept in memory and written through to
// DuckDB; rows and the counts of partitions are in DuckDB only, so that both are read at one instant.
import { Database, type Transaction } from './database.ts';
import { notFound } from './errors.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { MACROS } from './query/macros.ts';
import {
  ANONYMOUS_DATASET,
  type DatasetRecord,
  datasetKey,
  describeTable,
  type JobRecord,
  physicalName,
  type TableRecord,
  tableKey,
} from './records.ts';

type Runner = Pick<Transaction, 'run'>;

export class Store implements AsyncDisposable {
  readonly database: Database;
  readonly clock: () => number;
  readonly datasets = new Map<string, DatasetRecord>();
  readonly tables = new Map<string, TableRecord>();
  /** By `project:location.jobId`. */
  readonly jobs = new Map<string, JobRecord>();
  /** One writer a table at a time: DuckDB refuses the second of two. */
  readonly writers = new KeyedQueue();
  #lastId = 0;

  private constructor(database: Database, clock: () => number) {
    this.database = database;
    this.clock = clock;
  }

  static async open(dataDir: string | undefined, clock: () => number): Promise<Store> {
    const store = new Store(await Database.open(dataDir), clock);
    await store.#load();
    return store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  dataset(project: string, datasetId: string): DatasetRecord {
    const found = this.datasets.get(datasetKey(project, datasetId));
    if (found === undefined) throw notFound(`Dataset ${datasetKey(project, datasetId)}`);
    return found;
  }

  findTable(project: string, datasetId: string, tableId: string): TableRecord | undefined {
    const found = this.tables.get(tableKey(project, datasetId, tableId));
    const isExpired = (found?.expirationTimeMs ?? Number.POSITIVE_INFINITY) <= this.clock();
    return isExpired ? undefined : found;
  }

  table(project: string, datasetId: string, tableId: string): TableRecord {
    const found = this.findTable(project, datasetId, tableId);
    if (found !== undefined) return found;
    if (datasetId !== ANONYMOUS_DATASET) this.dataset(project, datasetId);
    throw notFound(`Table ${tableKey(project, datasetId, tableId)}`);
  }

  tablesOf(project: string, datasetId: string): TableRecord[] {
    return [...this.tables.values()]
      .filter((table) => table.project === project && table.datasetId === datasetId)
      .filter(({ tableId }) => this.findTable(project, datasetId, tableId) !== undefined)
      .sort((a, b) => (a.tableId < b.tableId ? -1 : 1));
  }

  async saveDataset(dataset: DatasetRecord): Promise<void> {
    const key = datasetKey(dataset.project, dataset.datasetId);
    await this.database.transaction(async (transaction) => {
      await transaction.run('DELETE FROM firesink.datasets WHERE key = $1', [key]);
      await transaction.run('INSERT INTO firesink.datasets VALUES ($1, $2)', [
        key,
        JSON.stringify(dataset),
      ]);
    });
    this.datasets.set(key, dataset);
  }

  async deleteDataset(dataset: DatasetRecord): Promise<void> {
    const key = datasetKey(dataset.project, dataset.datasetId);
    this.datasets.delete(key);
    await this.database.run('DELETE FROM firesink.datasets WHERE key = $1', [key]);
  }

  /** Writes the record; whoever calls puts it in `tables` once the transaction is through. */
  async saveTable(table: TableRecord, runner: Runner): Promise<void> {
    await runner.run('DELETE FROM firesink.tables WHERE key = $1', [describeTable(table)]);
    await runner.run('INSERT INTO firesink.tables VALUES ($1, $2)', [
      describeTable(table),
      JSON.stringify(table),
    ]);
  }

  putTable(table: TableRecord): void {
    this.tables.set(describeTable(table), table);
  }

  async deleteTable(table: TableRecord): Promise<void> {
    this.tables.delete(describeTable(table));
    await this.database.transaction(async (transaction) => {
      await transaction.run('DELETE FROM firesink.tables WHERE key = $1', [describeTable(table)]);
      await transaction.run(`DELETE FROM firesink.partitions WHERE table_id = ${table.id}`);
      await transaction.run(`DROP TABLE IF EXISTS ${physicalName(table)}`);
    });
  }

  /** The rows of a table that another has replaced; who still reads them asks again. */
  async dropRows(table: TableRecord): Promise<void> {
    await this.database.run(`DROP TABLE IF EXISTS ${physicalName(table)}`);
  }

  async insertJob(job: JobRecord): Promise<void> {
    await this.database.run('INSERT INTO firesink.jobs VALUES ($1, $2)', [
      BigInt(job.sequence),
      JSON.stringify(job),
    ]);
  }

  async updateJob(job: JobRecord, runner: Runner = this.database): Promise<void> {
    await runner.run('UPDATE firesink.jobs SET record = $2 WHERE sequence = $1', [
      BigInt(job.sequence),
      JSON.stringify(job),
    ]);
  }

  async #load(): Promise<void> {
    const { database } = this;
    await database.run('CREATE SCHEMA IF NOT EXISTS firesink');
    for (const macro of MACROS) await database.run(`CREATE OR REPLACE MACRO firesink.${macro}`);
    await database.run("ATTACH ':memory:' AS results");
    for (const definition of [
      'datasets (key VARCHAR, record VARCHAR)',
      'tables (key VARCHAR, record VARCHAR)',
      'jobs (sequence BIGINT, record VARCHAR)',
      'partitions (table_id BIGINT, partition_id VARCHAR, total_rows BIGINT, total_bytes BIGINT, modified_ms BIGINT)',
    ]) {
      await database.run(`CREATE TABLE IF NOT EXISTS firesink.${definition}`);
    }
    for (const dataset of await this.#records<DatasetRecord>('datasets')) {
      this.datasets.set(datasetKey(dataset.project, dataset.datasetId), dataset);
    }
    for (const table of await this.#records<TableRecord>('tables')) this.putTable(table);
    for (const job of await this.#records<JobRecord>('jobs')) this.jobs.set(jobKey(job), job);
    await this.#dropOrphans();
  }

  /** Results of queries, and tables whose replacement was committed but which were not yet dropped. */
  async #dropOrphans(): Promise<void> {
    const { rows } = await this.database.run(
      "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal",
    );
    const known = new Set([...this.tables.values()].map(physicalName));
    for (const [name] of rows) {
      const physical = `main.${String(name)}`;
      this.#lastId = Math.max(this.#lastId, Number(String(name).slice(1)));
      if (!known.has(physical)) await this.database.run(`DROP TABLE ${physical}`);
    }
    for (const job of this.jobs.values()) this.#lastId = Math.max(this.#lastId, job.sequence);
  }

  async #records<T>(table: string): Promise<T[]> {
    const { rows } = await this.database.run(`SELECT record FROM firesink.${table} ORDER BY 1`);
    // Written by this class alone.
    return rows.map(([record]) => JSON.parse(String(record)) as T);
  }
}

export const jobKey = (job: Pick<JobRecord, 'project' | 'location' | 'jobId'>): string =>
  `${job.project}:${job.location}.${job.jobId}`;
