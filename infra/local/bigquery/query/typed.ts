// A compiled expression: DuckDB's SQL and GoogleSQL's type; and how one becomes another type.
import { quoteText } from '../columns.ts';
import { formatOrdered, formatUnscaled, parseUnscaled } from '../ndjson/decimal.ts';
import { parseJson } from '../ndjson/json.ts';
import { normalizeJson } from '../ndjson/json-type.ts';
import { RowError } from '../ndjson/row-error.ts';
import { parseDate, parseDatetime, parseTime, parseTimestamp } from '../ndjson/time.ts';
import { QueryError, unserved } from './query-error.ts';
import {
  canCoerce,
  duckdbType,
  formatType,
  isArray,
  isSameType,
  isStruct,
  memberName,
  type ScalarName,
  type SqlType,
  type StructField,
} from './types.ts';

/** What a literal may still become without a CAST. */
type Literal =
  | { kind: 'null' }
  | { kind: 'emptyArray' }
  | { kind: 'number'; text: string }
  | { kind: 'string'; value: string };

export interface Typed {
  sql: string;
  type: SqlType;
  literal?: Literal;
  /** An aggregate function is in it, outside of subqueries. */
  aggregates?: boolean;
}

export const NULL: Typed = { sql: 'NULL::BIGINT', type: 'INT64', literal: { kind: 'null' } };

export const anyAggregates = (values: readonly Typed[]): { aggregates?: boolean } =>
  values.some((value) => value.aggregates) ? { aggregates: true } : {};

const LITERAL_TARGETS: Readonly<Record<'number' | 'string', readonly SqlType[]>> = {
  number: ['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64'],
  string: ['STRING', 'DATE', 'DATETIME', 'TIME', 'TIMESTAMP'],
};

/** @returns undefined where GoogleSQL needs a CAST */
export function coerce(value: Typed, target: SqlType, at: number): Typed | undefined {
  if (isSameType(value.type, target)) return value;
  const { literal } = value;
  if (literal?.kind === 'null') return { sql: `NULL::${duckdbType(target)}`, type: target };
  if (literal?.kind === 'emptyArray' && isArray(target)) {
    return { sql: `[]::${duckdbType(target)}`, type: target };
  }
  if (literal?.kind === 'number' && LITERAL_TARGETS.number.includes(target)) {
    if (target === 'INT64') return undefined;
    return typedLiteral(target as ScalarName, literal.text, at);
  }
  if (literal?.kind === 'string' && LITERAL_TARGETS.string.includes(target)) {
    return typedLiteral(target as ScalarName, literal.value, at);
  }
  if (isStruct(value.type) && isStruct(target)) return coerceStruct(value, target.struct, at);
  if (!canCoerce(value.type, target)) return undefined;
  if (target === 'BIGNUMERIC') throw unserved('Converting to BIGNUMERIC', at);
  const sql =
    value.type === 'BIGNUMERIC'
      ? `firesink.bignumeric_text(${value.sql})::DOUBLE`
      : `(${value.sql})::${duckdbType(target)}`;
  return { ...value, sql, type: target };
}

/** Member by member, by place; names are those of the target. */
function coerceStruct(
  value: Typed,
  members: readonly StructField[],
  at: number,
): Typed | undefined {
  const own = isStruct(value.type) ? value.type.struct : [];
  if (own.length !== members.length) return undefined;
  const packed: string[] = [];
  for (const [index, member] of members.entries()) {
    const name = memberName(own, index).replaceAll("'", "''");
    const extracted = {
      sql: `struct_extract(${value.sql}, '${name}')`,
      type: own[index]?.type ?? 'INT64',
    };
    const coerced = coerce(extracted, member.type, at);
    if (coerced === undefined) return undefined;
    packed.push(`"${memberName(members, index).replaceAll('"', '""')}" := ${coerced.sql}`);
  }
  const sql = `CASE WHEN ${value.sql} IS NULL THEN NULL ELSE struct_pack(${packed.join(', ')}) END`;
  return { ...value, sql, type: { struct: members } };
}

/** @throws {QueryError} where the value does not fit */
export function expectType(value: Typed, target: SqlType, what: string, at: number): Typed {
  const coerced = coerce(value, target, at);
  if (coerced !== undefined) return coerced;
  throw new QueryError(
    `${what} has type ${formatType(value.type)} which cannot be coerced to type ${formatType(target)}`,
    at,
  );
}

