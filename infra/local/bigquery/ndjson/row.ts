// A row of NDJSON by the rules of BigQuery's loader: names match without case, an unknown one is an error
// (even with null), repeated columns take arrays or null, null elements are refused, REQUIRED must be
// there. The result is the staging row: `{"c0":…,"c2":…}`, a column that is null left out.
import type { Field, ScalarType } from '../schema.ts';
import { booleanConverter } from './boolean.ts';
import { bignumericConverter, numericConverter } from './decimal.ts';
import { floatConverter } from './float.ts';
import { geographyConverter } from './geography.ts';
import { integerConverter } from './integer.ts';
import { type Json, JsonObject } from './json.ts';
import { jsonConverter } from './json-type.ts';
import { RowError } from './row-error.ts';
import { bytesConverter, stringConverter } from './text.ts';
import { dateConverter, datetimeConverter, timeConverter, timestampConverter } from './time.ts';
import type { Column, Convert, Value } from './value.ts';

type Converter = (column: Column) => Convert;

/** How each type takes its values: of load jobs here, of streaming inserts in insert-all.ts. */
export type Converters = Readonly<Record<ScalarType, Converter>>;

export const LOAD_CONVERTERS: Converters = {
  STRING: stringConverter,
  BYTES: bytesConverter,
  INTEGER: integerConverter,
  FLOAT: floatConverter,
  BOOLEAN: booleanConverter,
  TIMESTAMP: timestampConverter,
  DATE: dateConverter,
  TIME: timeConverter,
  DATETIME: datetimeConverter,
  NUMERIC: numericConverter,
  BIGNUMERIC: bignumericConverter,
  GEOGRAPHY: geographyConverter,
  JSON: jsonConverter,
};

export interface RowOptions {
  ignoreUnknownValues: boolean;
  converters?: Converters;
}

interface ColumnPlan {
  key: string;
  path: string;
  required: boolean;
  convert: (value: Json) => string | undefined;
}

export interface RowPlan {
  columns: readonly ColumnPlan[];
  /** Lower-case name → index. */
  byName: ReadonlyMap<string, number>;
  /** The spelling last seen → index, so that most keys need no lower case. */
  bySpelling: Map<string, number>;
  path: string;
  ignoreUnknownValues: boolean;
}

export function planRow(fields: readonly Field[], options: RowOptions, parent = ''): RowPlan {
  return {
    columns: fields.map((field, index) => planColumn(field, index, options, parent)),
    byName: new Map(fields.map((field, index) => [field.name.toLowerCase(), index])),
    bySpelling: new Map(),
    path: parent,
    ignoreUnknownValues: options.ignoreUnknownValues,
  };
}

function planColumn(field: Field, index: number, options: RowOptions, parent: string): ColumnPlan {
  const path = `${parent}${field.name}`;
  const convert = planValue(field, options, path);
  return {
    key: `"c${index}":`,
    path,
    required: field.mode === 'REQUIRED',
    convert:
      field.mode === 'REPEATED' ? repeated(convert, field, path) : nullable(convert, field, path),
  };
}

function planValue(field: Field, options: RowOptions, path: string): Convert {
  if (field.type === 'RECORD') {
    const plan = planRow(field.fields ?? [], options, `${path}.`);
    return (value) => convertRecord(plan, value, path);
  }
  return (options.converters ?? LOAD_CONVERTERS)[field.type]({ field, path });
}

function nullable(convert: Convert, field: Field, path: string): ColumnPlan['convert'] {
  return (value) => {
    if (value !== null) return convert(value);
    if (field.mode === 'REQUIRED') throw onlyOptional(path);
    return undefined;
  };
}

const onlyOptional = (path: string): RowError =>
  new RowError(`Only optional fields can be set to NULL. Field: ${path}; Value: NULL`, path);

function repeated(convert: Convert, field: Field, path: string): ColumnPlan['convert'] {
  return (value) => {
    if (value === null) return undefined;
    if (!Array.isArray(value)) {
      throw new RowError(`Repeated field must be imported as a JSON array. Field: ${path}.`, path);
    }
    return `[${value.map((item) => convertItem(item, convert, field, path)).join(',')}]`;
  };
}

function convertItem(item: Json, convert: Convert, field: Field, path: string): string {
  if (item === null) throw onlyOptional(path);
  if (Array.isArray(item) && field.type !== 'JSON') {
    throw new RowError(`Nested arrays are not allowed. Field: ${path}`, path);
  }
  return convert(item);
}

function convertRecord(plan: RowPlan, value: Value, path: string): string {
  if (Array.isArray(value)) {
    throw new RowError(`Array specified for non-repeated field: ${path}.`, path);
  }
  if (!(value instanceof JsonObject)) {
    throw new RowError(`Value encountered without start of object. Field: ${path}`, path);
  }
  return convertObject(plan, value);
}

/** One row. @throws {RowError} */
export function convertRow(plan: RowPlan, value: Json): string {
  if (value instanceof JsonObject) return convertObject(plan, value);
  throw new RowError(
    Array.isArray(value)
      ? 'Start of array encountered without start of object.'
      : 'Value encountered without start of object.',
  );
}

function convertObject(plan: RowPlan, { keys, values }: JsonObject): string {
  const seen = new Array<boolean>(plan.columns.length).fill(false);
  let text = '{';
  for (let position = 0; position < keys.length; position += 1) {
    const index = findColumn(plan, keys[position] ?? '');
    const column = index === undefined ? undefined : plan.columns[index];
    if (index === undefined || column === undefined) continue;
    if (seen[index]) throw new RowError(`Duplicate field: ${column.path}`, column.path);
    seen[index] = true;
    const token = column.convert(values[position] ?? null);
    if (token !== undefined) text += `${text === '{' ? '' : ','}${column.key}${token}`;
  }
  const missing = plan.columns.find((column, index) => column.required && !seen[index]);
  if (missing) throw new RowError(`Missing required field: ${missing.path}.`, missing.path);
  return `${text}}`;
}

function findColumn(plan: RowPlan, name: string): number | undefined {
  const known = plan.bySpelling.get(name);
  if (known !== undefined) return known;
  const index = plan.byName.get(name.toLowerCase());
  if (index !== undefined) {
    plan.bySpelling.set(name, index);
    return index;
  }
  if (plan.ignoreUnknownValues) return undefined;
  throw new RowError(`No such field: ${plan.path}${name}.`, `${plan.path}${name}`);
}
