// OVER (…): numbering and navigation functions, and aggregates over windows.
import { QueryError, unserved } from '../query-error.ts';
import { expectType, type Typed } from '../typed.ts';
import type { SqlType } from '../types.ts';
import { AGGREGATES } from './aggregates.ts';
import { argumentsOf, type CallContext, compileOrder } from './context.ts';

const NUMBERING: Readonly<Record<string, SqlType>> = {
  ROW_NUMBER: 'INT64',
  RANK: 'INT64',
  DENSE_RANK: 'INT64',
  PERCENT_RANK: 'FLOAT64',
  CUME_DIST: 'FLOAT64',
};

export function compileWindow(context: CallContext): Typed {
  const { call } = context;
  const over = ` OVER (${windowSql(context)})`;
  const numbering = NUMBERING[call.name];
  if (numbering !== undefined) {
    argumentsOf(context, 0);
    return { sql: `${call.name.toLowerCase()}()${over}`, type: numbering };
  }
  const navigation = navigate(context);
  if (navigation !== undefined) return { sql: `${navigation.sql}${over}`, type: navigation.type };
  const aggregate = AGGREGATES[call.name];
  if (aggregate === undefined) {
    throw new QueryError(
      `Function ${call.name} does not support an OVER clause, or is not served`,
      call.at,
    );
  }
  const { type, sql } = aggregate(context, call.args.map(context.compile));
  return { sql: sql(over), type };
}

function windowSql({ call, compile }: CallContext): string {
  const window = call.over;
  if (window === undefined) return '';
  const partition = window.partitionBy.map((expression) => compile(expression).sql).join(', ');
  return [
    partition === '' ? '' : `PARTITION BY ${partition}`,
    window.orderBy.length === 0 ? '' : `ORDER BY ${compileOrder(window.orderBy, compile)}`,
    window.frame ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function navigate(context: CallContext): Typed | undefined {
  const { call } = context;
  const nulls = call.nulls === 'IGNORE' ? ' IGNORE NULLS' : '';
  const integer = (value: Typed) =>
    expectType(value, 'INT64', `Argument of ${call.name}`, call.at).sql;
  switch (call.name) {
    case 'LAG':
    case 'LEAD': {
      if (nulls !== '') throw unserved(`${call.name} with IGNORE NULLS`, call.at);
      const [value, offset, fallback] = argumentsOf(context, 1, 3);
      if (value === undefined) return undefined;
      const rest = fallback && expectType(fallback, value.type, 'Default', call.at).sql;
      const args = [
        value.sql,
        offset ? integer(offset) : '1',
        ...(rest === undefined ? [] : [rest]),
      ];
      return { sql: `${call.name.toLowerCase()}(${args.join(', ')})`, type: value.type };
    }
    case 'FIRST_VALUE':
    case 'LAST_VALUE': {
      const [value] = argumentsOf(context, 1);
      return value && { sql: `${call.name.toLowerCase()}(${value.sql}${nulls})`, type: value.type };
    }
    case 'NTH_VALUE': {
      const [value, place] = argumentsOf(context, 2);
      return (
        value &&
        place && { sql: `nth_value(${value.sql}, ${integer(place)}${nulls})`, type: value.type }
      );
    }
    case 'NTILE': {
      const [buckets] = argumentsOf(context, 1);
      return buckets && { sql: `ntile(${integer(buckets)})`, type: 'INT64' };
    }
    default:
      return undefined;
  }
}
