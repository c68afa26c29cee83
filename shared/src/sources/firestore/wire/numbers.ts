// Integers and doubles as JSON, straight from the wire.
import { formatDouble } from '../../../rows/text.ts';
import { type Bytes, CAREFULLY } from './bytes.ts';

/** `00` to `99` as two bytes each, to be set at once. */
export const TWO_DIGITS = Uint16Array.from(
  { length: 100 },
  (_, value) => 0x3030 + Math.floor(value / 10) + (value % 10) * 256,
);

const BILLION = 1_000_000_000;

/** A whole number from 0 to 2^53. */
export function writeUnsigned(bytes: Bytes, value: number, at: number): number {
  if (value < BILLION) return writeSmall(bytes, value, at);
  const high = Math.floor(value / BILLION);
  const next = writeSmall(bytes, high, at);
  return writeDigits(bytes, value - high * BILLION, 9, next);
}

function writeSmall(bytes: Bytes, value: number, at: number): number {
  const { output } = bytes;
  if (value < 10) {
    output[at] = 0x30 + value;
    return at + 1;
  }
  return writeDigits(bytes, value, digitsOf(value), at);
}

const digitsOf = (value: number): number =>
  value < 10_000
    ? value < 100
      ? value < 10
        ? 1
        : 2
      : value < 1000
        ? 3
        : 4
    : value < 1_000_000
      ? value < 100_000
        ? 5
        : 6
      : value < 10_000_000
        ? 7
        : value < 100_000_000
          ? 8
          : 9;

/** Below 10^9, with zeros in front. */
export function writeDigits(bytes: Bytes, value: number, digits: number, at: number): number {
  const { output, outputView } = bytes;
  const end = at + digits;
  let position = end - 2;
  let rest = value | 0;
  for (; position >= at; position -= 2) {
    const above = (rest / 100) | 0;
    outputView.setUint16(position, TWO_DIGITS[rest - above * 100] as number, true);
    rest = above;
  }
  if (position === at - 1) output[at] = 0x30 + rest;
  return end;
}

/** An int64's varint that fills the bytes up to `end`. */
export function writeInteger(bytes: Bytes, from: number, end: number, at: number): number {
  const value = readSigned(bytes, from);
  if (bytes.position !== end) throw CAREFULLY;
  if (value >= 0) return writeUnsigned(bytes, value, at);
  if (value < 0) {
    bytes.output[at] = 0x2d;
    return writeUnsigned(bytes, -value, at + 1);
  }
  return writeAscii(bytes, readBigInt(bytes, from).toString(), at);
}

const TWO_TO_49 = 2 ** 49;

/**
 * An int64's varint, what follows it at `position`; NaN where it may have more than 53 bits.
 * @throws CAREFULLY for more than ten bytes
 */
export function readSigned(bytes: Bytes, from: number): number {
  const { input } = bytes;
  let value = 0;
  let scale = 1;
  for (let position = from; position < from + 7; position++) {
    const byte = input[position] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      bytes.position = position + 1;
      return value;
    }
    scale *= 0x80;
  }
  return readLong(bytes, from + 7, value);
}

function readLong(bytes: Bytes, from: number, low: number): number {
  const { input } = bytes;
  const eighth = input[from] as number;
  if (eighth < 0x10) {
    bytes.position = from + 1;
    return low + eighth * TWO_TO_49;
  }
  if (eighth === 0xff && input[from + 1] === 0xff && input[from + 2] === 1) {
    bytes.position = from + 3;
    return low - TWO_TO_49;
  }
  for (let position = from; position < from + 3; position++) {
    if ((input[position] as number) < 0x80) {
      bytes.position = position + 1;
      return Number.NaN;
    }
  }
  throw CAREFULLY;
}

function readBigInt(bytes: Bytes, from: number): bigint {
  let value = 0n;
  for (let position = bytes.position - 1; position >= from; position--) {
    value = (value << 7n) | BigInt((bytes.input[position] as number) & 0x7f);
  }
  return BigInt.asIntN(64, value);
}

export function writeAscii(bytes: Bytes, text: string, at: number): number {
  const { output } = bytes;
  for (let index = 0; index < text.length; index++) output[at + index] = text.charCodeAt(index);
  return at + text.length;
}

const POWERS_OF_TEN = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;
/** A decimal of so many digits that reads back as the double is its shortest text. */
const MAX_DECIMAL = 1e15;

/** As `_data` has it: the shortest text, `.0` or an exponent, strings for what JSON has no number for. */
export function writeDouble(bytes: Bytes, value: number, at: number): number {
  const { output } = bytes;
  const size = Math.abs(value);
  // Smaller than 1e-3 the text may need an exponent.
  if (size < MAX_DECIMAL && size >= 1e-3) {
    let start = at;
    if (value < 0) output[start++] = 0x2d;
    for (let digits = 0; digits < POWERS_OF_TEN.length; digits++) {
      const power = POWERS_OF_TEN[digits] as number;
      const scaled = Math.round(size * power);
      if (scaled >= MAX_DECIMAL) break;
      if (scaled / power === size) return writeDecimal(bytes, scaled, power, digits, start);
    }
  } else if (value === 0) return writeAscii(bytes, Object.is(value, -0) ? '-0.0' : '0.0', at);
  else if (!Number.isFinite(value)) return writeAscii(bytes, `"${value}"`, at);
  return writeAscii(bytes, formatDouble(value), at);
}

function writeDecimal(
  bytes: Bytes,
  scaled: number,
  power: number,
  digits: number,
  at: number,
): number {
  const { output } = bytes;
  const whole = Math.floor(scaled / power);
  const point = writeUnsigned(bytes, whole, at);
  output[point] = 0x2e;
  if (digits === 0) {
    output[point + 1] = 0x30;
    return point + 2;
  }
  return writeDigits(bytes, scaled - whole * power, digits, point + 1);
}
