// Any value as the plain, readable JSON of `_data`: DESIGN, section 7.
import { FiresinkError } from '../errors.ts';
import type { RowErrors } from './row-errors.ts';
import { formatDouble, formatTimestamp, quote } from './text.ts';
import type { Fields, Timestamp, Value } from './value.ts';

/** Levels of maps and arrays. BigQuery docs, "Work with JSON data": nesting limit of the JSON type. */
export const MAX_JSON_LEVELS = 500;

/**
 * @param errors  is told of what had to be repaired; null where somebody was told already
 * @param level  maps and arrays around this value
 * @throws FiresinkError `too-deep`
 */
export function dataJson(value: Value, errors: RowErrors | null, level = 0): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return value.value ? 'true' : 'false';
    case 'integer':
      return value.value.toString();
    case 'double':
      return doubleJson(value.value);
    case 'timestamp':
      return timestampJson(value, errors);
    case 'string':
    case 'reference':
      return textJson(value.value, errors);
    case 'bytes':
      return `"${Buffer.from(value.value.buffer, value.value.byteOffset, value.value.byteLength).toString('base64')}"`;
    case 'geopoint':
      return `{"latitude":${doubleJson(value.latitude)},"longitude":${doubleJson(value.longitude)}}`;
    case 'array':
      return arrayJson(value.values, errors, deeper(level));
    case 'map':
      return fieldsJson(value.fields, errors, deeper(level));
    case 'vector':
      return `[${value.values.map(doubleJson).join(',')}]`;
  }
}

/** A JSON object, names in the order they come. */
export function fieldsJson(fields: Fields, errors: RowErrors | null, level = 1): string {
  let json = '{';
  for (const [name, value] of fields) {
    const mark = errors?.count ?? 0;
    json += `${json === '{' ? '' : ','}${textJson(name, errors)}:${dataJson(value, errors, level)}`;
    if (errors !== null && errors.count > mark) errors.within(mark, name);
  }
  return `${json}}`;
}

function arrayJson(values: readonly Value[], errors: RowErrors | null, level: number): string {
  let json = '[';
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === undefined) continue;
    const mark = errors?.count ?? 0;
    json += `${index === 0 ? '' : ','}${dataJson(value, errors, level)}`;
    if (errors !== null && errors.count > mark) errors.within(mark, index);
  }
  return `${json}]`;
}

/** NaN and the infinities are strings: JSON has no numbers for them. */
export const doubleJson = (value: number): string =>
  Number.isFinite(value) ? formatDouble(value) : `"${value}"`;

/** @throws FiresinkError `too-deep`: neither Firestore nor an upload gets here with one. */
function deeper(level: number): number {
  if (level < MAX_JSON_LEVELS) return level + 1;
  throw new FiresinkError({
    outcome: 'failed',
    code: 'too-deep',
    what: `a value lies deeper than ${MAX_JSON_LEVELS} levels of maps and arrays`,
    hint: "BigQuery's JSON type takes no more",
  });
}

/** U+FFFD for what is no valid Unicode, with a row error. */
export function textJson(text: string, errors: RowErrors | null): string {
  if (text.isWellFormed()) return JSON.stringify(text);
  errors?.add('Unicode text', 'invalid text', 'what is not valid Unicode became U+FFFD');
  return quote(text);
}

// What RFC 3339 cannot say is kept as its numbers.
function timestampJson(value: Timestamp, errors: RowErrors | null): string {
  const text = formatTimestamp(value);
  if (text !== undefined) return `"${text}"`;
  errors?.add('timestamp', 'timestamp out of range', 'it lies outside years 1 to 9999');
  return `{"seconds":${value.seconds},"nanos":${value.nanos}}`;
}
