// NUMERIC and BIGNUMERIC: JSON numbers or strings, exact. A digit beyond the scale is refused, not rounded
// ("Invalid NUMERIC value: -0.8534597960201471", professional-services issue 750); so is NaN.
//
// DuckDB's DECIMAL ends at 38 digits. NUMERIC fits and is staged as its unscaled 128 bits in two halves,
// since DuckDB needs 70 µs to make a DECIMAL of text. BIGNUMERIC is kept as text whose byte order is the
// order of the numbers, so that comparing, sorting and grouping are right without arithmetic.
import type { Field } from '../schema.ts';
import { JsonNumber } from './json.ts';
import { RowError } from './row-error.ts';
import { type Column, type Convert, checkScalar, quoteValue } from './value.ts';

const NUMERIC_SCALE = 9;
const BIGNUMERIC_SCALE = 38;
const MAX_NUMERIC = 10n ** 38n - 1n;
const MAX_BIGNUMERIC = 2n ** 255n - 1n;
const MIN_BIGNUMERIC = -(2n ** 255n);
/** Digits of 2^255. */
const BIGNUMERIC_DIGITS = 77;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Value × 10^scale, or undefined where that is not an integer or the text no number. */
export function parseUnscaled(text: string, scale: number): bigint | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || (whole === '' && fraction === '')) return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  const shift = Number(exponent) - fraction.length + scale;
  // The largest value has 77 digits: nothing longer is worth a BigInt of thousands of digits.
  if (shift > BIGNUMERIC_DIGITS || digits.length > 10_000) return undefined;
  const magnitude =
    shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : divideExactly(digits, -shift);
  return magnitude === undefined || sign !== '-' ? magnitude : -magnitude;
}

function divideExactly(digits: string, places: number): bigint | undefined {
  const kept = digits.length - places;
  if (!/^0*$/.test(digits.slice(Math.max(kept, 0)))) return undefined;
  return kept > 0 ? BigInt(digits.slice(0, kept)) : 0n;
}

interface Limits {
  maxWhole: bigint;
  /** What the unscaled value must be a multiple of. */
  step: bigint;
}

function limitsOf(field: Field, typeScale: number): Limits | undefined {
  if (field.precision === undefined) return undefined;
  const scale = Number(field.scale ?? 0);
  const step = 10n ** BigInt(typeScale - scale);
  return { maxWhole: 10n ** BigInt(Number(field.precision)) * step, step };
}

function toUnscaled(
  value: Parameters<Convert>[0],
  scale: number,
  limits: Limits | undefined,
): bigint | undefined {
  const text = value instanceof JsonNumber ? value.text : value;
  const unscaled = typeof text === 'string' ? parseUnscaled(text, scale) : undefined;
  if (unscaled === undefined || limits === undefined) return unscaled;
  const magnitude = unscaled < 0n ? -unscaled : unscaled;
  return magnitude < limits.maxWhole && magnitude % limits.step === 0n ? unscaled : undefined;
}

const invalidDecimal = (type: string, value: Parameters<Convert>[0], path: string): RowError =>
  new RowError(
    `Invalid ${type} value: ${quoteValue(value)} Field: ${path}; Value: ${quoteValue(value)}`,
    path,
  );

export function numericConverter({ field, path }: Column): Convert {
  const limits = limitsOf(field, NUMERIC_SCALE);
  return (value) => {
    checkScalar(value, path);
    const unscaled = toUnscaled(value, NUMERIC_SCALE, limits);
    if (unscaled === undefined || unscaled > MAX_NUMERIC || unscaled < -MAX_NUMERIC) {
      throw invalidDecimal('NUMERIC', value, path);
    }
    return `{"h":${unscaled >> 64n},"l":${BigInt.asUintN(64, unscaled)}}`;
  };
}

export function bignumericConverter({ field, path }: Column): Convert {
  const limits = limitsOf(field, BIGNUMERIC_SCALE);
  return (value) => {
    checkScalar(value, path);
    const unscaled = toUnscaled(value, BIGNUMERIC_SCALE, limits);
    if (unscaled === undefined || unscaled > MAX_BIGNUMERIC || unscaled < MIN_BIGNUMERIC) {
      throw invalidDecimal('BIGNUMERIC', value, path);
    }
    return `"${formatOrdered(unscaled)}"`;
  };
}

/** `1` and 77 digits, or for negatives `0` and the 77 digits of their nines' complement. */
export function formatOrdered(unscaled: bigint): string {
  if (unscaled >= 0n) return `1${unscaled.toString().padStart(BIGNUMERIC_DIGITS, '0')}`;
  const complement = 10n ** BigInt(BIGNUMERIC_DIGITS) - 1n + unscaled;
  return `0${complement.toString().padStart(BIGNUMERIC_DIGITS, '0')}`;
}

/** The number as the API shows it: no exponent, no trailing zeros. */
export function parseOrdered(text: string): string {
  const digits = BigInt(text.slice(1));
  const unscaled = text.startsWith('1') ? digits : digits - (10n ** BigInt(BIGNUMERIC_DIGITS) - 1n);
  return formatUnscaled(unscaled, BIGNUMERIC_SCALE);
}

/** `1500000000` at scale 9 is `1.5`. */
export function formatUnscaled(unscaled: bigint, scale: number): string {
  const magnitude = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const fraction = magnitude.slice(-scale).replace(/0+$/, '');
  const whole = magnitude.slice(0, -scale);
  return `${unscaled < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
