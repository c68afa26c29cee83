// Aggregate functions, also over windows.

import { QueryError, unserved } from '../query-error.ts';
import { coerce, expectType, type Typed } from '../typed.ts';
import { formatType, isArray, isComparable, isOrderable, type SqlType } from '../types.ts';
import { type CallContext, compileOrder } from './context.ts';

export interface Aggregate {
  type: SqlType;
  /** @param over  ` OVER (…)`, or nothing: behind every aggregate in the SQL */
  sql: (over: string) => string;
}

type AggregateFunction = (context: CallContext, args: readonly Typed[]) => Aggregate;

const noSignature = ({ call }: CallContext, args: readonly Typed[]): QueryError =>
  new QueryError(
    `No matching signature for aggregate function ${call.name} for argument types: ${args.map(({ type }) => formatType(type)).join(', ')}`,
    call.at,
  );

const only = (context: CallContext, args: readonly Typed[]): Typed => {
  const [first, ...others] = args;
  if (first === undefined || others.length > 0) throw noSignature(context, args);
  return first;
};

const distinct = ({ call }: CallContext, value: Typed): string => {
  if (!call.distinct) return '';
  if (isComparable(value.type)) return 'DISTINCT ';
  throw new QueryError(
    `Aggregate functions with DISTINCT cannot be used with arguments of type ${formatType(value.type)}`,
    call.at,
  );
};

const count: AggregateFunction = (context, args) => {
  if (context.call.star) return { type: 'INT64', sql: (over) => `count(*)${over}` };
  const value = only(context, args);
  return { type: 'INT64', sql: (over) => `count(${distinct(context, value)}${value.sql})${over}` };
};

const countIf: AggregateFunction = (context, args) => {
  const value = expectType(only(context, args), 'BOOL', 'Argument of COUNTIF', context.call.at);
  return { type: 'INT64', sql: (over) => `count(CASE WHEN ${value.sql} THEN 1 END)${over}` };
};

const sum: AggregateFunction = (context, args) => {
  const value = only(context, args);
  const summed = (over: string) => `sum(${distinct(context, value)}${value.sql})${over}`;
  switch (value.type) {
    case 'INT64':
      return { type: 'INT64', sql: (over) => `(${summed(over)})::BIGINT` };
    case 'FLOAT64':
      return { type: 'FLOAT64', sql: summed };
    case 'NUMERIC':
      return { type: 'NUMERIC', sql: (over) => `(${summed(over)})::DECIMAL(38,9)` };
    default:
      throw value.type === 'BIGNUMERIC'
        ? unserved('SUM of BIGNUMERIC', context.call.at)
        : noSignature(context, args);
  }
};

const average: AggregateFunction = (context, args) => {
  const value = only(context, args);
  const { at } = context.call;
  const what = `${distinct(context, value)}${value.sql}`;
  if (value.type === 'NUMERIC') {
    return {
      type: 'NUMERIC',
      sql: (over) =>
        `firesink.numeric_divide((sum(${what})${over})::DECIMAL(38,9), (count(${what})${over})::DECIMAL(38,9))`,
    };
  }
  const float = value.type === 'BIGNUMERIC' ? undefined : coerce(value, 'FLOAT64', at);
  if (float === undefined) throw noSignature(context, args);
  return { type: 'FLOAT64', sql: (over) => `avg(${distinct(context, value)}${float.sql})${over}` };
};

const extreme =
  (how: 'min' | 'max'): AggregateFunction =>
  (context, args) => {
    const value = only(context, args);
    if (!isOrderable(value.type)) throw noSignature(context, args);
    const plain = (over: string) => `${how}(${value.sql})${over}`;
    if (value.type !== 'FLOAT64') return { type: value.type, sql: plain };
    // NaN wins both; for DuckDB it is only the largest.
    return {
      type: 'FLOAT64',
      sql: (over) =>
        `CASE WHEN bool_or(isnan(${value.sql}))${over} THEN 'nan'::DOUBLE ELSE ${plain(over)} END`,
    };
  };

const anyValue: AggregateFunction = (context, args) => {
  const value = only(context, args);
  const { having } = context.call;
  if (having === undefined)
    return { type: value.type, sql: (over) => `any_value(${value.sql})${over}` };
  const by = context.compile(having.by);
  return {
    type: value.type,
    sql: (over) => `arg_${having.which.toLowerCase()}(${value.sql}, ${by.sql})${over}`,
  };
};

