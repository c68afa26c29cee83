// Partitioning: how a table is cut, which partition a value lies in, and what `$` decorators mean.
import { ApiError, invalid, notServed } from './errors.ts';
import { isObject, type JsonMap, optionalInteger, optionalString } from './json-body.ts';
import { type Field, findField } from './schema.ts';

type TimeUnit = 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';

export type Partitioning =
  | { kind: 'range'; field: string; start: number; end: number; interval: number }
  | { kind: 'time'; field: string; unit: TimeUnit; expirationMs?: string };

/** @see BigQuery quotas, "Partitioned tables" */
const MAX_RANGES = 10_000;

/** @param resource  a table, or the configuration of a job */
export function parsePartitioning(
  resource: JsonMap,
  fields: readonly Field[],
): Partitioning | undefined {
  const { rangePartitioning: range, timePartitioning: time } = resource;
  if (isObject(range) && isObject(time)) {
    throw invalid('Only one of timePartitioning and rangePartitioning should be specified');
  }
  if (isObject(range)) return parseRange(range, fields);
  if (isObject(time)) return parseTime(time, fields);
  return undefined;
}

/** @param resource  a patch or a job; one that says nothing of partitioning changes nothing */
export function isSamePartitioning(
  partitioning: Partitioning | undefined,
  resource: JsonMap,
  fields: readonly Field[],
): boolean {
  const given = parsePartitioning(resource, fields);
  if (given === undefined) return true;
  if (partitioning?.kind !== given.kind) return false;
  if (partitioning.field.toLowerCase() !== given.field.toLowerCase()) return false;
  if (given.kind === 'range') return JSON.stringify(given) === JSON.stringify(partitioning);
  return partitioning.kind === 'time' && partitioning.unit === given.unit;
}

function parseRange(body: JsonMap, fields: readonly Field[]): Partitioning {
  const name = optionalString(body, 'field');
  const range = body.range;
  if (name === undefined || !isObject(range)) {
    throw new ApiError('required', 'Required parameter is missing: rangePartitioning.range');
  }
  const field = partitioningField(fields, name, ['INTEGER']);
  const start = optionalInteger(range, 'start') ?? 0;
  const end = optionalInteger(range, 'end');
  const interval = optionalInteger(range, 'interval');
  if (end === undefined || interval === undefined || interval <= 0 || end <= start) {
    throw invalid(
      'Invalid range partitioning: start must be less than end and interval must be positive',
    );
  }
  if (Math.ceil((end - start) / interval) > MAX_RANGES) {
    throw invalid(
      `The range partitioning specification has too many possible partitions; at most ${MAX_RANGES} are allowed`,
    );
  }
  return { kind: 'range', field: field.name, start, end, interval };
}

const UNITS: readonly TimeUnit[] = ['HOUR', 'DAY', 'MONTH', 'YEAR'];

function parseTime(body: JsonMap, fields: readonly Field[]): Partitioning {
  const unit = UNITS.find((known) => known === (optionalString(body, 'type') ?? 'DAY'));
  if (unit === undefined) throw invalid('Invalid value for timePartitioning.type');
  const name = optionalString(body, 'field');
  if (name === undefined) {
    throw notServed('Partitioning by ingestion time (timePartitioning without a field)');
  }
  const field = partitioningField(fields, name, ['TIMESTAMP', 'DATE', 'DATETIME']);
  if (unit === 'HOUR' && field.type === 'DATE') {
    throw invalid(`The field specified for HOUR partitioning cannot be of type DATE: ${name}`);
  }
  const expirationMs = optionalInteger(body, 'expirationMs');
  return {
    kind: 'time',
    field: field.name,
    unit,
    ...(expirationMs === undefined ? {} : { expirationMs: String(expirationMs) }),
  };
}

function partitioningField(
  fields: readonly Field[],
  name: string,
  types: readonly Field['type'][],
): Field {
  const field = findField(fields, name);
  if (field === undefined) {
    throw invalid(
      `The field specified for partitioning cannot be found in the schema. Field: ${name}`,
    );
  }
  if (!types.includes(field.type) || field.mode === 'REPEATED') {
    throw invalid(
      `The field specified for partitioning can only be of type ${types.join(', ')} and not REPEATED. Field: ${name}`,
    );
  }
  return field;
}

