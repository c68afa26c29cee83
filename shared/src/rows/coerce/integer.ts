import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_EXACT = 2n ** 53n - 1n;

/** INT64 ← integer, integral double. */
export function coerceInteger(value: Value): string | Misfit {
  if (value.kind === 'integer') return integerJson(value.value);
  if (value.kind !== 'double') return wrongKind(value, 'INT64');
  if (!Number.isInteger(value.value)) return { reason: 'it is not a whole number' };
  if (Object.is(value.value, -0)) return { reason: 'negative zero would lose its sign' };
  return integerJson(BigInt(value.value));
}

/** BigQuery's loader asks for a string beyond 2^53 - 1. */
export function integerJson(value: bigint): string | Misfit {
  if (value < MIN_INT64 || value > MAX_INT64) return { reason: 'it has more than 64 bits' };
  return value > MAX_EXACT || value < -MAX_EXACT ? `"${value}"` : value.toString();
}
