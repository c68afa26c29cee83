// Date and time functions.

import { castTo } from '../cast.ts';
import { boundariesSql, civilSql, FIXED_PARTS, intervalSql, truncateSql } from '../date-parts.ts';
import { QueryError, unserved } from '../query-error.ts';
import { anyAggregates, coerce, expectType, type Typed } from '../typed.ts';
import { formatType, type ScalarName, type SqlType } from '../types.ts';
import { argumentsOf, type CallContext, type SpecialFunction } from './context.ts';
import { stringOfJson } from './json.ts';
import { one, type Signature } from './signature.ts';

const noSignature = ({ call }: CallContext, args: readonly Typed[]): QueryError =>
  new QueryError(
    `No matching signature for function ${call.name} for argument types: ${args.map(({ type }) => formatType(type)).join(', ')}`,
    call.at,
  );

const zoneSql = (zone: Typed | undefined, at: number): string =>
  zone === undefined ? "'UTC'" : expectType(zone, 'STRING', 'Time zone', at).sql;

/** `CURRENT_DATE(['Europe/London'])`: the same instant all through a query. */
const current =
  (type: ScalarName): SpecialFunction =>
  (context) => {
    const [zone] = argumentsOf(context, 0, type === 'TIMESTAMP' ? 0 : 1);
    const now = `make_timestamptz(${context.environment.nowMicros}::BIGINT)`;
    if (type === 'TIMESTAMP') return { sql: now, type };
    const civil = `(${now} AT TIME ZONE ${zoneSql(zone, context.call.at)})`;
    return { sql: `(${civil})::${type === 'DATETIME' ? 'TIMESTAMP' : type}`, type };
  };

/** `DATE(2020, 1, 2)`, `DATE(timestamp[, zone])`, `DATE(datetime)`, `DATE('2020-01-02')`. */
const date: SpecialFunction = (context) => {
  const { at } = context.call;
  const args = argumentsOf(context, 1, 3);
  const [first, second, third] = args;
  if (first === undefined) throw noSignature(context, args);
  const flags = anyAggregates(args);
  if (second !== undefined && third !== undefined) {
    const [y, m, d] = args.map((value) => expectType(value, 'INT64', 'Argument of DATE', at).sql);
    return { sql: `make_date(${y}, ${m}, ${d})`, type: 'DATE', ...flags };
  }
  if (second === undefined && first.type !== 'TIMESTAMP')
    return castTo(first, 'DATE', context.call.safe, at);
  const value = coerce(first, 'TIMESTAMP', at);
  if (value === undefined) throw noSignature(context, args);
  return { sql: `(${civilSql(value, second)})::DATE`, type: 'DATE', ...flags };
};

const datetime: SpecialFunction = (context) => {
  const { at } = context.call;
  const args = argumentsOf(context, 1, 6);
  const [first, second] = args;
  if (first === undefined) throw noSignature(context, args);
  const flags = anyAggregates(args);
  if (args.length === 6) {
    const parts = args.map((value) => expectType(value, 'INT64', 'Argument of DATETIME', at).sql);
    return { sql: `make_timestamp(${parts.join(', ')})`, type: 'DATETIME', ...flags };
  }
  if (args.length > 2) throw noSignature(context, args);
  if (first.type === 'TIMESTAMP')
    return { sql: civilSql(first, second), type: 'DATETIME', ...flags };
  if (second === undefined) return castTo(first, 'DATETIME', context.call.safe, at);
  const [day, time] = [coerce(first, 'DATE', at), coerce(second, 'TIME', at)];
  if (day === undefined || time === undefined) throw noSignature(context, args);
  return { sql: `(${day.sql} + ${time.sql})`, type: 'DATETIME', ...flags };
};

/** `TIME(12, 30, 0)`, `TIME(timestamp[, zone])`, `TIME(datetime)`. */
const time: SpecialFunction = (context) => {
  const { at } = context.call;
  const args = argumentsOf(context, 1, 3);
  const [first, second] = args;
  if (first === undefined) throw noSignature(context, args);
  const flags = anyAggregates(args);
  if (args.length === 3) {
    const parts = args.map((value) => expectType(value, 'INT64', 'Argument of TIME', at).sql);
    return { sql: `make_time(${parts.join(', ')})`, type: 'TIME', ...flags };
  }
  if (first.type === 'TIMESTAMP')
    return { sql: `(${civilSql(first, second)})::TIME`, type: 'TIME', ...flags };
  if (second !== undefined) throw noSignature(context, args);
  return castTo(first, 'TIME', context.call.safe, at);
};

