import type { Column } from '../column.ts';
import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';

/** BYTES ← bytes, as base64. */
export function coerceBytes(value: Value, { maxLength }: Column): string | Misfit {
  if (value.kind !== 'bytes') return wrongKind(value, 'BYTES');
  if (maxLength !== undefined && value.value.length > maxLength) {
    return { reason: `it has ${value.value.length} bytes` };
  }
  return `"${Buffer.from(value.value).toString('base64')}"`;
}