/** The one type that all can be: of CASE, COALESCE, UNION, arrays. */
export function unify(values: readonly Typed[], what: string, at: number): [Typed[], SqlType] {
  const [first = NULL] = values.filter(({ literal }) => literal === undefined);
  const candidates = [first.type, ...values.map(({ type }) => type)];
  for (const candidate of candidates) {
    const coerced = values.map((value) => coerce(value, candidate, at));
    if (coerced.every((value) => value !== undefined)) return [coerced, candidate];
  }
  const types = values.map(({ type }) => formatType(type)).join(', ');
  throw new QueryError(`No matching signature for ${what} for argument types: ${types}`, at);
}

const invalidLiteral = (type: ScalarName, text: string, at: number): QueryError =>
  new QueryError(`Could not cast literal "${text}" to type ${type}`, at);

/** `DATE '2020-1-2'`, and what strings and numbers are coerced to. @throws {QueryError} */
export function typedLiteral(type: ScalarName, text: string, at: number): Typed {
  const sql = LITERALS[type]?.(text);
  if (sql === undefined) throw invalidLiteral(type, text, at);
  return { sql, type };
}

const LITERALS: Readonly<Record<ScalarName, ((text: string) => string | undefined) | undefined>> = {
  INT64: (text) => (/^[+-]?\d+$/.test(text) ? `${quoteText(text)}::BIGINT` : undefined),
  FLOAT64: (text) => (isFloat(text) ? `${quoteText(text)}::DOUBLE` : undefined),
  NUMERIC: numericLiteral,
  BIGNUMERIC: (text) => {
    const unscaled = parseUnscaled(text.trim(), 38);
    return unscaled === undefined ? undefined : quoteText(formatOrdered(unscaled));
  },
  BOOL: (text) => (/^(true|false)$/i.test(text) ? text.toUpperCase() : undefined),
  STRING: (text) => stringLiteral(text),
  BYTES: (text) => bytesLiteral(Buffer.from(text, 'utf8')),
  DATE: (text) => wrap(parseDate(pad(text)), 'DATE'),
  TIME: (text) => wrap(parseTime(pad(text)), 'TIME'),
  DATETIME: datetimeLiteral,
  TIMESTAMP: timestampLiteral,
  JSON: jsonLiteral,
  GEOGRAPHY: undefined,
};

const isFloat = (text: string): boolean =>
  /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$/i.test(text.trim());

const wrap = (text: string | undefined, type: string): string | undefined =>
  text === undefined ? undefined : `'${text}'::${type}`;

function numericLiteral(text: string): string | undefined {
  const unscaled = parseUnscaled(text.trim(), 9);
  if (unscaled === undefined || unscaled >= 10n ** 38n || unscaled <= -(10n ** 38n)) {
    return undefined;
  }
  return `'${formatUnscaled(unscaled, 9)}'::DECIMAL(38,9)`;
}

/** DuckDB's parser ends at a zero byte. */
export const stringLiteral = (text: string): string =>
  text.split('\0').map(quoteText).join(' || chr(0) || ');

export const bytesLiteral = (bytes: Buffer): string => `from_base64('${bytes.toString('base64')}')`;

function jsonLiteral(text: string): string | undefined {
  try {
    return stringLiteral(normalizeJson(parseJson(text), 'JSON'));
  } catch (error) {
    if (error instanceof RowError) return undefined;
    throw error;
  }
}

/** GoogleSQL's literals may leave out the zeros that the loader wants: `2020-1-2 3:4:5`. */
const pad = (text: string): string => text.trim().replaceAll(/(?<![\d.])(\d)(?=[-:T ]|$)/g, '0$1');

function datetimeLiteral(text: string): string | undefined {
  const padded = pad(text);
  const micros = parseDatetime(padded) ?? parseDatetime(`${padded} 00:00:00`);
  return micros === undefined ? undefined : `make_timestamp(${micros}::BIGINT)`;
}

const ZONED = /^(.*\d) ?([A-Za-z_]+(?:\/[A-Za-z_+-]+\d*)+)$/;

function timestampLiteral(text: string): string | undefined {
  const [, civil, zone] = ZONED.exec(text.trim()) ?? [];
  if (civil !== undefined && zone !== undefined) {
    const datetime = datetimeLiteral(civil);
    return datetime && `(${datetime} AT TIME ZONE ${quoteText(zone)})`;
  }
  const padded = pad(text);
  const micros = parseTimestamp(padded) ?? parseTimestamp(withTime(padded));
  return micros === undefined ? undefined : `make_timestamptz(${micros}::BIGINT)`;
}

/** `2020-01-01+01` lacks its time of day. */
const withTime = (text: string): string => `${text.slice(0, 10)} 00:00:00${text.slice(10)}`;