const timestamp: SpecialFunction = (context) => {
  const { at } = context.call;
  const args = argumentsOf(context, 1, 2);
  const [first, zone] = args;
  if (first === undefined) throw noSignature(context, args);
  if (zone === undefined) return castTo(first, 'TIMESTAMP', context.call.safe, at);
  const civil = castTo(first, 'DATETIME', false, at);
  return {
    sql: `(${civil.sql} AT TIME ZONE ${zoneSql(zone, at)})`,
    type: 'TIMESTAMP',
    ...anyAggregates(args),
  };
};

/** STRING(timestamp[, zone]), STRING(date), STRING(json). */
const string: SpecialFunction = (context) => {
  const { at } = context.call;
  const args = argumentsOf(context, 1, 2);
  const [value, zone] = args;
  if (value?.type === 'JSON') return stringOfJson(context);
  const types: SqlType[] = ['TIMESTAMP', 'DATE', 'DATETIME', 'TIME'];
  if (value === undefined || !types.includes(value.type)) throw noSignature(context, args);
  if (zone !== undefined) throw unserved('STRING with a time zone', at);
  return castTo(value, 'STRING', false, at);
};

function partOf(context: CallContext, index: number): string {
  const part = context.call.args[index];
  if (part?.kind === 'part') return part.part;
  throw new QueryError('A valid date part name is required', context.call.at);
}

function typedArgument(context: CallContext, index: number, type: SqlType): Typed {
  const { name, args, at } = context.call;
  const argument = args[index];
  if (argument === undefined) {
    throw new QueryError(`Number of arguments does not match for function ${name}`, at);
  }
  return expectType(context.compile(argument), type, `Argument ${index + 1} of ${name}`, at);
}

/** DuckDB's type that a civil result must be brought back to. */
const back = (sql: string, type: ScalarName, zone = "'UTC'"): string => {
  if (type === 'TIMESTAMP') return `((${sql}) AT TIME ZONE ${zone})`;
  return `(${sql})::${type === 'DATETIME' ? 'TIMESTAMP' : type}`;
};

const truncate =
  (type: 'DATE' | 'DATETIME' | 'TIMESTAMP'): SpecialFunction =>
  (context) => {
    const { call, compile } = context;
    // DATE_TRUNC and TIMESTAMP_TRUNC take each other's types nowadays; the result is of the argument's.
    const given = call.args[0] && compile(call.args[0]);
    const own =
      given !== undefined && given.literal === undefined && isCivil(given.type) ? given.type : type;
    const value = typedArgument(context, 0, own);
    const zone = call.args[2] && expectType(compile(call.args[2]), 'STRING', 'Time zone', call.at);
    const truncated = truncateSql(`(${civilSql(value, zone)})`, partOf(context, 1), call.at);
    return { sql: back(truncated, own, zone?.sql), type: own, ...anyAggregates([value]) };
  };

const isCivil = (type: SqlType): type is 'DATE' | 'DATETIME' | 'TIMESTAMP' =>
  type === 'DATE' || type === 'DATETIME' || type === 'TIMESTAMP';

const difference =
  (type: 'DATE' | 'DATETIME' | 'TIME' | 'TIMESTAMP'): SpecialFunction =>
  (context) => {
    const [later, earlier] = [typedArgument(context, 0, type), typedArgument(context, 1, type)];
    const part = partOf(context, 2);
    const { at } = context.call;
    const flags = anyAggregates([later, earlier]);
    if (type !== 'TIMESTAMP') {
      return {
        sql: boundariesSql(`(${later.sql})`, `(${earlier.sql})`, part, at),
        type: 'INT64',
        ...flags,
      };
    }
    const micros = FIXED_PARTS[part];
    if (micros === undefined)
      throw new QueryError(`TIMESTAMP_DIFF does not support the ${part} date part`, at);
    // Whole parts, not boundaries; DuckDB's // cuts towards zero as it should.
    return {
      sql: `((epoch_us(${later.sql}) - epoch_us(${earlier.sql})) // ${micros})`,
      type: 'INT64',
      ...flags,
    };
  };

