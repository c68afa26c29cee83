// FORMAT_TIMESTAMP and its like, PARSE_TIMESTAMP and its like: the format elements that mean the same to
// DuckDB, or can be said in its words.
import { civilSql } from '../date-parts.ts';
import { QueryError, unserved } from '../query-error.ts';
import { anyAggregates, expectType, type Typed } from '../typed.ts';
import type { ScalarName } from '../types.ts';
import { argumentsOf, type CallContext, type SpecialFunction } from './context.ts';

const SAME = 'aAbBdHIjmMpSuUwWyY%';
const REPLACED: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  h: '%b',
  E6S: '%S.%f',
};

function convert(context: CallContext, index: number): string {
  const { call, compile } = context;
  const literal = call.args[index] && compile(call.args[index]).literal;
  if (literal?.kind !== 'string')
    throw unserved(`${call.name} with a format that is not a literal`, call.at);
  const converted = literal.value.replaceAll(
    /%(E\dS|E\*S|E4Y|[\s\S]|$)/g,
    (whole, element: string) => {
      if (element.length === 1 && SAME.includes(element)) return whole;
      const replacement = REPLACED[element];
      if (replacement === undefined)
        throw unserved(`The format element ${whole} in ${call.name}`, call.at);
      return replacement;
    },
  );
  return `'${converted.replaceAll("'", "''")}'`;
}

const format =
  (type: ScalarName): SpecialFunction =>
  (context) => {
    const { at } = context.call;
    const args = argumentsOf(context, 2, type === 'TIMESTAMP' ? 3 : 2);
    const [, value, zone] = args;
    if (value === undefined) throw new QueryError('A value is missing', at);
    const typed = expectType(value, type, `Argument of ${context.call.name}`, at);
    const civil = civilSql(typed, zone && expectType(zone, 'STRING', 'Time zone', at));
    return {
      sql: `strftime((${civil})::TIMESTAMP, ${convert(context, 0)})`,
      type: 'STRING',
      ...anyAggregates(args),
    };
  };

const parse =
  (type: ScalarName): SpecialFunction =>
  (context) => {
    const { at } = context.call;
    const args = argumentsOf(context, 2, type === 'TIMESTAMP' ? 3 : 2);
    const [, value, zone] = args;
    if (value === undefined) throw new QueryError('A value is missing', at);
    const text = expectType(value, 'STRING', `Argument of ${context.call.name}`, at);
    const parsed = `strptime(${text.sql}, ${convert(context, 0)})`;
    return { sql: finish(parsed, type, zone), type, ...anyAggregates(args) };
  };

function finish(parsed: string, type: ScalarName, zone: Typed | undefined): string {
  if (type === 'TIMESTAMP') return `(${parsed} AT TIME ZONE ${zone?.sql ?? "'UTC'"})`;
  return `(${parsed})::${type === 'DATETIME' ? 'TIMESTAMP' : type}`;
}

export const FORMAT_FUNCTIONS: Readonly<Record<string, SpecialFunction>> = {
  FORMAT_TIMESTAMP: format('TIMESTAMP'),
  FORMAT_DATE: format('DATE'),
  FORMAT_DATETIME: format('DATETIME'),
  PARSE_TIMESTAMP: parse('TIMESTAMP'),
  PARSE_DATE: parse('DATE'),
  PARSE_DATETIME: parse('DATETIME'),
  PARSE_TIME: parse('TIME'),
};
