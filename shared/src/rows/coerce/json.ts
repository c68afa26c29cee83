import { dataJson } from '../data.ts';
import type { Value } from '../value.ts';

/** JSON ← anything, as `_data` has it. Row errors were given there. */
export const coerceJson = (value: Value): string => dataJson(value, null);