const add =
  (type: 'DATE' | 'DATETIME' | 'TIME' | 'TIMESTAMP', sign: '+' | '-'): SpecialFunction =>
  (context) => {
    const { call, compile } = context;
    const value = typedArgument(context, 0, type);
    const interval = call.args[1];
    if (interval?.kind !== 'interval') {
      throw new QueryError(
        `Syntax error: ${call.name} needs INTERVAL as its second argument`,
        call.at,
      );
    }
    const { part } = interval;
    const amount = expectType(compile(interval.amount), 'INT64', 'INTERVAL value', call.at);
    const isCalendar = !(part in FIXED_PARTS) || (part === 'DAY' && type !== 'TIMESTAMP');
    if (type === 'TIMESTAMP' && isCalendar) {
      throw new QueryError(`${call.name} does not support the ${part} date part`, call.at);
    }
    if (type === 'DATE' && !isCalendar) {
      throw new QueryError(`${call.name} does not support the ${part} date part`, call.at);
    }
    const step =
      type === 'TIMESTAMP' && part === 'DAY'
        ? `to_microseconds((${amount.sql}) * ${FIXED_PARTS.DAY})`
        : intervalSql(amount.sql, part, call.at);
    const moved = `((${value.sql}) ${sign} ${step})`;
    return {
      sql: type === 'DATE' ? `${moved}::DATE` : moved,
      type,
      ...anyAggregates([value, amount]),
    };
  };

const lastDay: SpecialFunction = (context) => {
  const given = context.call.args[0] && context.compile(context.call.args[0]);
  const value = given?.type === 'DATETIME' ? given : typedArgument(context, 0, 'DATE');
  const part = context.call.args.length > 1 ? partOf(context, 1) : 'MONTH';
  if (part !== 'MONTH') throw unserved(`LAST_DAY by ${part}`, context.call.at);
  return { sql: `last_day(${value.sql})`, type: 'DATE', ...anyAggregates([value]) };
};

export const DATE_SPECIALS: Readonly<Record<string, SpecialFunction>> = {
  CURRENT_TIMESTAMP: current('TIMESTAMP'),
  CURRENT_DATE: current('DATE'),
  CURRENT_DATETIME: current('DATETIME'),
  CURRENT_TIME: current('TIME'),
  DATE: date,
  DATETIME: datetime,
  TIME: time,
  TIMESTAMP: timestamp,
  STRING: string,
  DATE_TRUNC: truncate('DATE'),
  DATETIME_TRUNC: truncate('DATETIME'),
  TIMESTAMP_TRUNC: truncate('TIMESTAMP'),
  DATE_DIFF: difference('DATE'),
  DATETIME_DIFF: difference('DATETIME'),
  TIMESTAMP_DIFF: difference('TIMESTAMP'),
  TIME_DIFF: difference('TIME'),
  DATE_ADD: add('DATE', '+'),
  DATE_SUB: add('DATE', '-'),
  DATETIME_ADD: add('DATETIME', '+'),
  DATETIME_SUB: add('DATETIME', '-'),
  TIMESTAMP_ADD: add('TIMESTAMP', '+'),
  TIMESTAMP_SUB: add('TIMESTAMP', '-'),
  TIME_ADD: add('TIME', '+'),
  TIME_SUB: add('TIME', '-'),
  LAST_DAY: lastDay,
};

export const DATE_FUNCTIONS: Readonly<Record<string, readonly Signature[]>> = {
  UNIX_SECONDS: one(
    ['TIMESTAMP'],
    'INT64',
    (t) => `floor(epoch_us(${t})::DECIMAL(38,6) / 1000000)::BIGINT`,
  ),
  UNIX_MILLIS: one(
    ['TIMESTAMP'],
    'INT64',
    (t) => `floor(epoch_us(${t})::DECIMAL(38,6) / 1000)::BIGINT`,
  ),
  UNIX_MICROS: one(['TIMESTAMP'], 'INT64', (t) => `epoch_us(${t})`),
  UNIX_DATE: one(['DATE'], 'INT64', (d) => `(${d} - DATE '1970-01-01')::BIGINT`),
  TIMESTAMP_SECONDS: one(['INT64'], 'TIMESTAMP', (n) => `make_timestamptz(${n} * 1000000)`),
  TIMESTAMP_MILLIS: one(['INT64'], 'TIMESTAMP', (n) => `make_timestamptz(${n} * 1000)`),
  TIMESTAMP_MICROS: one(['INT64'], 'TIMESTAMP', (n) => `make_timestamptz(${n})`),
  DATE_FROM_UNIX_DATE: one(['INT64'], 'DATE', (n) => `(DATE '1970-01-01' + (${n})::INTEGER)`),
};