/** As the table resource shows it. */
export function formatPartitioning(partitioning: Partitioning | undefined): JsonMap {
  if (partitioning === undefined) return {};
  if (partitioning.kind === 'range') {
    const { field, start, end, interval } = partitioning;
    const range = { start: String(start), end: String(end), interval: String(interval) };
    return { rangePartitioning: { field, range } };
  }
  const { field, unit, expirationMs } = partitioning;
  return {
    timePartitioning: {
      type: unit,
      field,
      ...(expirationMs === undefined ? {} : { expirationMs }),
    },
  };
}

interface TableId {
  tableId: string;
  /** `5`, `20261123`, `__NULL__`: what stands behind `$`. */
  decorator?: string;
}

export function splitDecorator(text: string): TableId {
  const at = text.indexOf('$');
  return at < 0 ? { tableId: text } : { tableId: text.slice(0, at), decorator: text.slice(at + 1) };
}

const TIME_DIGITS: Readonly<Record<TimeUnit, number>> = { HOUR: 10, DAY: 8, MONTH: 6, YEAR: 4 };
const SPECIAL_PARTITIONS = ['__NULL__', '__UNPARTITIONED__'];

/** @returns the partition's id @throws {ApiError} for a decorator that names none of the table */
export function parseDecorator(
  decorator: string,
  partitioning: Partitioning | undefined,
  table: string,
): string {
  if (partitioning === undefined) {
    throw invalid(
      `Cannot read partition information from a table that is not partitioned: ${table}`,
    );
  }
  if (SPECIAL_PARTITIONS.includes(decorator)) return decorator;
  const isValid =
    partitioning.kind === 'range'
      ? /^-?\d{1,15}$/.test(decorator) && isRangeStart(Number(decorator), partitioning)
      : new RegExp(`^\\d{${TIME_DIGITS[partitioning.unit]}}$`).test(decorator);
  if (!isValid) {
    throw invalid(
      `Invalid partition decorator "$${decorator}" of table ${table}: it does not name a partition`,
    );
  }
  return decorator;
}

function isRangeStart(value: number, range: Extract<Partitioning, { kind: 'range' }>): boolean {
  const { start, end, interval } = range;
  return value >= start && value < end && (value - start) % interval === 0;
}

const TIME_FORMATS: Readonly<Record<TimeUnit, string>> = {
  HOUR: '%Y%m%d%H',
  DAY: '%Y%m%d',
  MONTH: '%Y%m',
  YEAR: '%Y',
};

/**
 * SQL for the id of the partition a row lies in; `NULL` for an unpartitioned table.
 *
 * @param quoteName  for DuckDB
 */
export function partitionSql(
  partitioning: Partitioning | undefined,
  quoteName: (name: string) => string,
): string {
  if (partitioning === undefined) return 'NULL::VARCHAR';
  const column = quoteName(partitioning.field);
  if (partitioning.kind === 'time') {
    const format = TIME_FORMATS[partitioning.unit];
    const inUtc = `(${column})::TIMESTAMP`;
    return `CASE WHEN ${column} IS NULL THEN '__NULL__' ELSE strftime(${inUtc}, '${format}') END`;
  }
  const { start, end, interval } = partitioning;
  const rangeStart = `((${start}) + ((${column} - (${start})) // ${interval}) * ${interval})`;
  return `CASE WHEN ${column} IS NULL THEN '__NULL__' WHEN ${column} < ${start} OR ${column} >= ${end} THEN '__UNPARTITIONED__' ELSE ${rangeStart}::VARCHAR END`;
}

/** SQL that is true for the rows of one partition, in a form DuckDB can prune by. */
export function partitionFilterSql(
  partitionId: string,
  partitioning: Partitioning,
  quoteName: (name: string) => string,
): string {
  const column = quoteName(partitioning.field);
  if (partitionId === '__NULL__') return `${column} IS NULL`;
  if (partitioning.kind === 'range') {
    const { start, end, interval } = partitioning;
    if (partitionId === '__UNPARTITIONED__') return `(${column} < ${start} OR ${column} >= ${end})`;
    const first = Number(partitionId);
    const last = Math.min(first + interval, end);
    return `(${column} >= ${first} AND ${column} < ${last})`;
  }
  if (partitionId === '__UNPARTITIONED__') return 'FALSE';
  return `${partitionSql(partitioning, quoteName)} = '${partitionId}'`;
}
