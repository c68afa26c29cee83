// Parts of dates and times: EXTRACT, *_TRUNC, *_DIFF, *_ADD. Weeks begin on Sunday unless told otherwise.
import { QueryError, unserved } from './query-error.ts';
import type { Typed } from './typed.ts';
import { formatType } from './types.ts';

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** How many days before a Monday the week begins; undefined for a part that is no week. */
function weekShift(part: string, at: number): number | undefined {
  if (part === 'WEEK') return 1;
  if (part === 'ISOWEEK') return 0;
  const [, day] = /^WEEK\((\w+)\)$/.exec(part) ?? [];
  if (day === undefined) return undefined;
  const index = WEEKDAYS.indexOf(day);
  if (index < 0)
    throw new QueryError(`A valid date part argument is required, but found ${part}`, at);
  return (8 - index) % 7;
}

/** In microseconds. */
export const FIXED_PARTS: Readonly<Record<string, string>> = {
  MICROSECOND: '1',
  MILLISECOND: '1000',
  SECOND: '1000000',
  MINUTE: '60000000',
  HOUR: '3600000000',
  DAY: '86400000000',
};

/** DuckDB's value of each part of a civil date or time. */
const EXTRACTED: Readonly<Record<string, (value: string) => string>> = {
  MICROSECOND: (value) => `(date_part('microsecond', ${value}) % 1000000)`,
  MILLISECOND: (value) => `(date_part('millisecond', ${value}) % 1000)`,
  SECOND: (value) => `date_part('second', ${value})`,
  MINUTE: (value) => `date_part('minute', ${value})`,
  HOUR: (value) => `date_part('hour', ${value})`,
  DAYOFWEEK: (value) => `(date_part('dow', ${value}) + 1)`,
  DAY: (value) => `date_part('day', ${value})`,
  DAYOFYEAR: (value) => `date_part('doy', ${value})`,
  WEEK: (value) => `strftime(${value}, '%U')::BIGINT`,
  ISOWEEK: (value) => `date_part('week', ${value})`,
  MONTH: (value) => `date_part('month', ${value})`,
  QUARTER: (value) => `date_part('quarter', ${value})`,
  YEAR: (value) => `date_part('year', ${value})`,
  ISOYEAR: (value) => `date_part('isoyear', ${value})`,
};

const TIME_PARTS = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];

/** A TIMESTAMP as its civil time in a zone; other types as they are. */
export function civilSql(value: Typed, zone: Typed | undefined): string {
  if (value.type !== 'TIMESTAMP') return value.sql;
  return `((${value.sql}) AT TIME ZONE ${zone?.sql ?? "'UTC'"})`;
}

export function extractPart(
  part: string,
  value: Typed,
  zone: Typed | undefined,
  at: number,
): Typed {
  const { type } = value;
  const isKnown = type === 'DATE' || type === 'DATETIME' || type === 'TIMESTAMP' || type === 'TIME';
  if (!isKnown) throw new QueryError(`EXTRACT from type ${formatType(type)} is not supported`, at);
  if (zone !== undefined && type !== 'TIMESTAMP') {
    throw new QueryError(`EXTRACT from type ${type} does not support AT TIME ZONE`, at);
  }
  const civil = civilSql(value, zone);
  if ((part === 'DATE' || part === 'TIME') && type !== 'DATE' && type !== 'TIME') {
    return { sql: `(${civil})::${part}`, type: part };
  }
  if (part === 'DATETIME' && type === 'TIMESTAMP') return { sql: civil, type: 'DATETIME' };
  const extract = EXTRACTED[part];
  const fits =
    type === 'TIME' ? TIME_PARTS.includes(part) : type !== 'DATE' || !TIME_PARTS.includes(part);
  if (extract === undefined || !fits) {
    if (part.startsWith('WEEK(')) throw unserved(`EXTRACT(${part})`, at);
    throw new QueryError(`EXTRACT from ${type} does not support the ${part} date part`, at);
  }
  return { sql: `(${extract(`(${civil})`)})::BIGINT`, type: 'INT64' };
}

const TRUNCATED = ['DAY', 'MONTH', 'QUARTER', 'YEAR'];

/** SQL of the beginning of the part that a civil time lies in. */
export function truncateSql(civil: string, part: string, at: number): string {
  const shift = weekShift(part, at);
  if (shift !== undefined) {
    return `(date_trunc('week', (${civil}) + INTERVAL ${shift} DAY) - INTERVAL ${shift} DAY)`;
  }
  const unit = part.toLowerCase();
  if (TRUNCATED.includes(part) || part in FIXED_PARTS) return `date_trunc('${unit}', ${civil})`;
  if (part === 'ISOYEAR') throw unserved('Truncating to ISOYEAR', at);
  throw new QueryError(`A valid date part argument is required, but found ${part}`, at);
}

/** How many boundaries of the part lie between two civil times: DATE_DIFF, DATETIME_DIFF. */
export function boundariesSql(later: string, earlier: string, part: string, at: number): string {
  const shift = weekShift(part, at);
  if (shift !== undefined) {
    return `date_diff('week', (${earlier}) + INTERVAL ${shift} DAY, (${later}) + INTERVAL ${shift} DAY)`;
  }
  if (!TRUNCATED.includes(part) && !(part in FIXED_PARTS)) {
    if (part === 'ISOYEAR') throw unserved('A difference in ISOYEAR', at);
    throw new QueryError(`A valid date part argument is required, but found ${part}`, at);
  }
  return `date_diff('${part.toLowerCase()}', ${earlier}, ${later})`;
}

const CALENDAR_PARTS: Readonly<Record<string, [unit: string, times: number]>> = {
  DAY: ['DAY', 1],
  WEEK: ['DAY', 7],
  MONTH: ['MONTH', 1],
  QUARTER: ['MONTH', 3],
  YEAR: ['YEAR', 1],
};

/** DuckDB's INTERVAL for a number of parts. */
export function intervalSql(amount: string, part: string, at: number): string {
  const fixed = FIXED_PARTS[part];
  if (fixed !== undefined && part !== 'DAY') return `to_microseconds((${amount}) * ${fixed})`;
  const calendar = CALENDAR_PARTS[part];
  if (calendar === undefined) {
    throw new QueryError(`A valid date part argument is required, but found ${part}`, at);
  }
  const [unit, times] = calendar;
  return `to_${unit.toLowerCase()}s(((${amount}) * ${times})::INTEGER)`;
}
