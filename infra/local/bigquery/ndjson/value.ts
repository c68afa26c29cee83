// What the converters of all types share. A converter turns one JSON value into a staging token: JSON text
// that DuckDB's reader can take no liberty with (load/staging.ts turns it into the column's own type).
import type { Field } from '../schema.ts';
import { type Json, JsonNumber, JsonObject } from './json.ts';
import { RowError } from './row-error.ts';

export type Value = Exclude<Json, null>;

/** @throws {RowError} for what BigQuery does not accept for the type */
export type Convert = (value: Value) => string;

export interface Column {
  field: Field;
  /** From the row down, e.g. `address.city`. */
  path: string;
}

/** Bytes of a value that an error quotes; a row may hold 100 MB. */
const MAX_QUOTED = 256;

const shorten = (text: string): string =>
  text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;

/** The value as the end of BigQuery's messages shows it: `Value: abc`. */
export function quoteValue(value: Json): string {
  if (typeof value === 'string') return shorten(value);
  if (value instanceof JsonNumber) return shorten(value.text);
  return value === null ? 'NULL' : String(value);
}

/** `Could not convert value 'string_value: "x"' to integer. Field: x; Value: x` */
export function cannotConvert(value: Value, typeName: string, path: string): RowError {
  const described =
    typeof value === 'string'
      ? `string_value: ${JSON.stringify(shorten(value))}`
      : `${typeof value === 'boolean' ? 'bool' : 'number'}_value: ${quoteValue(value)}`;
  return new RowError(
    `Could not convert value '${described}' to ${typeName}. Field: ${path}; Value: ${quoteValue(value)}`,
    path,
  );
}

/** Arrays and objects where the column is neither repeated nor a record. */
export function checkScalar(value: Value, path: string): void {
  if (Array.isArray(value)) {
    throw new RowError(`Array specified for non-repeated field: ${path}.`, path);
  }
  if (value instanceof JsonObject) {
    throw new RowError(`JSON object specified for non-record field: ${path}`, path);
  }
}
