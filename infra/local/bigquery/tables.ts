// tables.*
import { etagOf, mergeLabels } from './datasets.ts';
import { ApiError, duplicate, invalid, notServed } from './errors.ts';
import { type Call, page, type Reply, readObject } from './http.ts';
import {
  isObject,
  type JsonMap,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  optionalStrings,
} from './json-body.ts';
import {
  formatPartitioning,
  isSamePartitioning,
  parseDecorator,
  parsePartitioning,
  splitDecorator,
} from './partitions.ts';
import { describeTable, type TableRecord } from './records.ts';
import { type Field, findField, parseSchema } from './schema.ts';
import { updateSchema } from './schema-update.ts';
import type { Store } from './store.ts';
import { alterRows, type Counts, countsOf, createRows } from './table-storage.ts';

/** @see docs "Create and use tables", "Table naming" */
const TABLE_ID = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u;
const MAX_CLUSTERING_COLUMNS = 4;
const UNSERVED = [
  'view',
  'materializedView',
  'externalDataConfiguration',
  'tableConstraints',
  'model',
  'snapshotDefinition',
  'encryptionConfiguration',
  'biglakeConfiguration',
  'tableReplicationInfo',
];

export function checkTableId(tableId: string): void {
  if (TABLE_ID.test(tableId)) return;
  throw invalid(
    `Invalid table ID "${tableId}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long. Also, Table decorators cannot be used.`,
  );
}

export async function insertTable(
  store: Store,
  call: Call,
  project: string,
  datasetId: string,
): Promise<Reply> {
  const body = await readObject(call);
  const reference = optionalObject(body, 'tableReference') ?? {};
  const tableId = optionalString(reference, 'tableId');
  if (tableId === undefined) throw new ApiError('required', 'Table reference is missing');
  checkTableId(tableId);
  const dataset = store.dataset(project, datasetId);
  const table = newTable(store, { project, datasetId, tableId }, body);
  if (dataset.defaultTableExpirationMs !== undefined && table.expirationTimeMs === undefined) {
    table.expirationTimeMs = store.clock() + Number(dataset.defaultTableExpirationMs);
  }
  await createTable(store, table);
  return { body: toResource(store, table, NO_ROWS, call) };
}

const NO_ROWS: Counts = { rows: 0n, bytes: 0n };

/** A record as a table resource, or the configuration of a job, describes it. */
export function newTable(
  store: Store,
  reference: Pick<TableRecord, 'project' | 'datasetId' | 'tableId'>,
  body: JsonMap,
): TableRecord {
  for (const property of UNSERVED) {
    if (body[property] !== undefined && body[property] !== null)
      throw notServed(`table.${property}`);
  }
  const fields = parseSchema(body.schema) ?? [];
  const partitioning = parsePartitioning(body, fields);
  const clustering = parseClustering(body, fields);
  const now = store.clock();
  const table: TableRecord = {
    id: store.nextId(),
    ...reference,
    fields,
    labels: {},
    ...(partitioning === undefined ? {} : { partitioning }),
    ...(clustering === undefined ? {} : { clustering }),
    creationTimeMs: now,
    lastModifiedMs: now,
  };
  applyBody(table, body);
  return table;
}

function parseClustering(body: JsonMap, fields: readonly Field[]): string[] | undefined {
  const clustering = body.clustering;
  if (!isObject(clustering)) return undefined;
  const names = optionalStrings(clustering, 'fields') ?? [];
  if (names.length === 0 || names.length > MAX_CLUSTERING_COLUMNS) {
    throw invalid(`Clustering takes 1 to ${MAX_CLUSTERING_COLUMNS} columns, not ${names.length}`);
  }
  for (const name of names) {
    const field = findField(fields, name);
    if (field === undefined) {
      throw invalid(
        `The field specified for clustering cannot be found in the schema. Invalid field: ${name}.`,
      );
    }
    if (
      field.mode === 'REPEATED' ||
      ['RECORD', 'JSON', 'FLOAT', 'BYTES', 'TIME'].includes(field.type)
    ) {
      throw invalid(
        `Entity ${name} can not be used for clustering: its type or mode does not allow it`,
      );
    }
  }
  return names;
}

/** Writes a new table, rows and record, in one transaction. */
export async function createTable(store: Store, table: TableRecord): Promise<void> {
  const name = describeTable(table);
  await store.writers.run(name, async () => {
    if (store.findTable(table.project, table.datasetId, table.tableId)) {
      throw duplicate(`Table ${name}`);
    }
    const expired = store.tables.get(name);
    if (expired !== undefined) await store.deleteTable(expired);
    await store.database.transaction(async (transaction) => {
      await createRows(table, transaction);
      await store.saveTable(table, transaction);
    });
    store.putTable(table);
  });
}

/** patch and update. */
export async function updateTable(
  store: Store,
  call: Call,
  project: string,
  datasetId: string,
  tableId: string,
): Promise<Reply> {
  const body = await readObject(call);
  const name = describeTable({ project, datasetId, tableId });
  const updated = await store.writers.run(name, async () => {
    const current = store.table(project, datasetId, tableId);
    const ifMatch = call.headers['if-match'];
    if (ifMatch !== undefined && ifMatch !== tableEtag(current)) {
      throw new ApiError('conditionNotMet', 'Precondition Failed');
    }
    return changeTable(store, current, body, call.method === 'PUT');
  });
  return { body: toResource(store, updated, await countsOf(store.database, updated), call) };
}

