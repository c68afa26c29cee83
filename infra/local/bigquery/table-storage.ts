// A table's rows in DuckDB, and the counts of its partitions that are kept in step with them: always in
// the transaction that changes the rows.
import { columnType, quoteName, quoteText, rowBytesSql } from './columns.ts';
import type { Database, Transaction } from './database.ts';
import { ApiError } from './errors.ts';
import { partitionFilterSql, partitionSql } from './partitions.ts';
import { physicalName, type TableRecord } from './records.ts';
import type { Field } from './schema.ts';

type Runner = Pick<Transaction, 'run'>;

/** BigQuery quotas, "Load jobs" and "Partitioned tables": partitions one job may modify. */
const MAX_PARTITIONS_PER_JOB = 4000;

export async function createRows(table: TableRecord, runner: Runner): Promise<void> {
  // DuckDB has no table without columns, BigQuery has.
  const columns = table.fields.map((field) => `${quoteName(field.name)} ${columnType(field)}`);
  const definition = columns.length > 0 ? columns.join(', ') : '"_" INTEGER';
  await runner.run(`CREATE TABLE ${physicalName(table)} (${definition})`);
}

/**
 * Brings the rows from one schema to the next (only additions and relaxations come here). Nested
 * additions need a new table, since DuckDB cannot alter the members of lists.
 *
 * @returns the record to go on with
 */
export async function alterRows(
  table: TableRecord,
  fields: Field[],
  runner: Runner,
  nextId: () => number,
): Promise<TableRecord> {
  const sameNested = table.fields.every((field, index) => {
    const next = fields[index];
    return next !== undefined && columnType(field) === columnType(next);
  });
  if (sameNested && table.fields.length > 0) {
    for (const field of fields.slice(table.fields.length)) {
      const initially = field.mode === 'REPEATED' ? ' DEFAULT []' : '';
      await runner.run(
        `ALTER TABLE ${physicalName(table)} ADD COLUMN ${quoteName(field.name)} ${columnType(field)}${initially}`,
      );
    }
    return { ...table, fields };
  }
  const next = { ...table, id: nextId(), fields };
  await createRows(next, runner);
  if (table.fields.length > 0) await copyRows(table, next, runner);
  await runner.run(
    `UPDATE firesink.partitions SET table_id = ${next.id} WHERE table_id = ${table.id}`,
  );
  return next;
}

async function copyRows(from: TableRecord, to: TableRecord, runner: Runner): Promise<void> {
  const values = to.fields.map((field, index) =>
    widenSql(quoteName(field.name), from.fields[index], field),
  );
  await runner.run(
    `INSERT INTO ${physicalName(to)} SELECT ${values.join(', ')} FROM ${physicalName(from)}`,
  );
}

/** SQL for a value of the old type in the new one; what is new is NULL, or empty. */
function widenSql(value: string, from: Field | undefined, to: Field, depth = 0): string {
  if (from === undefined) return to.mode === 'REPEATED' ? '[]' : 'NULL';
  if (columnType(from) === columnType(to)) return value;
  if (to.mode === 'REPEATED') {
    const item = `x${depth}`;
    return `list_transform(${value}, lambda ${item}: ${widenRecordSql(item, from, to, depth + 1)})`;
  }
  return widenRecordSql(value, from, to, depth);
}

function widenRecordSql(value: string, from: Field, to: Field, depth: number): string {
  const members = (to.fields ?? []).map((field, index) => {
    const old = from.fields?.[index];
    const name = quoteName(field.name);
    const widened = widenSql(`${value}.${name}`, old, field, depth);
    return `${name} := (${widened})::${columnType(field)}`;
  });
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
}

/**
 * Counts a partition, or all of the table, again.
 *
 * @returns how many rows there are
 * @throws {ApiError} where the job would touch more partitions than BigQuery allows
 */
