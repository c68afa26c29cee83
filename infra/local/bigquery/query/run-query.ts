// The work of a query job.
import { ApiError, invalid, notFound, toApiError } from '../errors.ts';
import type { JobWork, RunningJob } from '../jobs.ts';
import type { JsonMap } from '../json-body.ts';
import { ANONYMOUS_DATASET, datasetKey, describeTable, type TableRecord } from '../records.ts';
import type { Store } from '../store.ts';
import { countsOf, recount } from '../table-storage.ts';
import { planWrite, writeRows } from '../write-table.ts';
import type { Statement } from './ast.ts';
import { Catalog } from './catalog.ts';
import { type CompiledStatement, compileStatement } from './compile-statement.ts';
import { parseStatement } from './parse-statement.ts';
import type { QueryConfig } from './query-config.ts';
import { QueryError, toInvalidQuery } from './query-error.ts';
import type { Results } from './results.ts';
import type { Environment } from './scope.ts';

export interface PreparedQuery {
  statement: CompiledStatement;
  /** What it reads and writes. */
  tables: readonly TableRecord[];
}

interface QueryTarget {
  project: string;
  location: string | undefined;
}

/** Compiles against the tables as they are now. @throws {ApiError} */
export function prepareQuery(
  store: Store,
  config: QueryConfig,
  { project, location }: QueryTarget,
): PreparedQuery {
  const { defaultDataset } = config;
  return compile(store, config, new Catalog(store, { project, defaultDataset, location }));
}

function compile(store: Store, config: QueryConfig, catalog: Catalog): PreparedQuery {
  let names = 0;
  const environment: Environment = {
    findTable: (path, at) => catalog.find(path, at),
    parameter: config.parameter,
    nowMicros: BigInt(store.clock()) * 1000n,
    newName: () => {
      names += 1;
      return `s${names}`;
    },
  };
  try {
    const parsed: Statement = parseStatement(config.query);
    const statement = compileStatement(parsed, environment, (path, at) => catalog.table(path, at));
    return { statement, tables: [...catalog.used.values()] };
  } catch (error) {
    if (error instanceof QueryError) throw toInvalidQuery(error, config.query);
    throw error;
  }
}

/**
 * Where the datasets are that a query names; undefined where it names none. A query that cannot be
 * compiled still fails in the right place.
 *
 * @throws {ApiError} where they are in different locations
 */
