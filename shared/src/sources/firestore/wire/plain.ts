// Which values go into a column as `_data` has them, or in quotes: decided by a few bytes. All others are
// decoded.
import { daysFromCivil } from '../../../rows/calendar.ts';
import type { Column } from '../../../rows/column.ts';
import type { Bytes } from './bytes.ts';
import { contentUpTo, contentWithin } from './lengths.ts';
import { ELEMENT, TAG } from './tags.ts';
import { hasMicroseconds } from './time.ts';
import { findVector } from './vector.ts';

/** How a value stands to its column. */
export const FORM = {
  /** Decode it, then see. */
  other: 0,
  /** The text of `_data` is the text of the column. */
  same: 1,
  /** So it is in quotes. */
  quoted: 2,
} as const;

export type Form = (typeof FORM)[keyof typeof FORM];

/** Varints of at most seven bytes are below 2^49: far from where INT64 and FLOAT64 end. */
const SMALL_INTEGER_BYTES = 8;
/** A negative integer always has ten. */
const NEGATIVE_INTEGER_BYTES = 11;

export function formOf(column: Column, bytes: Bytes, from: number, end: number): Form {
  return column.mode === 'REPEATED'
    ? formOfArray(column, bytes, from, end)
    : formOfOne(column, bytes, from, end);
}

/** Only if every element is the same: quotes cannot be put in between. */
function formOfArray(column: Column, bytes: Bytes, from: number, end: number): Form {
  const { input } = bytes;
  const tag = input[from];
  if (tag !== TAG.array && tag !== TAG.map) return FORM.other;
  const content = contentUpTo(bytes, from + 1, end);
  if (tag === TAG.map) {
    const isDoubles = column.type === 'FLOAT64' && findVector(bytes, content, end) >= 0;
    return isDoubles ? FORM.same : FORM.other;
  }
  for (let position = content; position < end; ) {
    if (input[position] !== ELEMENT) return FORM.other;
    const element = contentWithin(bytes, position + 1, end);
    position = bytes.position;
    if (input[element] === TAG.null) return FORM.other;
    if (formOfOne(column, bytes, element, position) !== FORM.same) return FORM.other;
  }
  return FORM.same;
}

function formOfOne(column: Column, bytes: Bytes, from: number, end: number): Form {
  const tag = bytes.input[from];
  switch (column.type) {
    case 'STRING':
      return formOfText(column, bytes, from, end);
    case 'INT64':
      return tag === TAG.integer && isSmallInteger(bytes, from, end) ? FORM.same : FORM.other;
    case 'FLOAT64':
      if (tag === TAG.double) return FORM.same;
      return tag === TAG.integer && isSmallInteger(bytes, from, end) ? FORM.same : FORM.other;
    case 'BOOL':
      return tag === TAG.boolean ? FORM.same : FORM.other;
    case 'TIMESTAMP':
      if (tag !== TAG.timestamp) return FORM.other;
      return hasMicroseconds(bytes, contentUpTo(bytes, from + 1, end), end)
        ? FORM.same
        : FORM.other;
    case 'JSON':
      return FORM.same;
    case 'BYTES':
      if (tag !== TAG.bytes) return FORM.other;
      return isWithin(column, end - contentUpTo(bytes, from + 2, end)) ? FORM.same : FORM.other;
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return tag === TAG.integer && column.precision === undefined ? FORM.quoted : FORM.other;
    case 'DATE':
      return tag === TAG.string && isDate(bytes, from, end) ? FORM.same : FORM.other;
    default:
      return FORM.other;
  }
}

function formOfText(column: Column, bytes: Bytes, from: number, end: number): Form {
  const { input } = bytes;
  const tag = input[from];
  if (tag === TAG.string) {
    // Bytes are at least as many as code points.
    return isWithin(column, end - contentUpTo(bytes, from + 2, end)) ? FORM.same : FORM.other;
  }
  if (column.maxLength !== undefined) return FORM.other;
  switch (tag) {
    case TAG.reference:
    case TAG.timestamp:
    case TAG.bytes:
      return FORM.same;
    case TAG.boolean:
    case TAG.integer:
      return FORM.quoted;
    case TAG.double:
      return isFiniteDouble(bytes, end) ? FORM.quoted : FORM.same;
    default:
      return FORM.other;
  }
}

const isWithin = ({ maxLength }: Column, length: number): boolean =>
  maxLength === undefined || length <= maxLength;

/** Exponents of ones are NaN and the infinities, which `_data` quotes itself. */
const isFiniteDouble = ({ input }: Bytes, end: number): boolean =>
  ((input[end - 1] as number) & 0x7f) !== 0x7f || (input[end - 2] as number) < 0xf0;

function isSmallInteger({ input }: Bytes, from: number, end: number): boolean {
  const size = end - from;
  if (size !== NEGATIVE_INTEGER_BYTES) return size <= SMALL_INTEGER_BYTES;
  // Its upper bits are all ones: not below -2^49.
  return input[end - 3] === 0xff && input[end - 2] === 0xff && input[end - 1] === 1;
}

const DASH = 0x2d;

/** `2026-11-23`, ten bytes behind two of tag and one of length. */
function isDate({ input }: Bytes, from: number, end: number): boolean {
  if (end - from !== 13 || input[from + 7] !== DASH || input[from + 10] !== DASH) return false;
  const year = digits(input, from + 3, 4);
  const month = digits(input, from + 8, 2);
  return daysFromCivil(year, month, digits(input, from + 11, 2)) !== undefined;
}

/** -1 for anything but digits. */
function digits(input: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let position = from; position < from + count; position++) {
    const digit = (input[position] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