export async function recount(
  table: TableRecord,
  partitionId: string | undefined,
  runner: Runner,
): Promise<bigint> {
  const { partitioning } = table;
  const partition = partitionSql(partitioning, quoteName);
  const [where, scope] =
    partitionId === undefined || partitioning === undefined
      ? ['TRUE', 'TRUE']
      : [
          partitionFilterSql(partitionId, partitioning, quoteName),
          `partition_id = ${quoteText(partitionId)}`,
        ];
  const counted = `SELECT ${partition} AS partition_id, count(*) AS total_rows, sum((${rowBytesSql(table.fields)})::BIGINT)::BIGINT AS total_bytes FROM ${physicalName(table)} WHERE ${where} GROUP BY 1`;
  const now = table.lastModifiedMs;
  // A partition whose counts did not change keeps its time, unless it was named.
  const kept = `SELECT modified_ms FROM firesink.partitions old WHERE old.table_id = ${table.id} AND old.partition_id IS NOT DISTINCT FROM new.partition_id AND old.total_rows = new.total_rows AND old.total_bytes = new.total_bytes AND ${partitionId === undefined && partitioning !== undefined}`;
  const { rows } = await runner.run(
    `SELECT partition_id, total_rows, total_bytes, coalesce((${kept}), ${now}) FROM (${counted}) new`,
  );
  if (rows.length > MAX_PARTITIONS_PER_JOB && partitioning !== undefined) {
    await checkTouched(table, rows.length, runner);
  }
  await runner.run(`DELETE FROM firesink.partitions WHERE table_id = ${table.id} AND ${scope}`);
  for (let start = 0; start < rows.length; start += 500) {
    const values = rows
      .slice(start, start + 500)
      .map(
        ([id, total, bytes, modified]) =>
          `(${table.id}, ${id === null ? 'NULL' : quoteText(String(id))}, ${total}, ${bytes}, ${modified})`,
      );
    await runner.run(`INSERT INTO firesink.partitions VALUES ${values.join(', ')}`);
  }
  return rows.reduce((sum, [, total]) => sum + BigInt(String(total)), 0n);
}

/** Adds rows that were appended to the counts, without reading the table. */
export async function addCounts(
  table: TableRecord,
  rowsSql: string,
  runner: Runner,
): Promise<void> {
  const partition = partitionSql(table.partitioning, quoteName);
  const { id, lastModifiedMs } = table;
  const { rows } = await runner.run(
    `WITH added AS (SELECT ${partition} AS partition_id, count(*) AS total_rows, sum((${rowBytesSql(table.fields)})::BIGINT)::BIGINT AS total_bytes FROM (${rowsSql}) GROUP BY 1) SELECT a.partition_id, a.total_rows + coalesce(p.total_rows, 0), a.total_bytes + coalesce(p.total_bytes, 0) FROM added a LEFT JOIN firesink.partitions p ON p.table_id = ${id} AND p.partition_id IS NOT DISTINCT FROM a.partition_id`,
  );
  for (const [name, total, bytes] of rows) {
    const literal = name === null ? 'NULL' : quoteText(String(name));
    await runner.run(
      `DELETE FROM firesink.partitions WHERE table_id = ${id} AND partition_id IS NOT DISTINCT FROM ${literal}`,
    );
    await runner.run(
      `INSERT INTO firesink.partitions VALUES (${id}, ${literal}, ${total}, ${bytes}, ${lastModifiedMs})`,
    );
  }
}

async function checkTouched(table: TableRecord, now: number, runner: Runner): Promise<void> {
  const { rows } = await runner.run(
    `SELECT count(*) FROM firesink.partitions WHERE table_id = ${table.id}`,
  );
  const before = Number(rows[0]?.[0] ?? 0);
  if (now - before <= MAX_PARTITIONS_PER_JOB) return;
  throw new ApiError(
    'invalid',
    `Too many partitions produced by query, allowed ${MAX_PARTITIONS_PER_JOB}, query produces at least ${now - before} partitions`,
  );
}

export interface Counts {
  rows: bigint;
  bytes: bigint;
  /** Undefined where the partition has no rows. */
  modifiedMs?: number;
}

/** Of a partition, or of the whole table; as of now, in one snapshot with the rows. */
export async function countsOf(
  database: Pick<Database, 'run'>,
  table: TableRecord,
  partitionId?: string,
): Promise<Counts> {
  const scope = partitionId === undefined ? '' : ` AND partition_id = ${quoteText(partitionId)}`;
  const { rows } = await database.run(
    `SELECT coalesce(sum(total_rows), 0)::BIGINT, coalesce(sum(total_bytes), 0)::BIGINT, max(modified_ms) FROM firesink.partitions WHERE table_id = ${table.id}${scope}`,
  );
  const [total, bytes, modified] = rows[0] ?? [];
  return {
    rows: BigInt(String(total ?? 0)),
    bytes: BigInt(String(bytes ?? 0)),
    ...(modified === null || modified === undefined ? {} : { modifiedMs: Number(modified) }),
  };
}
