// Type parameters of a field: STRING(L), BYTES(L), NUMERIC(P, S), BIGNUMERIC(P, S).
// BigQuery docs, "Data types", parameterized data types.
import type { Path } from '../config/document.ts';
import type { Column, ColumnType } from './column.ts';
import type { Report } from './schema-problem.ts';

type Parameters = Pick<Column, 'maxLength' | 'precision' | 'scale'>;

/** Digits before and after the point. */
const DECIMAL_LIMITS = {
  NUMERIC: { whole: 29, scale: 9 },
  BIGNUMERIC: { whole: 38, scale: 38 },
} as const;

interface At {
  path: Path;
  name: string;
  type: ColumnType;
  report: Report;
}

export function readParameters(json: Record<string, unknown>, at: At): Parameters {
  const maxLength = readCount(json, 'maxLength', 1, at);
  const precision = readCount(json, 'precision', 1, at);
  const scale = readCount(json, 'scale', 0, at);
  const { path, name, type, report } = at;
  const parameters: Parameters = {};
  if (maxLength !== undefined) {
    if (type !== 'STRING' && type !== 'BYTES') {
      report(
        [...path, 'maxLength'],
        `column "${name}" is ${type}: only STRING and BYTES have a maxLength`,
      );
    } else parameters.maxLength = maxLength;
  }
  if (precision === undefined && scale === undefined) return parameters;
  if (type !== 'NUMERIC' && type !== 'BIGNUMERIC') {
    const key = precision === undefined ? 'scale' : 'precision';
    report(
      [...path, key],
      `column "${name}" is ${type}: only NUMERIC and BIGNUMERIC have a ${key}`,
    );
  } else if (precision === undefined) {
    report([...path, 'scale'], `column "${name}" has a scale without a precision`);
  } else {
    checkDecimal(DECIMAL_LIMITS[type], precision, scale ?? 0, at);
    parameters.precision = precision;
    parameters.scale = scale ?? 0;
  }
  return parameters;
}

function checkDecimal(
  limits: { whole: number; scale: number },
  precision: number,
  scale: number,
  { path, name, type, report }: At,
): void {
  if (scale > limits.scale) {
    report(
      [...path, 'scale'],
      `scale ${scale} of "${name}" is more than ${type}'s ${limits.scale}`,
    );
  } else if (precision < Math.max(1, scale) || precision > scale + limits.whole) {
    const least = Math.max(1, scale);
    report(
      [...path, 'precision'],
      `precision ${precision} of "${name}" must be from ${least} to ${scale + limits.whole} at scale ${scale}`,
    );
  }
}

/** The API writes these integers as strings, people as numbers. */
function readCount(
  json: Record<string, unknown>,
  key: 'maxLength' | 'precision' | 'scale',
  least: number,
  { path, name, report }: At,
): number | undefined {
  const value = json[key];
  if (value === undefined) return undefined;
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= least) return count;
  report(
    [...path, key],
    `${key} of "${name}" must be a whole number from ${least}, not ${JSON.stringify(value)}`,
  );
  return undefined;
}
