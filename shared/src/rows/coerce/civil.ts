// DATE, DATETIME, TIME ← strings that parse. A timestamp is none of them: it would lose its zone, or its time.
import type { Value } from '../value.ts';
import { parseDate, parseDateTime, parseTime } from './date-time.ts';
import { type Coercer, type Misfit, wrongKind } from './misfit.ts';

const coercer =
  (type: string, parse: (text: string) => string | Misfit): Coercer =>
  (value: Value) => {
    if (value.kind !== 'string') return wrongKind(value, type);
    const text = parse(value.value);
    return typeof text === 'string' ? `"${text}"` : text;
  };

export const coerceDate = coercer('DATE', parseDate);
export const coerceDateTime = coercer('DATETIME', parseDateTime);
export const coerceTime = coercer('TIME', parseTime);