async function changeTable(
  store: Store,
  current: TableRecord,
  body: JsonMap,
  replaces: boolean,
): Promise<TableRecord> {
  const given = parseSchema(body.schema);
  if (!isSamePartitioning(current.partitioning, body, given ?? current.fields)) {
    throw invalid('Cannot change partitioning/clustering spec of an existing table');
  }
  const fields =
    given === undefined
      ? current.fields
      : updateSchema(current.fields, given, {
          allowAddition: true,
          allowRelaxation: true,
          table: describeTable(current),
        });
  const wanted = { ...current, lastModifiedMs: store.clock() };
  if (replaces) {
    wanted.labels = {};
    delete wanted.description;
    delete wanted.friendlyName;
    delete wanted.expirationTimeMs;
  }
  applyBody(wanted, body);
  if ('clustering' in body) {
    const clustering = parseClustering(body, fields);
    if (clustering === undefined) delete wanted.clustering;
    else wanted.clustering = clustering;
  }
  const next = await store.database.transaction(async (transaction) => {
    const altered = await alterRows(wanted, fields, transaction, () => store.nextId());
    await store.saveTable(altered, transaction);
    return altered;
  });
  store.putTable(next);
  return next;
}

function applyBody(table: TableRecord, body: JsonMap): void {
  for (const name of ['friendlyName', 'description'] as const) {
    if (body[name] === null) delete table[name];
    const value = optionalString(body, name);
    if (value !== undefined) table[name] = value;
  }
  if ('labels' in body) table.labels = mergeLabels(table.labels, body);
  if (body.expirationTime === null) delete table.expirationTimeMs;
  const expirationTimeMs = optionalInteger(body, 'expirationTime');
  if (expirationTimeMs !== undefined) table.expirationTimeMs = expirationTimeMs;
  const requireFilter = optionalBoolean(body, 'requirePartitionFilter');
  if (requireFilter !== undefined) table.requirePartitionFilter = requireFilter;
}

/** A decorator limits the counts to its partition. */
export async function getTable(
  store: Store,
  call: Call,
  project: string,
  datasetId: string,
  id: string,
): Promise<Reply> {
  const { tableId, decorator } = splitDecorator(id);
  const table = store.table(project, datasetId, tableId);
  const partitionId =
    decorator === undefined
      ? undefined
      : parseDecorator(decorator, table.partitioning, describeTable(table));
  const counts = await countsOf(store.database, table, partitionId);
  return { body: toResource(store, { ...table, tableId: id }, counts, call) };
}

export function listTables(store: Store, call: Call, project: string, datasetId: string): Reply {
  store.dataset(project, datasetId);
  const tables = store.tablesOf(project, datasetId);
  const { items, nextPageToken } = page(call, tables, 50);
  return {
    body: {
      kind: 'bigquery#tableList',
      etag: etagOf(items),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      ...(items.length === 0 ? {} : { tables: items.map(toListEntry) }),
      totalItems: tables.length,
    },
  };
}

export async function deleteTable(
  store: Store,
  project: string,
  datasetId: string,
  tableId: string,
): Promise<Reply> {
  if (tableId.includes('$')) throw notServed('Deleting a partition by its decorator');
  const name = describeTable({ project, datasetId, tableId });
  await store.writers.run(name, () => store.deleteTable(store.table(project, datasetId, tableId)));
  return {};
}

const tableEtag = (table: TableRecord): string => etagOf(table);

const toListEntry = (table: TableRecord): JsonMap => ({
  kind: 'bigquery#table',
  id: describeTable(table),
  tableReference: {
    projectId: table.project,
    datasetId: table.datasetId,
    tableId: table.tableId,
  },
  type: 'TABLE',
  ...(table.friendlyName === undefined ? {} : { friendlyName: table.friendlyName }),
  ...(Object.keys(table.labels).length > 0 ? { labels: table.labels } : {}),
  ...formatPartitioning(table.partitioning),
  ...(table.clustering === undefined ? {} : { clustering: { fields: table.clustering } }),
  creationTime: String(table.creationTimeMs),
  ...(table.expirationTimeMs === undefined
    ? {}
    : { expirationTime: String(table.expirationTimeMs) }),
});

function toResource(store: Store, table: TableRecord, counts: Counts, call: Call): JsonMap {
  const dataset = store.dataset(table.project, table.datasetId);
  const bytes = String(counts.bytes);
  return {
    ...toListEntry(table),
    etag: tableEtag(table),
    selfLink: `${call.baseUrl}/bigquery/v2/projects/${table.project}/datasets/${table.datasetId}/tables/${table.tableId}`,
    ...(table.description === undefined ? {} : { description: table.description }),
    ...(table.requirePartitionFilter === undefined
      ? {}
      : { requirePartitionFilter: table.requirePartitionFilter }),
    ...(table.fields.length === 0 ? {} : { schema: { fields: table.fields } }),
    numBytes: bytes,
    numLongTermBytes: '0',
    numRows: String(counts.rows),
    numTotalLogicalBytes: bytes,
    numActiveLogicalBytes: bytes,
    numLongTermLogicalBytes: '0',
    lastModifiedTime: String(
      table.tableId.includes('$') && counts.modifiedMs !== undefined
        ? counts.modifiedMs
        : Math.max(table.lastModifiedMs, counts.modifiedMs ?? 0),
    ),
    location: dataset.location,
  };
}
