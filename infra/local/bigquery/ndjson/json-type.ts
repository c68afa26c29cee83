// The JSON type: any value, normalised as "JSON type" in the data types page says. Integers within int64
// and uint64 stay exact, other numbers become doubles; of repeated keys the first counts; 500 levels.
// Members come out sorted, and doubles in the form of the library BigQuery prints them with (nlohmann:
// `1.0`, `1e+100`, `1e-07`), which is what users see of it.
import { type Json, JsonNumber, type JsonObject } from './json.ts';
import { RowError } from './row-error.ts';
import type { Column, Convert } from './value.ts';

const MAX_LEVELS = 500;
const INTEGER = /^-?\d+$/;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;
/** So many digits are always exact. */
const SAFE_DIGITS = 18;

export function jsonConverter({ path }: Column): Convert {
  return (value) => JSON.stringify(normalizeJson(value, path));
}

/** @throws {RowError} deeper than 500 levels, or for a number beyond the doubles */
export function normalizeJson(value: Json, path: string, level = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonNumber) return normalizeNumber(value.text, path);
  if (value === null || typeof value === 'boolean') return String(value);
  if (level >= MAX_LEVELS) {
    throw new RowError(
      `Invalid JSON: nested deeper than ${MAX_LEVELS} levels. Field: ${path}`,
      path,
    );
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => normalizeJson(item, path, level + 1)).join(',')}]`;
  }
  return normalizeObject(value, path, level);
}

function normalizeObject({ keys, values }: JsonObject, path: string, level: number): string {
  const members = new Map<string, Json>();
  keys.forEach((key, index) => {
    if (!members.has(key)) members.set(key, values[index] ?? null);
  });
  const texts = [...members.keys()]
    .sort(compareBytes)
    .map(
      (key) => `${JSON.stringify(key)}:${normalizeJson(members.get(key) ?? null, path, level + 1)}`,
    );
  return `{${texts.join(',')}}`;
}

/** Order of UTF-8, which differs from JavaScript's for characters beyond U+FFFF. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left === right) continue;
    const surrogates = Number(isSurrogate(left)) - Number(isSurrogate(right));
    return surrogates === 0 ? left - right : surrogates;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

function normalizeNumber(text: string, path: string): string {
  if (INTEGER.test(text) && text !== '-0') {
    if (text.length <= SAFE_DIGITS) return text;
    const integer = BigInt(text);
    if (integer >= MIN_INTEGER && integer <= MAX_INTEGER) return text;
  }
  const double = Number(text);
  if (!Number.isFinite(double)) {
    throw new RowError(
      `Invalid JSON: number out of range: ${text.slice(0, 40)}. Field: ${path}`,
      path,
    );
  }
  return formatJsonDouble(double);
}

/** Shortest digits; exponents from 1e+15 and below 1e-04. */
function formatJsonDouble(double: number): string {
  if (double === 0) return Object.is(double, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = '0'] = double.toExponential().split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  const point = Number(exponent) + 1;
  if (point > 15 || point <= -4) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = Math.abs(point - 1)
      .toString()
      .padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${point > 0 ? '+' : '-'}${power}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits.padEnd(point, '0')}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
