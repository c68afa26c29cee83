import { doubleJson } from '../data.ts';
import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';

/** Integers up to here are doubles exactly, all of them. */
const MAX_EXACT = 2n ** 53n;

/** FLOAT64 ← double, integer to 2^53. */
export function coerceFloat(value: Value): string | Misfit {
  if (value.kind === 'double') return doubleJson(value.value);
  if (value.kind !== 'integer') return wrongKind(value, 'FLOAT64');
  if (value.value > MAX_EXACT || value.value < -MAX_EXACT) {
    return { reason: 'a FLOAT64 holds integers to 2^53' };
  }
  return value.value.toString();
}