export function locationOf(store: Store, config: QueryConfig, project: string): string | undefined {
  const { defaultDataset, write } = config;
  const catalog = new Catalog(store, { project, defaultDataset, location: undefined });
  try {
    compile(store, config, catalog);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  const named = [...catalog.datasets];
  for (const reference of [write?.destination, defaultDataset]) {
    const dataset =
      reference && store.datasets.get(datasetKey(reference.project, reference.datasetId));
    if (dataset !== undefined) named.push(dataset);
  }
  const [first, ...others] = new Set(named.map(({ location }) => location));
  if (others.length > 0)
    throw invalid(`Cannot query across locations: ${[first, ...others].join(', ')}`);
  return first;
}

export function queryWork(
  store: Store,
  results: Results,
  config: QueryConfig,
  configuration: JsonMap,
): JobWork {
  return {
    async run(job) {
      job.start();
      const target = { project: job.record.project, location: job.record.location };
      const prepared = prepareQuery(store, config, target);
      try {
        await runPrepared(store, results, config, configuration, prepared, job);
      } catch (error) {
        // A table was replaced as a whole between compiling and reading: once more.
        const isStale = prepared.tables.some(
          (table) => store.tables.get(describeTable(table))?.id !== table.id,
        );
        if (!isStale || prepared.statement.kind === 'dml') throw toQueryFailure(error);
        const again = prepareQuery(store, config, target);
        await runPrepared(store, results, config, configuration, again, job).catch((second) => {
          throw toQueryFailure(second);
        });
      }
    },
  };
}

async function runPrepared(
  store: Store,
  results: Results,
  config: QueryConfig,
  configuration: JsonMap,
  prepared: PreparedQuery,
  job: RunningJob,
): Promise<void> {
  const { statement } = prepared;
  const bytes = String(await bytesOf(store, prepared));
  const statistics = {
    statementType: statement.kind === 'select' ? 'SELECT' : statement.verb,
    totalBytesProcessed: bytes,
    totalBytesBilled: '0',
    cacheHit: false,
    referencedTables: prepared.tables.map(toReference),
  };
  job.record.statistics = { totalBytesProcessed: bytes, query: statistics };
  if (statement.kind === 'dml') return runDml(store, config, statistics, statement.table, job);
  job.record.resultFields = statement.fields;
  if (config.write !== undefined) {
    return writeResult(store, config, configuration, statement, job);
  }
  const table = await results.create(
    job.record.project,
    statement.fields,
    statement.sql,
    job.signal,
  );
  setDestination(job, table);
  await store.database.transaction((transaction) => job.finish(transaction));
}

const toReference = ({ project, datasetId, tableId }: TableRecord) => ({
  projectId: project,
  datasetId,
  tableId,
});

function setDestination(job: RunningJob, table: TableRecord): void {
  const { query } = job.record.configuration;
  job.record.configuration = {
    ...job.record.configuration,
    query: { ...(query as JsonMap), destinationTable: toReference(table) },
  };
}

/** An upper bound: whole tables, where BigQuery counts the columns that are read. */
export async function bytesOf(store: Store, { tables }: PreparedQuery): Promise<bigint> {
  const counts = await Promise.all(tables.map((table) => countsOf(store.database, table)));
  return counts.reduce((sum, { bytes }) => sum + bytes, 0n);
}

/** In the table's turn, compiled again there: the schema may have changed while it waited. */
function runDml(
  store: Store,
  config: QueryConfig,
  statistics: JsonMap,
  target: TableRecord,
  job: RunningJob,
): Promise<void> {
  const { project, location } = job.record;
  return store.writers.run(describeTable(target), async () => {
    job.signal.throwIfAborted();
    const { statement } = prepareQuery(store, config, { project, location });
    if (statement.kind !== 'dml') throw new Error('a statement changed its kind');
    const next = { ...statement.table, lastModifiedMs: store.clock() };
    await store.database.transaction(async (transaction) => {
      const interrupt = () => transaction.interrupt();
      job.signal.addEventListener('abort', interrupt);
      try {
        const { changed } = await transaction.run(statement.sql);
        await recount(next, undefined, transaction);
        await store.saveTable(next, transaction);
        const count = String(changed);
        job.record.statistics = {
          ...job.record.statistics,
          query: {
            ...statistics,
            numDmlAffectedRows: count,
            dmlStats: dmlStats(statement.verb, count),
          },
        };
        await job.finish(transaction);
      } finally {
        job.signal.removeEventListener('abort', interrupt);
      }
    });
    store.putTable(next);
  });
}

const dmlStats = (verb: string, count: string): JsonMap => ({
  insertedRowCount: verb === 'INSERT' ? count : '0',
  updatedRowCount: verb === 'UPDATE' ? count : '0',
  deletedRowCount: verb === 'DELETE' || verb === 'TRUNCATE_TABLE' ? count : '0',
});

async function writeResult(
  store: Store,
  config: QueryConfig,
  configuration: JsonMap,
  statement: Extract<CompiledStatement, { kind: 'select' }>,
  job: RunningJob,
): Promise<void> {
  const { write } = config;
  if (write === undefined) return;
  const { project, datasetId, tableId } = write.destination;
  await store.writers.run(describeTable({ project, datasetId, tableId }), async () => {
    const plan = planWrite(store, write, statement.fields, configuration);
    const columns = plan.next.fields.map(({ name }) => `"${name.replaceAll('"', '""')}"`);
    const rowsSql = `SELECT ${columns.join(', ')} FROM (${statement.sql}) AS result`;
    const table = await store.database.transaction(async (transaction) => {
      const written = await writeRows(store, plan, write, rowsSql, transaction);
      await job.finish(transaction);
      return written;
    });
    store.putTable(table);
    if (plan.current !== undefined && plan.current.id !== table.id)
      await store.dropRows(plan.current);
  });
}

/** DuckDB's words without its class of error and its picture of the SQL, which is not the user's. */
export function toQueryFailure(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const [, kind = '', message = text] = /^([A-Z][A-Za-z ]+) Error: ([\s\S]*)$/.exec(text) ?? [];
  const [first = message] = message.split('\n\n');
  if (kind === 'INTERNAL' || kind === 'Fatal' || kind === 'IO') return toApiError(error);
  const [, column] = /^column "([^"]+)" must appear in the GROUP BY clause/.exec(first) ?? [];
  const words =
    column === undefined
      ? first
      : `SELECT list expression references column ${column} which is neither grouped nor aggregated`;
  return new ApiError('invalidQuery', words, { location: 'query', cause: error });
}

/** The rows of a finished query job. @throws {ApiError} where they are gone */
export function resultTable(store: Store, destination: JsonMap | undefined): TableRecord {
  const [project, datasetId, tableId] = ['projectId', 'datasetId', 'tableId'].map((name) =>
    String(destination?.[name]),
  );
  const table = store.tables.get(`${project}:${datasetId}.${tableId}`);
  if (table !== undefined) return table;
  if (datasetId === ANONYMOUS_DATASET) {
    throw notFound(
      `Table ${project}:${datasetId}.${tableId}: results of queries are kept for 24 hours, until the stand-in ends`,
    );
  }
  throw notFound(`Table ${project}:${datasetId}.${tableId}`);
}
