// The texts of scalars, the same wherever a value is written: in `_data`, in a STRING column, in a row error.
import { civilFromDays } from './calendar.ts';
import type { Timestamp } from './value.ts';

/** Shortest text that reads back as the same double, and as a double: `1.0`, `-0.0`, `5e-324`, `NaN`. */
export function formatDouble(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: all that RFC 3339, Firestore and BigQuery know. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

const SECONDS_A_DAY = 86_400;

/**
 * RFC 3339 in UTC with 0, 3, 6 or 9 digits after the second, as many as the value needs (protobuf's rule for
 * JSON). Undefined outside years 1 to 9999, or where nanos are no part of a second.
 */
export function formatTimestamp({ seconds, nanos }: Timestamp): string | undefined {
  if (nanos < 0 || nanos > 999_999_999) return undefined;
  const second = formatSecond(seconds);
  return second === undefined ? undefined : `${second}${formatFraction(nanos)}Z`;
}

/** For system columns: always microseconds, what is finer is cut off. */
export function formatMicroseconds({ seconds, nanos }: Timestamp): string | undefined {
  const second = formatSecond(seconds);
  return second === undefined ? undefined : `${second}.${pad(Math.floor(nanos / 1000), 6)}Z`;
}

function formatSecond(seconds: bigint): string | undefined {
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) return undefined;
  const whole = Number(seconds);
  const days = Math.floor(whole / SECONDS_A_DAY);
  const { year, month, day } = civilFromDays(days);
  const second = whole - days * SECONDS_A_DAY;
  const time = `${pad(Math.floor(second / 3600), 2)}:${pad(Math.floor(second / 60) % 60, 2)}:${pad(second % 60, 2)}`;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time}`;
}

/** With its point; empty for a whole second. */
export function formatFraction(nanos: number): string {
  if (nanos === 0) return '';
  if (nanos % 1_000_000 === 0) return `.${pad(nanos / 1_000_000, 3)}`;
  if (nanos % 1000 === 0) return `.${pad(nanos / 1000, 6)}`;
  return `.${pad(nanos, 9)}`;
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** A JSON string; what is no valid Unicode becomes U+FFFD. */
export const quote = (text: string): string => JSON.stringify(text.toWellFormed());
