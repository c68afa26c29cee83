import type { Column } from '../column.ts';
import { formatDouble, formatTimestamp, quote } from '../text.ts';
import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';

/** STRING ← string, and the text of any scalar, as `_data` has it. */
export function coerceString(value: Value, { maxLength }: Column): string | Misfit {
  const text = scalarText(value);
  if (typeof text !== 'string') return text;
  if (maxLength !== undefined && text.length > maxLength) {
    const length = codePoints(text);
    if (length > maxLength) return { reason: `it has ${length} characters` };
  }
  return quote(text);
}

function scalarText(value: Value): string | Misfit {
  switch (value.kind) {
    case 'string':
    case 'reference':
      return value.value;
    case 'boolean':
    case 'integer':
      return value.value.toString();
    case 'double':
      return formatDouble(value.value);
    case 'timestamp':
      return formatTimestamp(value) ?? { reason: 'it lies outside years 1 to 9999' };
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    default:
      return wrongKind(value, 'STRING');
  }
}

/** BigQuery counts a STRING's length in Unicode code points. */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
