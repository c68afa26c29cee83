// CAST and SAFE_CAST (docs, "Conversion functions"). DuckDB's own casts are laxer ('1.5' to BIGINT is 2),
// so text is checked first.
import { QueryError, unserved } from './query-error.ts';
import { bytesLiteral, coerce, type Typed } from './typed.ts';
import {
  duckdbType,
  formatType,
  isArray,
  isSameType,
  isStruct,
  type ScalarName,
  type SqlType,
} from './types.ts';

type CastSql = (value: string, fail: (message: string) => string) => string;

const plain =
  (type: SqlType): CastSql =>
  (value) =>
    `(${value})::${duckdbType(type)}`;

/** Text that must look right before DuckDB may read it. */
const checked =
  (form: string, type: ScalarName, what: string): CastSql =>
  (value, fail) =>
    `CASE WHEN ${value} IS NULL THEN NULL WHEN regexp_full_match(trim(${value}), '${form}') THEN trim(${value})::${duckdbType(type)} ELSE ${fail(`'${what}: ' || ${value}`)} END`;

const FLOAT_FORM = '(?i)[+-]?((\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?|inf|infinity|nan)';
const DATE_FORM = '\\d{4}-\\d{1,2}-\\d{1,2}';
const TIME_FORM = '\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d{1,6})?';
const ZONE_FORM = '( ?(Z|z|UTC|[+-]\\d{1,2}(:\\d{2})?)| [A-Za-z_]+(/[A-Za-z_+-]+)*)';

const CASTS: Readonly<Partial<Record<ScalarName, Partial<Record<ScalarName, CastSql>>>>> = {
  INT64: {
    FLOAT64: plain('FLOAT64'),
    NUMERIC: plain('NUMERIC'),
    STRING: plain('STRING'),
    BOOL: (value) => `(${value}) <> 0`,
  },
  FLOAT64: {
    INT64: (value) => `round(${value})::BIGINT`,
    NUMERIC: plain('NUMERIC'),
    STRING: (value) => `firesink.float_text(${value})`,
  },
  NUMERIC: {
    INT64: (value) => `round(${value})::BIGINT`,
    FLOAT64: plain('FLOAT64'),
    STRING: (value) => `firesink.numeric_text(${value})`,
  },
  BIGNUMERIC: {
    FLOAT64: (value) => `firesink.bignumeric_text(${value})::DOUBLE`,
    STRING: (value) => `firesink.bignumeric_text(${value})`,
  },
  BOOL: { INT64: plain('INT64'), STRING: plain('STRING') },
  STRING: {
    INT64: checked('[+-]?\\d+', 'INT64', 'Bad int64 value'),
    FLOAT64: checked(FLOAT_FORM, 'FLOAT64', 'Bad double value'),
    NUMERIC: checked('[+-]?(\\d+\\.?\\d*|\\.\\d+)', 'NUMERIC', 'Invalid NUMERIC value'),
    BOOL: checked('(?i)true|false', 'BOOL', 'Bad bool value'),
    BYTES: (value) => `encode(${value})`,
    DATE: checked(DATE_FORM, 'DATE', 'Could not cast literal to type DATE'),
    TIME: checked(TIME_FORM, 'TIME', 'Invalid time string'),
    DATETIME: checked(`${DATE_FORM}([ Tt]${TIME_FORM})?`, 'DATETIME', 'Invalid datetime string'),
    TIMESTAMP: checked(
      `${DATE_FORM}([ Tt]${TIME_FORM})?${ZONE_FORM}?`,
      'TIMESTAMP',
      'Invalid timestamp',
    ),
  },
  BYTES: { STRING: (value) => `decode(${value})` },
  DATE: {
    STRING: plain('STRING'),
    DATETIME: plain('DATETIME'),
    TIMESTAMP: (value) => `((${value})::TIMESTAMP AT TIME ZONE 'UTC')`,
  },
  DATETIME: {
    STRING: (value) => `firesink.datetime_text(${value})`,
    DATE: plain('DATE'),
    TIME: plain('TIME'),
    TIMESTAMP: (value) => `((${value}) AT TIME ZONE 'UTC')`,
  },
  TIME: { STRING: (value) => `firesink.time_text(${value})` },
  TIMESTAMP: {
    STRING: (value) => `firesink.timestamp_text(${value})`,
    DATE: (value) => `((${value}) AT TIME ZONE 'UTC')::DATE`,
    DATETIME: (value) => `((${value}) AT TIME ZONE 'UTC')`,
    TIME: (value) => `((${value}) AT TIME ZONE 'UTC')::TIME`,
  },
};

/** @param safe  a value that does not fit becomes NULL instead of an error */
export function castTo(value: Typed, target: SqlType, safe: boolean, at: number): Typed {
  const { literal } = value;
  if (literal?.kind === 'null' || isSameType(value.type, target)) {
    const same = coerce(value, target, at) ?? value;
    return literal?.kind === 'null' ? same : { sql: value.sql, type: target, ...aggregates(value) };
  }
  if (isArray(target) || isStruct(target) || isArray(value.type) || isStruct(value.type)) {
    throw unserved(`CAST from ${formatType(value.type)} to ${formatType(target)}`, at);
  }
  if (literal?.kind === 'string' && target === 'BYTES') {
    return { sql: bytesLiteral(Buffer.from(literal.value, 'utf8')), type: 'BYTES' };
  }
  const cast = CASTS[value.type]?.[target];
  if (cast === undefined) {
    if (target === 'BIGNUMERIC') throw unserved(`CAST to ${target}`, at);
    throw new QueryError(
      `Invalid cast from ${formatType(value.type)} to ${formatType(target)}`,
      at,
    );
  }
  const sql = cast(`(${value.sql})`, (message) => (safe ? 'NULL' : `error(${message})`));
  return { sql: safe ? `TRY(${sql})` : sql, type: target, ...aggregates(value) };
}

const aggregates = (value: Typed): { aggregates?: boolean } =>
  value.aggregates ? { aggregates: true } : {};