const extremeBy =
  (how: 'arg_max' | 'arg_min'): AggregateFunction =>
  (context, args) => {
    const [value, by] = args;
    if (value === undefined || by === undefined || args.length > 2)
      throw noSignature(context, args);
    return { type: value.type, sql: (over) => `${how}(${value.sql}, ${by.sql})${over}` };
  };

const orderBy = ({ call, compile }: CallContext): string =>
  call.orderBy.length === 0 ? '' : ` ORDER BY ${compileOrder(call.orderBy, compile)}`;

function limited(context: CallContext, list: string): string {
  const { limit } = context.call;
  if (limit === undefined) return list;
  return `list_slice(${list}, 1, ${expectType(context.compile(limit), 'INT64', 'LIMIT', context.call.at).sql})`;
}

const arrayAgg: AggregateFunction = (context, args) => {
  const value = only(context, args);
  if (isArray(value.type))
    throw new QueryError(
      `The argument to ARRAY_AGG must not be an array type but was ${formatType(value.type)}`,
      context.call.at,
    );
  const filter = context.call.nulls === 'IGNORE' ? ` FILTER (WHERE ${value.sql} IS NOT NULL)` : '';
  return {
    type: { array: value.type },
    sql: (over) =>
      limited(
        context,
        `list(${distinct(context, value)}${value.sql}${orderBy(context)})${filter}${over}`,
      ),
  };
};

const stringAgg: AggregateFunction = (context, args) => {
  const { at } = context.call;
  const [value, delimiter] = args;
  if (value?.type !== 'STRING' || args.length > 2) throw noSignature(context, args);
  const separator =
    delimiter === undefined ? "','" : expectType(delimiter, 'STRING', 'Delimiter', at).sql;
  const what = `${distinct(context, value)}${value.sql}`;
  if (context.call.limit === undefined) {
    return {
      type: 'STRING',
      sql: (over) => `string_agg(${what}, ${separator}${orderBy(context)})${over}`,
    };
  }
  const list = (over: string) =>
    `list(${what}${orderBy(context)}) FILTER (WHERE ${value.sql} IS NOT NULL)${over}`;
  return {
    type: 'STRING',
    sql: (over) => `array_to_string(${limited(context, list(over))}, ${separator})`,
  };
};

const logical =
  (how: 'bool_and' | 'bool_or'): AggregateFunction =>
  (context, args) => {
    const value = expectType(
      only(context, args),
      'BOOL',
      `Argument of ${context.call.name}`,
      context.call.at,
    );
    return { type: 'BOOL', sql: (over) => `${how}(${value.sql})${over}` };
  };

const floats =
  (how: string, params = 1): AggregateFunction =>
  (context, args) => {
    const values = args.map((value) => coerce(value, 'FLOAT64', context.call.at)?.sql);
    if (values.length !== params || values.includes(undefined)) throw noSignature(context, args);
    return { type: 'FLOAT64', sql: (over) => `${how}(${values.join(', ')})${over}` };
  };

/** Exact, which an approximation may be. */
const approxCountDistinct: AggregateFunction = (context, args) => {
  const value = only(context, args);
  return { type: 'INT64', sql: (over) => `count(DISTINCT ${value.sql})${over}` };
};

export const AGGREGATES: Readonly<Record<string, AggregateFunction>> = {
  COUNT: count,
  COUNTIF: countIf,
  SUM: sum,
  AVG: average,
  MIN: extreme('min'),
  MAX: extreme('max'),
  ANY_VALUE: anyValue,
  MAX_BY: extremeBy('arg_max'),
  MIN_BY: extremeBy('arg_min'),
  ARRAY_AGG: arrayAgg,
  STRING_AGG: stringAgg,
  LOGICAL_AND: logical('bool_and'),
  LOGICAL_OR: logical('bool_or'),
  APPROX_COUNT_DISTINCT: approxCountDistinct,
  STDDEV: floats('stddev_samp'),
  STDDEV_SAMP: floats('stddev_samp'),
  STDDEV_POP: floats('stddev_pop'),
  VARIANCE: floats('var_samp'),
  VAR_SAMP: floats('var_samp'),
  VAR_POP: floats('var_pop'),
  CORR: floats('corr', 2),
  COVAR_POP: floats('covar_pop', 2),
  COVAR_SAMP: floats('covar_samp', 2),
};
