// Stored values as the API shows them: everything text, rows `{f: [{v}]}`, lists `[{v}]`.
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalid } from './errors.ts';
import { formatUnscaled, parseOrdered } from './ndjson/decimal.ts';
import type { Field } from './schema.ts';

export type Cell = string | null | { v: Cell }[] | Row;
export interface Row {
  f: { v: Cell }[];
}

/** @see REST DataFormatOptions */
export type TimestampFormat = 'FLOAT64' | 'INT64' | 'ISO8601_STRING';

/** @param get  query or body property, e.g. `formatOptions.useInt64Timestamp` */
export function parseTimestampFormat(get: (name: string) => unknown): TimestampFormat {
  const useInt64 = String(get('useInt64Timestamp') ?? 'false') === 'true';
  const format = get('timestampOutputFormat');
  if (format === undefined || format === 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED') {
    return useInt64 ? 'INT64' : 'FLOAT64';
  }
  if (format === 'INT64') return format;
  if ((format === 'FLOAT64' || format === 'ISO8601_STRING') && !useInt64) return format;
  throw invalid(`Invalid value for formatOptions.timestampOutputFormat: ${String(format)}`);
}

export const formatRow = (
  fields: readonly Field[],
  values: readonly DuckDBValue[],
  timestamps: TimestampFormat,
): Row => ({
  f: fields.map((field, index) => ({ v: formatCell(field, values[index] ?? null, timestamps) })),
});

function formatCell(field: Field, value: DuckDBValue, timestamps: TimestampFormat): Cell {
  if (field.mode !== 'REPEATED') return formatOne(field, value, timestamps);
  // BigQuery has no NULL arrays: a result shows them empty.
  if (!(value instanceof DuckDBListValue)) return [];
  return value.items.map((item) => ({ v: formatOne(field, item, timestamps) }));
}

function formatOne(field: Field, value: DuckDBValue, timestamps: TimestampFormat): Cell {
  if (value === null) return null;
  switch (field.type) {
    case 'RECORD':
      return value instanceof DuckDBStructValue ? formatRecord(field, value, timestamps) : null;
    case 'FLOAT':
      return formatFloat(Number(value));
    case 'BYTES':
      return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString('base64') : null;
    case 'NUMERIC':
      return value instanceof DuckDBDecimalValue
        ? formatUnscaled(value.value, value.scale)
        : String(value);
    case 'BIGNUMERIC':
      return parseOrdered(String(value));
    default:
      return formatTime(value, timestamps) ?? String(value);
  }
}

function formatRecord(field: Field, record: DuckDBStructValue, timestamps: TimestampFormat): Row {
  const fields = field.fields ?? [];
  const values = fields.map(({ name }) => record.entries[name] ?? null);
  return formatRow(fields, values, timestamps);
}

function formatTime(value: DuckDBValue, timestamps: TimestampFormat): string | undefined {
  if (value instanceof DuckDBTimestampTZValue) return formatTimestamp(value.micros, timestamps);
  if (value instanceof DuckDBTimestampValue) return formatCivil(value.micros);
  if (value instanceof DuckDBDateValue) return formatCivil(BigInt(value.days) * DAY).slice(0, 10);
  if (value instanceof DuckDBTimeValue) return formatCivil(value.micros).slice(11);
  return undefined;
}

const DAY = 86_400_000_000n;

function formatTimestamp(micros: bigint, format: TimestampFormat): string {
  if (format === 'INT64') return micros.toString();
  if (format === 'ISO8601_STRING') return `${formatCivil(micros)}Z`;
  return formatFloat(Number(micros) / 1e6);
}

/** `2026-11-23T23:00:00.5`: as many digits of the second as it has. */
function formatCivil(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (micros - fraction) / 1_000_000n;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return fraction === 0n
    ? text
    : `${text}.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`;
}

/** As BigQuery prints doubles in results: `1.5`, `1.0E20`, `NaN`, `Infinity`. */
function formatFloat(double: number): string {
  if (!Number.isFinite(double)) return String(double);
  if (Object.is(double, -0)) return '-0.0';
  const magnitude = Math.abs(double);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e7)) {
    const [mantissa = '', exponent = '0'] = double.toExponential().split('e');
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(double) ? `${double}.0` : String(double);
}
