// tabledata.insertAll: rows that are there at once. A row that came with the same insertId within the
// last minute is not inserted again; of a request with a bad row nothing is inserted, unless
// skipInvalidRows says so.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stagedSelectSql } from './columns.ts';
import { ApiError, type ErrorProto, invalid, notServed } from './errors.ts';
import type { Call, Reply } from './http.ts';
import { type Json, JsonNumber, JsonObject, parseJson } from './ndjson/json.ts';
import { jsonConverter, normalizeJson } from './ndjson/json-type.ts';
import { type Converters, convertRow, LOAD_CONVERTERS, planRow } from './ndjson/row.ts';
import { RowError } from './ndjson/row-error.ts';
import { stringConverter } from './ndjson/text.ts';
import { describeTable, physicalName, type TableRecord } from './records.ts';
import type { Store } from './store.ts';
import { addCounts } from './table-storage.ts';

/** BigQuery quotas, "Streaming inserts": rows of a request. */
const MAX_ROWS = 50_000;
/** How long an insertId is remembered, "at least one minute" (docs, "Best effort de-duplication"). */
const DEDUPLICATION_MS = 60_000;

/** Streaming takes numbers for strings, and JSON only as its text. */
const STREAM_CONVERTERS: Converters = {
  ...LOAD_CONVERTERS,
  STRING: (column) => {
    const convert = stringConverter(column);
    return (value) => {
      if (typeof value === 'boolean') {
        throw new RowError('Conversion from bool to string is unsupported.', column.path);
      }
      return convert(value instanceof JsonNumber ? value.text : value);
    };
  },
  JSON: (column) => {
    const convert = jsonConverter(column);
    return (value) => {
      if (value instanceof JsonObject || Array.isArray(value)) {
        throw new RowError(`This field: ${column.path} is not a record.`, column.path);
      }
      if (typeof value !== 'string') return convert(value);
      return JSON.stringify(normalizeJson(parseJson(value), column.path));
    };
  },
};

interface InsertRequest {
  rows: { insertId: string | undefined; json: Json }[];
  skipInvalidRows: boolean;
  ignoreUnknownValues: boolean;
}

/** insertIds of the last minute, by table. */
export class RecentInserts {
  readonly #byTable = new Map<string, Map<string, number>>();

  /** Ids of the table that are still remembered, with the time they were seen. */
  of(table: string, now: number): Map<string, number> {
    const ids = this.#byTable.get(table) ?? new Map<string, number>();
    this.#byTable.set(table, ids);
    for (const [id, seenMs] of ids) {
      if (now - seenMs < DEDUPLICATION_MS) break;
      ids.delete(id);
    }
    return ids;
  }
}

export async function insertAll(
  store: Store,
  recent: RecentInserts,
  call: Call,
  ...[project, datasetId, tableId]: [string, string, string]
): Promise<Reply> {
  const request = parseRequest(await call.body());
  if (tableId.includes('$')) throw notServed('insertAll into a partition by its decorator');
  const name = describeTable({ project, datasetId, tableId });
  const insertErrors = await store.writers.run(name, () =>
    insertRows(store, recent, store.table(project, datasetId, tableId), request),
  );
  return {
    body: {
      kind: 'bigquery#tableDataInsertAllResponse',
      ...(insertErrors.length > 0 ? { insertErrors } : {}),
    },
  };
}

function parseRequest(body: Buffer): InsertRequest {
  const tree = parseBody(body);
  const rows = member(tree, 'rows');
  if (member(tree, 'templateSuffix') !== null) throw notServed('insertAll with templateSuffix');
  if (!Array.isArray(rows) || rows.length === 0) throw invalid('No rows present in the request.');
  if (rows.length > MAX_ROWS) throw invalid(`Too many rows present in the request: ${rows.length}`);
  return {
    rows: rows.map((row) => {
      if (!(row instanceof JsonObject)) throw invalid('Every row must be an object');
      const insertId = member(row, 'insertId');
      return {
        insertId: typeof insertId === 'string' && insertId !== '' ? insertId : undefined,
        json: member(row, 'json') ?? new JsonObject(),
      };
    }),
    skipInvalidRows: member(tree, 'skipInvalidRows') === true,
    ignoreUnknownValues: member(tree, 'ignoreUnknownValues') === true,
  };
}

function parseBody(body: Buffer): JsonObject {
  try {
    const tree = parseJson(body.toString('utf8'));
    if (tree instanceof JsonObject) return tree;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw new ApiError('parseError', `Parse Error: ${error.message}`, { cause: error });
  }
  throw new ApiError('parseError', 'Parse Error: an object is expected');
}

const member = ({ keys, values }: JsonObject, name: string): Json =>
  values[keys.indexOf(name)] ?? null;

interface InsertErrors {
  index: number;
  errors: (Partial<ErrorProto> & { debugInfo: string })[];
}

async function insertRows(
  store: Store,
  recent: RecentInserts,
  table: TableRecord,
  { rows, skipInvalidRows, ignoreUnknownValues }: InsertRequest,
): Promise<InsertErrors[]> {
  if (table.fields.length === 0) throw invalid('The destination table has no schema.');
  const plan = planRow(table.fields, { ignoreUnknownValues, converters: STREAM_CONVERTERS });
  const errors: InsertErrors[] = [];
  const converted = rows.map(({ json }, index) => {
    try {
      return convertRow(plan, json);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      errors.push({ index, errors: [describe(error)] });
      return undefined;
    }
  });
  if (errors.length > 0 && !skipInvalidRows) {
    const stopped = { reason: 'stopped' as const, location: '', debugInfo: '', message: '' };
    converted.forEach((row, index) => {
      if (row !== undefined) errors.push({ index, errors: [stopped] });
    });
    return errors;
  }
  const now = store.clock();
  const ids = recent.of(describeTable(table), now);
  const fresh = converted.filter((row, index): row is string => {
    const insertId = rows[index]?.insertId;
    if (row === undefined) return false;
    if (insertId === undefined) return true;
    const isNew = !ids.has(insertId);
    if (isNew) ids.set(insertId, now);
    return isNew;
  });
  if (fresh.length > 0) await append(store, table, fresh);
  return errors;
}

const describe = (error: RowError): InsertErrors['errors'][number] => ({
  reason: 'invalid',
  location: error.field ?? '',
  debugInfo: '',
  message: error.message.replace(/^No such field/, 'no such field'),
});

async function append(store: Store, table: TableRecord, rows: readonly string[]): Promise<void> {
  const stagingFile = join(store.database.scratchDir, `${store.nextId()}.ndjson`);
  const text = `${rows.join('\n')}\n`;
  writeFileSync(stagingFile, text);
  try {
    const next = { ...table, lastModifiedMs: store.clock() };
    const rowsSql = stagedSelectSql(table.fields, stagingFile, text.length * 3);
    await store.database.transaction(async (transaction) => {
      await transaction.run(`INSERT INTO ${physicalName(table)} ${rowsSql}`);
      await addCounts(next, rowsSql, transaction);
      await store.saveTable(next, transaction);
    });
    store.putTable(next);
  } finally {
    rmSync(stagingFile, { force: true });
  }
}
