// How BigQuery's types lie in DuckDB, and the SQL that gets them there from a staging file and counts
// their bytes. JSON is its normalised text, GEOGRAPHY its WKT, BIGNUMERIC ordered text (ndjson/decimal.ts);
// a repeated column that is NULL is stored empty, as BigQuery stores it.
import type { Field, ScalarType } from './schema.ts';

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

interface Representation {
  column: string;
  /** Type of the staging token. */
  staged: string;
  /** From the staged value to the column's. */
  load: (value: string) => string;
  /** Logical bytes of a value that is not NULL. @see docs "Estimate and control costs", data size */
  bytes: (value: string) => string;
}

const plain = (type: string, bytes: number): Representation => ({
  column: type,
  staged: type,
  load: (value) => value,
  bytes: () => String(bytes),
});

const text: Representation = {
  column: 'VARCHAR',
  staged: 'VARCHAR',
  load: (value) => value,
  bytes: (value) => `2 + strlen(${value})`,
};

const TWO_TO_64 = '18446744073709551616::HUGEINT';

const REPRESENTATIONS: Readonly<Record<ScalarType, Representation>> = {
  STRING: text,
  JSON: { ...text, bytes: (value) => `strlen(${value})` },
  GEOGRAPHY: { ...text, bytes: (value) => `16 + strlen(${value})` },
  BIGNUMERIC: { ...text, bytes: () => '32' },
  BYTES: {
    column: 'BLOB',
    staged: 'VARCHAR',
    load: (value) => `from_base64(${value})`,
    bytes: (value) => `2 + octet_length(${value})`,
  },
  INTEGER: plain('BIGINT', 8),
  FLOAT: plain('DOUBLE', 8),
  BOOLEAN: plain('BOOLEAN', 1),
  TIMESTAMP: {
    column: 'TIMESTAMPTZ',
    staged: 'BIGINT',
    load: (value) => `make_timestamptz(${value})`,
    bytes: () => '8',
  },
  DATETIME: {
    column: 'TIMESTAMP',
    staged: 'BIGINT',
    load: (value) => `make_timestamp(${value})`,
    bytes: () => '8',
  },
  DATE: { column: 'DATE', staged: 'VARCHAR', load: (value) => `${value}::DATE`, bytes: () => '8' },
  TIME: { column: 'TIME', staged: 'VARCHAR', load: (value) => `${value}::TIME`, bytes: () => '8' },
  NUMERIC: {
    column: 'DECIMAL(38,9)',
    staged: 'STRUCT(h BIGINT, l UBIGINT)',
    load: (value) =>
      `((${value}.h::HUGEINT * ${TWO_TO_64} + ${value}.l::HUGEINT)::DECIMAL(38,0) * 0.000000001::DECIMAL(9,9))`,
    bytes: () => '16',
  },
};

/** DuckDB's type of a column. */
export function columnType(field: Field): string {
  const type =
    field.type === 'RECORD'
      ? `STRUCT(${(field.fields ?? []).map((nested) => `${quoteName(nested.name)} ${columnType(nested)}`).join(', ')})`
      : REPRESENTATIONS[field.type].column;
  return field.mode === 'REPEATED' ? `${type}[]` : type;
}

/** DuckDB's type of a staging token. */
function stagedType(field: Field): string {
  const type =
    field.type === 'RECORD'
      ? `STRUCT(${(field.fields ?? []).map((nested, index) => `c${index} ${stagedType(nested)}`).join(', ')})`
      : REPRESENTATIONS[field.type].staged;
  return field.mode === 'REPEATED' ? `${type}[]` : type;
}

/** SQL that turns a staged value into the column's. */
function loadSql(value: string, field: Field, depth = 0): string {
  if (field.mode !== 'REPEATED') return loadOneSql(value, field, depth);
  const item = `x${depth}`;
  const inner = loadOneSql(item, field, depth + 1);
  const list = inner === item ? value : `list_transform(${value}, lambda ${item}: ${inner})`;
  return `coalesce(${list}, [])`;
}

function loadOneSql(value: string, field: Field, depth: number): string {
  if (field.type !== 'RECORD') return REPRESENTATIONS[field.type].load(value);
  const members = (field.fields ?? []).map(
    (nested, index) =>
      `${quoteName(nested.name)} := ${loadSql(`${value}.c${index}`, nested, depth)}`,
  );
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
}

/** SQL for the logical bytes of a stored value; 0 for NULL. */
function bytesSql(value: string, field: Field, depth = 0): string {
  if (field.mode === 'REPEATED') {
    const item = `x${depth}`;
    const inner = bytesOneSql(item, field, depth + 1);
    return `coalesce(list_sum(list_transform(${value}, lambda ${item}: (${inner})::BIGINT)), 0)`;
  }
  return `CASE WHEN ${value} IS NULL THEN 0 ELSE ${bytesOneSql(value, field, depth)} END`;
}

function bytesOneSql(value: string, field: Field, depth: number): string {
  if (field.type !== 'RECORD') return REPRESENTATIONS[field.type].bytes(value);
  const parts = (field.fields ?? []).map((nested) =>
    bytesSql(`${value}.${quoteName(nested.name)}`, nested, depth),
  );
  return `(${parts.join(' + ')})`;
}

/** SQL for the logical bytes of a row. */
export const rowBytesSql = (fields: readonly Field[]): string =>
  fields.length === 0
    ? '0'
    : fields.map((field) => `(${bytesSql(quoteName(field.name), field)})`).join(' + ');

/** `SELECT` over a staging file, in the order of the fields. */
export function stagedSelectSql(
  fields: readonly Field[],
  stagingFile: string,
  longestRowBytes: number,
): string {
  const values = fields.map(
    (field, index) => `${loadSql(`c${index}`, field)} AS ${quoteName(field.name)}`,
  );
  // One of our own in front: a table may have no columns, and a row none of its columns.
  const columns = ['_ VARCHAR', ...fields.map((field, index) => `c${index} ${stagedType(field)}`)]
    .map((column) => column.replace(' ', ": '").concat("'"))
    .join(', ');
  const maximum = Math.max(4 << 20, longestRowBytes + 1024);
  return `SELECT ${values.join(', ')} FROM read_json(${quoteText(stagingFile)}, format = 'newline_delimited', maximum_object_size = ${maximum}, columns = {${columns}})`;
}
