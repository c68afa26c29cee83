// Dates and times of day as text. Strict: two digits each, days that exist, no second 60.
import { daysFromCivil } from '../calendar.ts';
import type { Timestamp } from '../value.ts';
import type { Misfit } from './misfit.ts';

const DATE = String.raw`(\d{4})-(\d{2})-(\d{2})`;
const TIME = String.raw`(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?`;
const OFFSET = String.raw`([Zz]|[+-]\d{2}:\d{2})`;

const DATE_TEXT = new RegExp(`^${DATE}$`);
const TIME_TEXT = new RegExp(`^${TIME}$`);
const DATE_TIME_TEXT = new RegExp(`^${DATE}[Tt ]${TIME}$`);
const TIMESTAMP_TEXT = new RegExp(`^${DATE}[Tt ]${TIME}${OFFSET}$`);

const NO_SUCH_DAY: Misfit = { reason: 'there is no such day in years 1 to 9999' };
const NO_SUCH_TIME: Misfit = { reason: 'there is no such time of day' };

/** The canonical text, `2026-11-23`. */
export function parseDate(text: string): string | Misfit {
  const [, year, month, day] = DATE_TEXT.exec(text) ?? [];
  if (year === undefined) return { reason: 'it is not a date, YYYY-MM-DD' };
  return dayNumber(year, month, day) === undefined ? NO_SUCH_DAY : text;
}

/** The canonical text, `23:00:00.123`. */
export function parseTime(text: string): string | Misfit {
  const [, hour, minute, second, fraction] = TIME_TEXT.exec(text) ?? [];
  if (hour === undefined)
    return { reason: 'it is not a time, HH:MM:SS with at most six digits after' };
  if (secondOfDay(hour, minute, second) === undefined) return NO_SUCH_TIME;
  const digits = microDigits(fraction);
  return typeof digits === 'string' ? `${hour}:${minute}:${second}${digits}` : digits;
}

/** The canonical text, `2026-11-23 23:00:00.123`. */
export function parseDateTime(text: string): string | Misfit {
  const [, year, month, day, hour, minute, second, fraction] = DATE_TIME_TEXT.exec(text) ?? [];
  if (year === undefined) {
    return { reason: 'it is not a date and time without a zone, YYYY-MM-DD HH:MM:SS' };
  }
  if (dayNumber(year, month, day) === undefined) return NO_SUCH_DAY;
  if (secondOfDay(hour, minute, second) === undefined) return NO_SUCH_TIME;
  const digits = microDigits(fraction);
  if (typeof digits !== 'string') return digits;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}${digits}`;
}

/** RFC 3339, `2026-11-23T23:00:00.123Z` or with an offset. */
export function parseTimestamp(text: string): Timestamp | Misfit {
  const [, year, month, day, hour, minute, second, fraction = '', offset = ''] =
    TIMESTAMP_TEXT.exec(text) ?? [];
  if (year === undefined) return { reason: 'it is not an RFC 3339 timestamp with its offset' };
  const days = dayNumber(year, month, day);
  if (days === undefined) return NO_SUCH_DAY;
  const seconds = secondOfDay(hour, minute, second);
  const shift = offsetSeconds(offset);
  if (seconds === undefined || shift === undefined) return NO_SUCH_TIME;
  if (/[1-9]/.test(fraction.slice(9))) return { reason: 'a TIMESTAMP has microseconds' };
  return {
    seconds: BigInt(days * 86_400 + seconds - shift),
    nanos: Number(fraction.slice(0, 9).padEnd(9, '0')),
  };
}

const dayNumber = (year?: string, month?: string, day?: string): number | undefined =>
  daysFromCivil(Number(year), Number(month), Number(day));

function secondOfDay(hour?: string, minute?: string, second?: string): number | undefined {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return Number(hour) * 3600 + Number(minute) * 60 + Number(second);
}

function offsetSeconds(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4));
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** With its point; as they are, but zeros beyond the sixth. */
function microDigits(fraction: string | undefined): string | Misfit {
  if (fraction === undefined) return '';
  if (/[1-9]/.test(fraction.slice(6))) return { reason: 'it is finer than microseconds' };
  return `.${fraction.slice(0, 6)}`;
}
