// Table schemas as the API takes and returns them. BigQuery answers with the names of legacy SQL
// (INTEGER, FLOAT, BOOLEAN, RECORD) whichever alias was sent; so do we, and know no other inside.
import { ApiError, invalid, notServed } from './errors.ts';
import { isObject, optionalString } from './json-body.ts';

const SCALAR_TYPES = [
  'STRING',
  'BYTES',
  'INTEGER',
  'FLOAT',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
  'TIME',
  'DATETIME',
  'NUMERIC',
  'BIGNUMERIC',
  'GEOGRAPHY',
  'JSON',
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];
export type FieldType = ScalarType | 'RECORD';
type Mode = 'NULLABLE' | 'REQUIRED' | 'REPEATED';

export interface Field {
  name: string;
  type: FieldType;
  mode: Mode;
  fields?: Field[];
  description?: string;
  /** int64 as text, like `precision` and `scale`: so the API carries them. */
  maxLength?: string;
  precision?: string;
  scale?: string;
}

const ALIASES: Readonly<Record<string, FieldType>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

/** @see docs "Specifying a schema", "Column names" and "Flexible column names" */
const NAME = /^[\p{L}\p{N}\p{Pc}\p{Pd}\p{M}&%=+:'<>#|\s]{1,300}$/u;
const RESERVED =
  /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i;
/** BigQuery quotas, "Tables": levels of nested records. */
const MAX_DEPTH = 15;
/** BigQuery quotas, "Tables": columns, nested ones included. */
const MAX_COLUMNS = 10_000;

/** @param schema  `{fields: […]}` as in a table resource or a load job; undefined and `{}` mean none */
export function parseSchema(schema: unknown): Field[] | undefined {
  if (schema === undefined || schema === null) return undefined;
  if (!isObject(schema)) throw invalid('schema must be an object with a list of fields');
  if (schema.fields === undefined) return undefined;
  const fields = parseFields(schema.fields, '', 1);
  const columns = countColumns(fields);
  if (columns > MAX_COLUMNS) {
    throw invalid(`Too many fields: ${columns}. Maximum number of fields is ${MAX_COLUMNS}.`);
  }
  return fields;
}

const countColumns = (fields: readonly Field[]): number =>
  fields.reduce((sum, field) => sum + 1 + countColumns(field.fields ?? []), 0);

function parseFields(list: unknown, parent: string, depth: number): Field[] {
  if (!Array.isArray(list)) throw invalid('schema.fields must be a list');
  if (depth > MAX_DEPTH) {
    throw invalid(
      `Nested record ${parent.slice(0, -1)} exceeds the maximum of ${MAX_DEPTH} levels`,
    );
  }
  const fields = list.map((entry: unknown) => parseField(entry, parent, depth));
  const seen = new Set<string>();
  for (const field of fields) {
    const key = field.name.toLowerCase();
    if (seen.has(key)) throw invalid(`Field ${parent}${field.name} already exists in schema`);
    seen.add(key);
  }
  return fields;
}

function parseField(entry: unknown, parent: string, depth: number): Field {
  if (!isObject(entry)) throw invalid('Every field of a schema must be an object');
  const name = optionalString(entry, 'name') ?? '';
  checkName(name, parent);
  const path = `${parent}${name}`;
  const type = parseType(entry, path);
  const field: Field = { name, type, mode: parseMode(entry, path) };
  if (type === 'RECORD') {
    const nested = entry.fields;
    if (!Array.isArray(nested) || nested.length === 0) {
      throw invalid(`Field ${path} is type RECORD but has no schema`);
    }
    field.fields = parseFields(nested, `${path}.`, depth + 1);
  }
  const description = optionalString(entry, 'description');
  if (description !== undefined) field.description = description;
  parseParameters(entry, field, path);
  return field;
}

function checkName(name: string, parent: string): void {
  if (!NAME.test(name)) {
    throw invalid(
      `Invalid field name "${parent}${name}". Fields must contain the allowed characters, and be at most 300 characters long. For allowed characters, please refer to https://cloud.google.com/bigquery/docs/schemas#column_names`,
    );
  }
  if (RESERVED.test(name)) {
    throw invalid(
      `Invalid field name "${parent}${name}". Field names are not allowed to start with the (case-insensitive) prefixes _PARTITION, _TABLE_, _FILE_, _ROW_TIMESTAMP, __ROOT__ and _COLIDENTIFIER`,
    );
  }
}

function parseType(entry: Record<string, unknown>, path: string): FieldType {
  const text = optionalString(entry, 'type')?.toUpperCase();
  if (text === undefined) throw new ApiError('required', `Field ${path} has no type`);
  const type = ALIASES[text] ?? text;
  if (type === 'RECORD') return type;
  const scalar = SCALAR_TYPES.find((known) => known === type);
  if (scalar !== undefined) return scalar;
  if (type === 'INTERVAL' || type === 'RANGE') throw notServed(`The type ${type} of ${path}`);
  throw invalid(`Invalid value for type: ${text} is not a valid value (field ${path})`);
}

function parseMode(entry: Record<string, unknown>, path: string): Mode {
  const text = optionalString(entry, 'mode')?.toUpperCase() ?? 'NULLABLE';
  if (text === 'NULLABLE' || text === 'REQUIRED' || text === 'REPEATED') return text;
  throw invalid(`Invalid value for mode: ${text} is not a valid value (field ${path})`);
}

const UNSERVED_PROPERTIES = [
  'defaultValueExpression',
  'collation',
  'policyTags',
  'rangeElementType',
  'foreignTypeDefinition',
  'dataPolicies',
  'timestampPrecision',
];

function parseParameters(entry: Record<string, unknown>, field: Field, path: string): void {
  for (const property of UNSERVED_PROPERTIES) {
    const value = entry[property];
    if (value !== undefined && value !== null && value !== '') {
      throw notServed(`schema.fields.${property} (field ${path})`);
    }
  }
  const maxLength = parseInteger(entry, 'maxLength', path);
  const precision = parseInteger(entry, 'precision', path);
  const scale = parseInteger(entry, 'scale', path);
  if (maxLength !== undefined) {
    if (field.type !== 'STRING' && field.type !== 'BYTES') {
      throw invalid(`maxLength can be set only for STRING or BYTES, not for field ${path}`);
    }
    if (maxLength < 1) throw invalid(`maxLength of field ${path} must be positive`);
    field.maxLength = String(maxLength);
  }
  if (precision === undefined && scale === undefined) return;
  if (field.type !== 'NUMERIC' && field.type !== 'BIGNUMERIC') {
    throw invalid(`precision can be set only for NUMERIC or BIGNUMERIC, not for field ${path}`);
  }
  checkPrecision(field, precision, scale ?? 0, path);
}

/** @see REST TableFieldSchema, `precision` */
function checkPrecision(
  field: Field,
  precision: number | undefined,
  scale: number,
  path: string,
): void {
  if (precision === undefined) throw invalid(`Field ${path} has a scale but no precision`);
  const [maxScale, maxWhole] = field.type === 'NUMERIC' ? [9, 29] : [38, 38];
  const fits = scale >= 0 && scale <= maxScale;
  if (!fits || precision < Math.max(1, scale) || precision > scale + maxWhole) {
    throw invalid(
      `Invalid precision ${precision} and scale ${scale} for field ${path} of type ${field.type}`,
    );
  }
  field.precision = String(precision);
  if (scale > 0) field.scale = String(scale);
}

function parseInteger(
  entry: Record<string, unknown>,
  name: string,
  path: string,
): number | undefined {
  const value = entry[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw invalid(`${name} of field ${path} must be an integer`);
  }
  return number;
}

/** Column by name as BigQuery matches them: without case. */
export const findField = (fields: readonly Field[], name: string): Field | undefined =>
  fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
