// Regular expressions: both GoogleSQL and DuckDB use RE2. The pattern must be a literal, since what a
// group means is decided by counting them.
import { QueryError, unserved } from '../query-error.ts';
import { anyAggregates, expectType, type Typed } from '../typed.ts';
import { argumentsOf, type CallContext, type SpecialFunction } from './context.ts';

function patternArguments(context: CallContext, least: number): [Typed[], groups: number] {
  const { name, at } = context.call;
  const args = argumentsOf(context, least).map((value) =>
    expectType(value, 'STRING', `Argument of ${name}`, at),
  );
  const literal = context.compile(context.call.args[1] ?? context.call).literal;
  if (literal?.kind !== 'string')
    throw unserved(`${name} with a pattern that is not a literal`, at);
  return [args, countGroups(literal.value)];
}

/** Capturing ones. */
function countGroups(pattern: string): number {
  const plain = pattern.replaceAll(/\\[\s\S]/g, '').replaceAll(/\[\^?\]?[^\]]*\]/g, '');
  return (plain.match(/\((?!\?)|\(\?P?</g) ?? []).length;
}

const contains: SpecialFunction = (context) => {
  const [args] = patternArguments(context, 2);
  const [text, pattern] = args.map(({ sql }) => sql);
  return { sql: `regexp_matches(${text}, ${pattern})`, type: 'BOOL', ...anyAggregates(args) };
};

function group(groups: number, { name, at }: CallContext['call']): number {
  if (groups <= 1) return groups;
  throw new QueryError(
    `Regular expressions passed into ${name} must not have more than 1 capturing group`,
    at,
  );
}

const extract: SpecialFunction = (context) => {
  const [args, groups] = patternArguments(context, 2);
  const [text, pattern] = args.map(({ sql }) => sql);
  const index = group(groups, context.call);
  return {
    sql: `CASE WHEN regexp_matches(${text}, ${pattern}) THEN regexp_extract(${text}, ${pattern}, ${index}) END`,
    type: 'STRING',
    ...anyAggregates(args),
  };
};

const extractAll: SpecialFunction = (context) => {
  const [args, groups] = patternArguments(context, 2);
  const [text, pattern] = args.map(({ sql }) => sql);
  const index = group(groups, context.call);
  return {
    sql: `regexp_extract_all(${text}, ${pattern}, ${index})`,
    type: { array: 'STRING' },
    ...anyAggregates(args),
  };
};

const replace: SpecialFunction = (context) => {
  const [args] = patternArguments(context, 3);
  const [text, pattern, replacement] = args.map(({ sql }) => sql);
  return {
    sql: `regexp_replace(${text}, ${pattern}, ${replacement}, 'g')`,
    type: 'STRING',
    ...anyAggregates(args),
  };
};

export const REGEXP_FUNCTIONS: Readonly<Record<string, SpecialFunction>> = {
  REGEXP_CONTAINS: contains,
  REGEXP_EXTRACT: extract,
  REGEXP_SUBSTR: extract,
  REGEXP_EXTRACT_ALL: extractAll,
  REGEXP_REPLACE: replace,
};
