// tabledata.list, and the reading of rows that jobs.getQueryResults shares with it.
import { formatRow, parseTimestampFormat, type Row, type TimestampFormat } from './cells.ts';
import { quoteName } from './columns.ts';
import type { Transaction } from './database.ts';
import { etagOf } from './datasets.ts';
import { invalid } from './errors.ts';
import { type Call, formatPageToken, queryInteger, type Reply } from './http.ts';
import { parseDecorator, partitionFilterSql, splitDecorator } from './partitions.ts';
import { describeTable, physicalName, type TableRecord } from './records.ts';
import { type Field, findField } from './schema.ts';
import type { Store } from './store.ts';
import { countsOf } from './table-storage.ts';

/** BigQuery quotas, "tabledata.list": rows of one answer. */
const MAX_ROWS = 100_000;
/** BigQuery ends a page at about 10 MB, before any count. */
const MAX_PAGE_BYTES = 10 * 1024 * 1024;

export async function listTableData(
  store: Store,
  call: Call,
  project: string,
  datasetId: string,
  id: string,
): Promise<Reply> {
  const { tableId, decorator } = splitDecorator(id);
  return retryReplaced(
    store,
    () => store.table(project, datasetId, tableId),
    async (table) => {
      const partitionId =
        decorator === undefined
          ? undefined
          : parseDecorator(decorator, table.partitioning, describeTable(table));
      const start = startIndex(call);
      const fields = selectFields(table.fields, call.query.get('selectedFields'));
      const maxResults = Math.min(queryInteger(call, 'maxResults') ?? MAX_ROWS, MAX_ROWS);
      const timestamps = parseTimestampFormat(
        (name) => call.query.get(`formatOptions.${name}`) ?? undefined,
      );
      // One transaction: the rows and their count are of one instant.
      const [rows, counts] = await store.database.transaction(async (snapshot) => [
        await readRows(table, { fields, start, maxResults, timestamps, partitionId }, snapshot),
        await countsOf(snapshot, table, partitionId),
      ]);
      const total = Number(counts.rows);
      const end = start + rows.length;
      return {
        body: {
          kind: 'bigquery#tableDataList',
          etag: etagOf(table),
          totalRows: String(total),
          ...(end < total && rows.length > 0 ? { pageToken: formatPageToken(end) } : {}),
          ...(rows.length > 0 ? { rows } : {}),
        },
      };
    },
  );
}

/** From `pageToken`, else `startIndex`. */
export function startIndex(call: Call): number {
  const token = call.query.get('pageToken');
  if (!token) return queryInteger(call, 'startIndex') ?? 0;
  const index = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isSafeInteger(index) || index < 0) {
    throw invalid(`Invalid value for pageToken: ${token}`);
  }
  return index;
}

/**
 * A table that is replaced as a whole gets another name in DuckDB: who read the old name a moment before
 * asks again.
 */
async function retryReplaced<T>(
  store: Store,
  find: () => TableRecord,
  read: (table: TableRecord) => Promise<T>,
): Promise<T> {
  const table = find();
  try {
    return await read(table);
  } catch (error) {
    const current = store.tables.get(describeTable(table));
    if (current === undefined || current.id === table.id) throw error;
    return read(current);
  }
}

interface ReadOptions {
  /** Some of the table's columns, or of the members of its records. */
  fields: readonly Field[];
  start: number;
  maxResults: number;
  timestamps: TimestampFormat;
  partitionId?: string | undefined;
}

/** Few rows first: they may be of megabytes each. */
const FIRST_STEP = 1000;

/** Rows in the order they were written, as many as fit a page. */
export async function readRows(
  table: TableRecord,
  { fields, start, maxResults, timestamps, partitionId }: ReadOptions,
  snapshot: Pick<Transaction, 'run'>,
): Promise<Row[]> {
  const where =
    partitionId === undefined || table.partitioning === undefined
      ? ''
      : ` WHERE ${partitionFilterSql(partitionId, table.partitioning, quoteName)}`;
  const columns = fields.map((field) => quoteName(field.name)).join(', ');
  const page: Row[] = [];
  let bytes = 0;
  let step = FIRST_STEP;
  while (fields.length > 0 && page.length < maxResults) {
    const limit = Math.min(step, maxResults - page.length);
    const { rows } = await snapshot.run(
      `SELECT ${columns} FROM ${physicalName(table)}${where} LIMIT ${limit} OFFSET ${start + page.length}`,
    );
    for (const values of rows) {
      const row = formatRow(fields, values, timestamps);
      bytes += JSON.stringify(row).length;
      if (bytes > MAX_PAGE_BYTES && page.length > 0) return page;
      page.push(row);
    }
    if (rows.length < limit) break;
    step = Math.max(1, Math.ceil(((MAX_PAGE_BYTES - bytes) / bytes) * page.length));
  }
  return page;
}

/** `a,b.c`: columns, and members of records; in the order of the schema. */
function selectFields(fields: readonly Field[], selection: string | null): readonly Field[] {
  if (selection === null || selection === '') return fields;
  return selectPaths(
    fields,
    selection.split(',').map((path) => path.trim().split('.')),
  );
}

function selectPaths(fields: readonly Field[], paths: readonly string[][]): Field[] {
  for (const [name = ''] of paths) {
    if (findField(fields, name) === undefined)
      throw invalid(`No such field: ${name}`, 'selectedFields');
  }
  return fields.flatMap((field) => {
    const own = paths.filter(([name]) => name?.toLowerCase() === field.name.toLowerCase());
    if (own.length === 0) return [];
    const nested = own.map(([, ...rest]) => rest);
    if (field.fields === undefined || nested.some((rest) => rest.length === 0)) return [field];
    return [{ ...field, fields: selectPaths(field.fields, nested) }];
  });
}
