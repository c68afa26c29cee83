// TIMESTAMP, DATE, DATETIME, TIME in the forms of "Details of loading JSON data": microseconds, years 1 to
// 9999. TIMESTAMP also takes epoch seconds, and epoch milliseconds where the number is too large for
// seconds (the page shows 1534680695 and 1.534680695e12).
import { JsonNumber } from './json.ts';
import { RowError } from './row-error.ts';
import { type Column, type Convert, checkScalar, quoteValue } from './value.ts';

const TIMESTAMP =
  /^(\d{4})([-/])(\d{2})\2(\d{2})[ Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(?: ?([Zz]|UTC)| ?([+-])(\d{1,2})(?::(\d{2}))?)?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATETIME = /^(\d{4})-(\d{2})-(\d{2})[ Tt](\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?$/;
const TIME = /^(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?$/;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** 0001-01-01 and the last microsecond of 9999, in microseconds since 1970. */
const MIN_MICROS = -62_135_596_800_000_000n;
const MAX_MICROS = 253_402_300_799_999_999n;
const MAX_SECONDS = 253_402_300_799;
/** GoogleSQL time zones lie within 14 hours of UTC. */
const MAX_OFFSET_MINUTES = 14 * 60;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function isDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  return day <= (DAYS_IN_MONTH[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
}

const isTime = (hour: number, minute: number, second: number): boolean =>
  hour <= 23 && minute <= 59 && second <= 59;

/** Microseconds since 1970 of a civil time in UTC. */
function toMicros(
  [year, month, day]: readonly [number, number, number],
  [hour, minute, second]: readonly [number, number, number],
  fraction: string,
): bigint {
  // Date.UTC takes years 0 to 99 for 1900 to 1999: shift by a whole cycle of the calendar.
  const shifted = Date.UTC(year + 400, month - 1, day, hour, minute, second);
  const millis = shifted - 12_622_780_800_000;
  return BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

/** Microseconds since 1970, or undefined for text that is no TIMESTAMP. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = [1, 3, 4, 5, 6, 7].map((group) =>
    Number(match[group] ?? 0),
  ) as [number, number, number, number, number, number];
  if (!isDate(year, month, day) || !isTime(hour, minute, second)) return undefined;
  const offsetMinutes = Number(match[11] ?? 0) * 60 + Number(match[12] ?? 0);
  if (offsetMinutes > MAX_OFFSET_MINUTES || Number(match[12] ?? 0) > 59) return undefined;
  const civil = toMicros([year, month, day], [hour, minute, second], match[8] ?? '');
  const micros = civil - BigInt(offsetMinutes) * (match[10] === '-' ? -60_000_000n : 60_000_000n);
  return micros >= MIN_MICROS && micros <= MAX_MICROS ? micros : undefined;
}

function parseEpoch(text: string): bigint | undefined {
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  const factor = Math.abs(number) <= MAX_SECONDS ? 1_000_000 : 1000;
  // Whole numbers stay exact; a fraction of a second is a double in BigQuery too.
  const micros = Number.isSafeInteger(number)
    ? BigInt(number) * BigInt(factor)
    : BigInt(Math.round(number * factor));
  return micros >= MIN_MICROS && micros <= MAX_MICROS ? micros : undefined;
}

const EPOCH = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;

export function timestampConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    const micros =
      value instanceof JsonNumber
        ? parseEpoch(value.text)
        : typeof value === 'string'
          ? (parseTimestamp(value) ?? (EPOCH.test(value) ? parseEpoch(value) : undefined))
          : undefined;
    if (micros !== undefined) return micros.toString();
    throw new RowError(
      `Couldn't convert value to timestamp: Could not parse '${quoteValue(value)}' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]] Field: ${path}; Value: ${quoteValue(value)}`,
      path,
    );
  };
}

const cannotParse = (type: string, form: string, value: Parameters<Convert>[0], path: string) =>
  new RowError(
    `Could not parse '${quoteValue(value)}' as ${type} for field ${path}; with format '${form}' Field: ${path}; Value: ${quoteValue(value)}`,
    path,
  );

/** `2020-02-29`, or undefined. */
export function parseDate(text: string): string | undefined {
  const [, year, month, day] = DATE.exec(text) ?? [];
  return year !== undefined && isDate(Number(year), Number(month), Number(day)) ? text : undefined;
}

export function dateConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    const date = typeof value === 'string' ? parseDate(value) : undefined;
    if (date === undefined) throw cannotParse('DATE', '%Y-%m-%d', value, path);
    return `"${date}"`;
  };
}

/** `12:34:56.5`, or undefined; the hour may have one digit. */
export function parseTime(text: string): string | undefined {
  const [, hour, minute, second, fraction] = TIME.exec(text) ?? [];
  if (hour === undefined || !isTime(Number(hour), Number(minute), Number(second))) return undefined;
  return `${hour.padStart(2, '0')}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}`;
}

export function timeConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    const time = typeof value === 'string' ? parseTime(value) : undefined;
    if (time === undefined) throw cannotParse('TIME', '%H:%M:%E*S', value, path);
    return `"${time}"`;
  };
}

/** Microseconds since 1970 as if the time were UTC, or undefined. */
export function parseDatetime(text: string): bigint | undefined {
  const match = DATETIME.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!isDate(year, month, day) || !isTime(hour, minute, second)) return undefined;
  return toMicros([year, month, day], [hour, minute, second], match[7] ?? '');
}

export function datetimeConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    const micros = typeof value === 'string' ? parseDatetime(value) : undefined;
    if (micros === undefined) throw cannotParse('DATETIME', '%Y-%m-%d %H:%M:%E*S', value, path);
    return micros.toString();
  };
}
