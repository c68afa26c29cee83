// What load jobs, and query jobs with a destination, do to a table: prepare it, replace or append rows,
// count again; all of it in the caller's transaction.
import { quoteName } from './columns.ts';
import type { Transaction } from './database.ts';
import { ApiError, duplicate, invalid, notFound } from './errors.ts';
import { type JsonMap, optionalObject } from './json-body.ts';
import type { WriteConfig } from './load/load-config.ts';
import { isSamePartitioning, parseDecorator, partitionFilterSql } from './partitions.ts';
import { describeTable, physicalName, type TableRecord } from './records.ts';
import { type Field, findField } from './schema.ts';
import { updateSchema } from './schema-update.ts';
import type { Store } from './store.ts';
import { alterRows, countsOf, createRows, recount } from './table-storage.ts';
import { newTable } from './tables.ts';

/** What the write will do, decided from the table as it is; void once the table has changed. */
export interface WritePlan {
  /** As it is now; undefined where it must be made. */
  current: TableRecord | undefined;
  /** As it will be; the id is provisional. */
  next: TableRecord;
  partitionId?: string;
}

/**
 * @param given  the schema that comes with the rows, if one does
 * @param properties  partitioning, clustering for a table that must be made
 */
export function planWrite(
  store: Store,
  config: WriteConfig,
  given: Field[] | undefined,
  properties: JsonMap,
): WritePlan {
  const { project, datasetId, tableId, decorator } = config.destination;
  const current = store.findTable(project, datasetId, tableId);
  const name = describeTable({ project, datasetId, tableId });
  const next =
    current === undefined
      ? planNewTable(store, config, given, properties)
      : { ...current, fields: planFields(config, current, given) };
  if (current !== undefined && !isSamePartitioning(current.partitioning, properties, next.fields)) {
    throw invalid(`Incompatible table partitioning specification. Table: ${name}`);
  }
  const partitionId =
    decorator === undefined ? undefined : parseDecorator(decorator, next.partitioning, name);
  return { current, next, ...(partitionId === undefined ? {} : { partitionId }) };
}

function planNewTable(
  store: Store,
  config: WriteConfig,
  given: Field[] | undefined,
  properties: JsonMap,
): TableRecord {
  const { project, datasetId, tableId } = config.destination;
  store.dataset(project, datasetId);
  const name = describeTable({ project, datasetId, tableId });
  if (config.createDisposition === 'CREATE_NEVER') throw notFound(`Table ${name}`);
  if (given === undefined) {
    throw invalid(`No schema specified on job or table: ${name} does not exist.`);
  }
  const { rangePartitioning, timePartitioning, clustering } = properties;
  return newTable(
    store,
    { project, datasetId, tableId },
    {
      ...optionalObject(properties, 'destinationTableProperties'),
      schema: { fields: given },
      rangePartitioning,
      timePartitioning,
      clustering,
    },
  );
}

function planFields(
  config: WriteConfig,
  current: TableRecord,
  given: Field[] | undefined,
): Field[] {
  if (given === undefined) {
    if (current.fields.length > 0) return current.fields;
    throw invalid('No schema specified on job or table.');
  }
  const replacesAll =
    config.writeDisposition === 'WRITE_TRUNCATE' && config.destination.decorator === undefined;
  if (replacesAll || current.fields.length === 0) {
    const column = current.partitioning?.field;
    if (column === undefined || findField(given, column) !== undefined) return given;
    throw invalid(
      `The field specified for partitioning cannot be found in the schema. Field: ${column}`,
    );
  }
  return updateSchema(current.fields, given, {
    allowAddition: config.allowAddition,
    allowRelaxation: config.allowRelaxation,
    table: describeTable(current),
  });
}

/**
 * The plan on the table as it is now, in the table's turn; what does not concern the rows may have changed.
 *
 * @returns undefined where rows checked against the plan may not be written any more
 */
export function renewPlan(store: Store, plan: WritePlan): WritePlan | undefined {
  const { current, next } = plan;
  const now = store.findTable(next.project, next.datasetId, next.tableId);
  if (now === undefined || current === undefined) return now === current ? plan : undefined;
  const isSame =
    now.id === current.id && JSON.stringify(now.fields) === JSON.stringify(current.fields);
  return isSame ? { ...plan, current: now, next: { ...now, fields: next.fields } } : undefined;
}

/**
 * Within the table's turn in `store.writers`.
 *
 * @param rowsSql  a SELECT with the columns of the plan, in order
 * @returns the record to be put into the store after the commit
 */
export async function writeRows(
  store: Store,
  { current, next, partitionId }: WritePlan,
  config: WriteConfig,
  rowsSql: string,
  transaction: Transaction,
): Promise<TableRecord> {
  const stamped = { ...next, lastModifiedMs: store.clock() };
  const table = await prepare(store, current, stamped, config, transaction);
  if (current !== undefined && config.writeDisposition !== 'WRITE_APPEND') {
    await clear(table, partitionId, config, transaction);
  }
  const isCleared = config.writeDisposition !== 'WRITE_APPEND' || current === undefined;
  const before = isCleared ? 0n : (await countsOf(transaction, table, partitionId)).rows;
  const { changed } = await transaction.run(`INSERT INTO ${physicalName(table)} ${rowsSql}`);
  const after = await recount(table, partitionId, transaction);
  if (partitionId !== undefined && after !== before + BigInt(changed)) {
    throw new ApiError(
      'invalid',
      `Error while reading data, error message: Some rows belong to different partitions rather than destination partition ${partitionId}`,
    );
  }
  await store.saveTable(table, transaction);
  return table;
}

async function prepare(
  store: Store,
  current: TableRecord | undefined,
  next: TableRecord,
  config: WriteConfig,
  transaction: Transaction,
): Promise<TableRecord> {
  if (current === undefined) {
    await createRows(next, transaction);
    return next;
  }
  if (config.writeDisposition === 'WRITE_TRUNCATE' && config.destination.decorator === undefined) {
    if (JSON.stringify(current.fields) === JSON.stringify(next.fields)) return next;
    // Readers keep the old table until the new one is committed; it is dropped afterwards.
    const replaced = { ...next, id: store.nextId() };
    await createRows(replaced, transaction);
    await transaction.run(`DELETE FROM firesink.partitions WHERE table_id = ${current.id}`);
    return replaced;
  }
  return alterRows({ ...next, fields: current.fields }, next.fields, transaction, () =>
    store.nextId(),
  );
}

async function clear(
  table: TableRecord,
  partitionId: string | undefined,
  config: WriteConfig,
  transaction: Transaction,
): Promise<void> {
  const where =
    partitionId === undefined || table.partitioning === undefined
      ? 'TRUE'
      : partitionFilterSql(partitionId, table.partitioning, quoteName);
  if (config.writeDisposition === 'WRITE_EMPTY') {
    const { rows } = await transaction.run(
      `SELECT 1 FROM ${physicalName(table)} WHERE ${where} LIMIT 1`,
    );
    if (rows.length > 0)
      throw duplicate(
        `Table ${describeTable(table)}${partitionId === undefined ? '' : `$${partitionId}`}`,
      );
    return;
  }
  await transaction.run(`DELETE FROM ${physicalName(table)} WHERE ${where}`);
}
