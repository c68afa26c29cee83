// GoogleSQL's types, and how they meet: coercion, supertypes, names, DuckDB's types for them.
import { quoteName } from '../columns.ts';
import type { Field, FieldType } from '../schema.ts';

export type ScalarName =
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOL'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'DATETIME'
  | 'TIME'
  | 'TIMESTAMP'
  | 'JSON'
  | 'GEOGRAPHY';

export interface StructField {
  /** Undefined for `STRUCT(1)`. */
  name: string | undefined;
  type: SqlType;
}

/** `NULL` without a type is INT64 until something coerces it. */
export type SqlType = ScalarName | { array: SqlType } | { struct: readonly StructField[] };

const FROM_FIELD: Readonly<Record<Exclude<FieldType, 'RECORD'>, ScalarName>> = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'DATETIME',
  NUMERIC: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  GEOGRAPHY: 'GEOGRAPHY',
  JSON: 'JSON',
};

const DUCKDB: Readonly<Record<ScalarName, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'VARCHAR',
  BOOL: 'BOOLEAN',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  DATE: 'DATE',
  DATETIME: 'TIMESTAMP',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMPTZ',
  JSON: 'VARCHAR',
  GEOGRAPHY: 'VARCHAR',
};

export const SCALAR_NAMES = Object.keys(DUCKDB) as ScalarName[];

export function typeOfField(field: Field): SqlType {
  const type: SqlType =
    field.type === 'RECORD'
      ? {
          struct: (field.fields ?? []).map((nested) => ({
            name: nested.name,
            type: typeOfField(nested),
          })),
        }
      : FROM_FIELD[field.type];
  return field.mode === 'REPEATED' ? { array: type } : type;
}

/** The column of a result. @returns undefined for an array of arrays, which no column can hold */
export function fieldOfType(name: string, type: SqlType): Field | undefined {
  if (isArray(type)) {
    if (isArray(type.array)) return undefined;
    const element = fieldOfType(name, type.array);
    return element && { ...element, mode: 'REPEATED' };
  }
  if (!isStruct(type)) {
    const [fieldType] = Object.entries(FROM_FIELD).find(([, scalar]) => scalar === type) ?? [];
    return { name, type: fieldType as FieldType, mode: 'NULLABLE' };
  }
  const fields: Field[] = [];
  for (const [index, member] of type.struct.entries()) {
    const field = fieldOfType(memberName(type.struct, index), member.type);
    if (field === undefined) return undefined;
    fields.push(field);
  }
  return { name, type: 'RECORD', mode: 'NULLABLE', fields };
}

export const isArray = (type: SqlType): type is { array: SqlType } =>
  typeof type === 'object' && 'array' in type;
export const isStruct = (type: SqlType): type is { struct: readonly StructField[] } =>
  typeof type === 'object' && 'struct' in type;

/** The member's name in DuckDB and in results: `_field_1` where it has none. */
export const memberName = (fields: readonly StructField[], index: number): string =>
  fields[index]?.name ?? `_field_${index + 1}`;

export function duckdbType(type: SqlType): string {
  if (isArray(type)) return `${duckdbType(type.array)}[]`;
  if (!isStruct(type)) return DUCKDB[type];
  const members = type.struct.map(
    (member, index) => `${quoteName(memberName(type.struct, index))} ${duckdbType(member.type)}`,
  );
  return `STRUCT(${members.join(', ')})`;
}

/** `ARRAY<STRUCT<a INT64>>`, as messages and INFORMATION_SCHEMA show types. */
export function formatType(type: SqlType): string {
  if (isArray(type)) return `ARRAY<${formatType(type.array)}>`;
  if (!isStruct(type)) return type;
  const members = type.struct.map(
    ({ name, type: member }) => `${name === undefined ? '' : `${name} `}${formatType(member)}`,
  );
  return `STRUCT<${members.join(', ')}>`;
}

export const isSameType = (a: SqlType, b: SqlType): boolean =>
  formatType(a).toLowerCase() === formatType(b).toLowerCase();

const NUMBERS: readonly SqlType[] = ['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64'];

export const isNumber = (type: SqlType): boolean => NUMBERS.includes(type);

/** What a value of any kind is converted to without a CAST (docs, "Conversion rules"). */
const COERCIONS: Partial<Record<ScalarName, readonly ScalarName[]>> = {
  INT64: ['NUMERIC', 'BIGNUMERIC', 'FLOAT64'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT64'],
  BIGNUMERIC: ['FLOAT64'],
  DATE: ['DATETIME'],
};

export const canCoerce = (from: SqlType, to: SqlType): boolean =>
  isSameType(from, to) ||
  (typeof from === 'string' && typeof to === 'string' && (COERCIONS[from]?.includes(to) ?? false));

/** JSON, GEOGRAPHY, arrays and structs that hold them can be neither compared nor grouped by. */
export function isComparable(type: SqlType): boolean {
  if (isArray(type)) return false;
  if (isStruct(type)) return type.struct.every((member) => isComparable(member.type));
  return type !== 'JSON' && type !== 'GEOGRAPHY';
}

export const isOrderable = (type: SqlType): boolean => !isStruct(type) && isComparable(type);
