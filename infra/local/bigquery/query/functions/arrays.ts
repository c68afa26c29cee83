// Array functions, and the conditional ones whose result has the type of their arguments.
import { compare } from '../operators.ts';
import { QueryError } from '../query-error.ts';
import { anyAggregates, coerce, expectType, NULL, type Typed, unify } from '../typed.ts';
import { formatType, isArray } from '../types.ts';
import { argumentsOf, type CallContext, type SpecialFunction } from './context.ts';

function arrayArguments(context: CallContext, least: number, most = least): Typed[] {
  const args = argumentsOf(context, least, most);
  const [first] = args;
  if (first !== undefined && isArray(first.type)) return args;
  throw new QueryError(
    `No matching signature for function ${context.call.name} for argument types: ${args.map(({ type }) => formatType(type)).join(', ')}`,
    context.call.at,
  );
}

const length: SpecialFunction = (context) => {
  const args = arrayArguments(context, 1);
  return { sql: `len(${args[0]?.sql})`, type: 'INT64', ...anyAggregates(args) };
};

const reverse: SpecialFunction = (context) => {
  const args = arrayArguments(context, 1);
  return {
    sql: `list_reverse(${args[0]?.sql})`,
    type: args[0]?.type ?? NULL.type,
    ...anyAggregates(args),
  };
};

const concat: SpecialFunction = (context) => {
  const args = arrayArguments(context, 1, Number.POSITIVE_INFINITY);
  const [arrays, type] = unify(args, 'ARRAY_CONCAT', context.call.at);
  const isNull = arrays.map(({ sql }) => `${sql} IS NULL`).join(' OR ');
  const joined = arrays.map(({ sql }) => sql).reduce((all, next) => `list_concat(${all}, ${next})`);
  return { sql: `CASE WHEN ${isNull} THEN NULL ELSE ${joined} END`, type, ...anyAggregates(args) };
};

const toText: SpecialFunction = (context) => {
  const { at } = context.call;
  const args = arrayArguments(context, 2, 3);
  const [array, delimiter, nullText] = args;
  if (array?.type === undefined || formatType(array.type) !== 'ARRAY<STRING>') {
    throw new QueryError('ARRAY_TO_STRING takes an ARRAY<STRING>', at);
  }
  const separator = expectType(delimiter ?? NULL, 'STRING', 'Delimiter', at);
  const shown =
    nullText === undefined
      ? array.sql
      : `list_transform(${array.sql}, lambda x: coalesce(x, ${expectType(nullText, 'STRING', 'NULL text', at).sql}))`;
  return {
    sql: `CASE WHEN ${array.sql} IS NULL OR ${separator.sql} IS NULL THEN NULL ELSE coalesce(array_to_string(${shown}, ${separator.sql}), '') END`,
    type: 'STRING',
    ...anyAggregates(args),
  };
};

const generate: SpecialFunction = (context) => {
  const { at } = context.call;
  const args = argumentsOf(context, 2, 3).map((value) =>
    expectType(value, 'INT64', 'Argument of GENERATE_ARRAY', at),
  );
  const [from, to, step] = args;
  return {
    sql: `generate_series(${from?.sql}, ${to?.sql}, ${step?.sql ?? '1'})`,
    type: { array: 'INT64' },
    ...anyAggregates(args),
  };
};

const first: SpecialFunction = (context) => {
  const args = arrayArguments(context, 1);
  const [array] = args;
  if (array === undefined || !isArray(array.type))
    throw new QueryError('An array is missing', context.call.at);
  const end = context.call.name === 'ARRAY_FIRST' ? '1' : '-1';
  return {
    sql: `CASE WHEN len(${array.sql}) = 0 THEN error('${context.call.name} cannot get an element of an empty array') ELSE (${array.sql})[${end}] END`,
    type: array.type.array,
    ...anyAggregates(args),
  };
};

const iff: SpecialFunction = (context) => {
  const { at } = context.call;
  const [condition = NULL, yes = NULL, no = NULL] = argumentsOf(context, 3);
  const test = expectType(condition, 'BOOL', 'First argument of IF', at);
  const [[a, b], type] = unify([yes, no], 'IF', at);
  return {
    sql: `CASE WHEN ${test.sql} THEN ${a?.sql} ELSE ${b?.sql} END`,
    type,
    ...anyAggregates([condition, yes, no]),
  };
};

const coalesce: SpecialFunction = (context) => {
  const { name, at } = context.call;
  const args = argumentsOf(
    context,
    name === 'IFNULL' ? 2 : 1,
    name === 'IFNULL' ? 2 : Number.POSITIVE_INFINITY,
  );
  const [values, type] = unify(args, name, at);
  return {
    sql: `coalesce(${values.map(({ sql }) => sql).join(', ')})`,
    type,
    ...anyAggregates(args),
  };
};

const nullif: SpecialFunction = (context) => {
  const { at } = context.call;
  const [value = NULL, other = NULL] = argumentsOf(context, 2);
  const [[a = value], type] = unify([value, other], 'NULLIF', at);
  const typed = coerce(value, type, at) ?? a;
  return {
    sql: `CASE WHEN ${compare('=', value, other, at).sql} THEN NULL ELSE ${typed.sql} END`,
    type,
    ...anyAggregates([value, other]),
  };
};

export const ARRAY_FUNCTIONS: Readonly<Record<string, SpecialFunction>> = {
  ARRAY_LENGTH: length,
  ARRAY_REVERSE: reverse,
  ARRAY_CONCAT: concat,
  ARRAY_TO_STRING: toText,
  ARRAY_FIRST: first,
  ARRAY_LAST: first,
  GENERATE_ARRAY: generate,
  IF: iff,
  COALESCE: coalesce,
  IFNULL: coalesce,
  NULLIF: nullif,
};
