import type { Column } from '../column.ts';
import { type Decimal, formatDecimal, parseDecimal } from '../decimal.ts';
import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';

/** NUMERIC without parameters is NUMERIC(38, 9). */
const NUMERIC = { precision: 38, scale: 9 };
/** BIGNUMERIC without parameters holds a bit more than 76 digits: whole multiples of 10^-38 within 256 bits. */
const BIGNUMERIC_SCALE = 38;
const BIGNUMERIC_LIMIT = 2n ** 255n;

/** NUMERIC, BIGNUMERIC ← integer, double by its shortest text. Strings: a JSON number would pass a double. */
export function coerceNumeric(value: Value, column: Column): string | Misfit {
  if (value.kind === 'integer') return decimalTextJson(value.value.toString(), column);
  if (value.kind !== 'double') return wrongKind(value, column.type);
  if (!Number.isFinite(value.value)) return { reason: `${column.type} has no ${value.value}` };
  if (Object.is(value.value, -0)) return { reason: 'negative zero would lose its sign' };
  return decimalTextJson(String(value.value), column);
}

export function decimalTextJson(text: string, column: Column): string | Misfit {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return { reason: 'it is not a decimal number' };
  return misfit(decimal, column) ?? `"${formatDecimal(decimal)}"`;
}

function misfit(decimal: Decimal, { type, precision, scale = 0 }: Column): Misfit | undefined {
  if (precision !== undefined) return beyond(decimal, precision, scale);
  if (type === 'NUMERIC') return beyond(decimal, NUMERIC.precision, NUMERIC.scale);
  const { negative, whole, fraction } = decimal;
  if (whole.length <= BIGNUMERIC_SCALE) return beyond(decimal, 76, BIGNUMERIC_SCALE);
  if (whole.length > BIGNUMERIC_SCALE + 1) return tooLarge(BIGNUMERIC_SCALE);
  if (fraction.length > BIGNUMERIC_SCALE) return tooFine(BIGNUMERIC_SCALE);
  const scaled = BigInt(whole + fraction.padEnd(BIGNUMERIC_SCALE, '0'));
  const limit = negative ? BIGNUMERIC_LIMIT : BIGNUMERIC_LIMIT - 1n;
  return scaled > limit ? tooLarge(BIGNUMERIC_SCALE) : undefined;
}

function beyond(
  { whole, fraction }: Decimal,
  precision: number,
  scale: number,
): Misfit | undefined {
  if (whole.length > precision - scale) return tooLarge(precision - scale);
  return fraction.length > scale ? tooFine(scale) : undefined;
}

const tooLarge = (digits: number): Misfit => ({
  reason: `it has more than ${digits} digits before the point`,
});

const tooFine = (digits: number): Misfit => ({
  reason: `it has more than ${digits} digits after the point`,
});
