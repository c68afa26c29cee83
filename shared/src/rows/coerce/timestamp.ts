import { formatTimestamp } from '../text.ts';
import type { Timestamp, Value } from '../value.ts';
import { parseTimestamp } from './date-time.ts';
import { type Misfit, wrongKind } from './misfit.ts';

/** TIMESTAMP ← timestamp, RFC 3339 string; always written in UTC. */
export function coerceTimestamp(value: Value): string | Misfit {
  if (value.kind === 'timestamp') return timestampJson(value);
  if (value.kind !== 'string') return wrongKind(value, 'TIMESTAMP');
  const timestamp = parseTimestamp(value.value);
  return 'reason' in timestamp ? timestamp : timestampJson(timestamp);
}

function timestampJson(timestamp: Timestamp): string | Misfit {
  if (timestamp.nanos % 1000 !== 0) return { reason: 'a TIMESTAMP has microseconds' };
  const text = formatTimestamp(timestamp);
  return text === undefined ? { reason: 'it lies outside years 1 to 9999' } : `"${text}"`;
}
