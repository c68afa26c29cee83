import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';

export function coerceBoolean(value: Value): string | Misfit {
  if (value.kind !== 'boolean') return wrongKind(value, 'BOOL');
  return value.value ? 'true' : 'false';
}
