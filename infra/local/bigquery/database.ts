// DuckDB behind one door: connections are borrowed for one statement or one transaction, since a
// connection runs one thing at a time.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

export type Parameters = DuckDBValue[];

export interface Rows {
  /** Column after column of each row. */
  rows: DuckDBValue[][];
  /** How many rows a DML statement touched. */
  changed: number;
}

const OPTIONS = {
  // DuckDB takes what it likes otherwise, and a laptop runs all of firesink beside it.
  memory_limit: '384MB',
  // What is deleted is taken out of the file then: a slice is replaced again and again.
  checkpoint_threshold: '4MB',
  // As BigQuery sorts.
  default_null_order: 'nulls_first_on_asc_last_on_desc',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

export class Database implements AsyncDisposable {
  /** For staging files; emptied when the database is closed. */
  readonly scratchDir: string;
  readonly #instance: DuckDBInstance;
  readonly #free: DuckDBConnection[] = [];

  private constructor(instance: DuckDBInstance, scratchDir: string) {
    this.#instance = instance;
    this.scratchDir = scratchDir;
  }

  /**
   * @param dataDir  undefined: everything in memory
   * @throws where another process has the data
   */
  static async open(dataDir: string | undefined): Promise<Database> {
    if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
    const file = dataDir === undefined ? ':memory:' : join(dataDir, 'bigquery.duckdb');
    const instance = await DuckDBInstance.create(file, OPTIONS).catch((cause: unknown) => {
      const isLocked = String(cause).includes('lock');
      throw isLocked ? new Error(`another process has ${file} open`, { cause }) : cause;
    });
    // Only who has the database may take away what a killed process left behind.
    const scratchDir =
      dataDir === undefined
        ? mkdtempSync(join(tmpdir(), 'firesink-bigquery-'))
        : join(dataDir, 'scratch');
    rmSync(scratchDir, { recursive: true, force: true });
    mkdirSync(scratchDir, { recursive: true });
    const database = new Database(instance, scratchDir);
    await database.run("SET GLOBAL TimeZone = 'UTC'");
    await database.run(`SET GLOBAL temp_directory = '${scratchDir.replaceAll("'", "''")}'`);
    return database;
  }

  async run(sql: string, values?: Parameters): Promise<Rows> {
    const connection = await this.#borrow();
    try {
      return await execute(connection, sql, values);
    } finally {
      this.#free.push(connection);
    }
  }

  /** All or nothing: rolled back if `work` throws. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const connection = await this.#borrow();
    try {
      await connection.run('BEGIN');
      const result = await work(new Transaction(connection));
      await connection.run('COMMIT');
      return result;
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      this.#free.push(connection);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#free.splice(0)) connection.closeSync();
    this.#instance.closeSync();
    rmSync(this.scratchDir, { recursive: true, force: true });
  }

  async #borrow(): Promise<DuckDBConnection> {
    return this.#free.pop() ?? (await this.#instance.connect());
  }
}

export class Transaction {
  readonly #connection: DuckDBConnection;
  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  run(sql: string, values?: Parameters): Promise<Rows> {
    return execute(this.#connection, sql, values);
  }

  /** Ends the statement that runs; it fails, and the transaction with it. */
  interrupt(): void {
    this.#connection.interrupt();
  }
}

async function execute(
  connection: DuckDBConnection,
  sql: string,
  values?: Parameters,
): Promise<Rows> {
  const reader = await connection.runAndReadAll(sql, values);
  return { rows: reader.getRows(), changed: reader.rowsChanged };
}
