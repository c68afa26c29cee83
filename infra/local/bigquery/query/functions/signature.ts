// A function is a list of signatures; the first that the arguments can be coerced to counts.
import { QueryError } from '../query-error.ts';
import { anyAggregates, coerce, type Typed } from '../typed.ts';
import { formatType, isSameType, type SqlType } from '../types.ts';

export interface Signature {
  params: readonly SqlType[];
  /** How many of the last may be left out. */
  optional?: number;
  /** The last one may come again and again. */
  variadic?: boolean;
  result: SqlType;
  /** @param args  SQL of each argument that was given */
  sql: (...args: string[]) => string;
}

/** A function with one signature. */
export const one = (
  params: readonly SqlType[],
  result: SqlType,
  sql: Signature['sql'],
  options: Pick<Signature, 'optional' | 'variadic'> = {},
): readonly Signature[] => [{ params, result, sql, ...options }];

/** The same for several types: `T` in params and result stands for each. */
export const each = (
  types: readonly SqlType[],
  params: number,
  sql: Signature['sql'],
  result?: SqlType,
): readonly Signature[] =>
  types.map((type) => ({
    params: new Array<SqlType>(params).fill(type),
    result: result ?? type,
    sql,
  }));

export function applySignature(
  name: string,
  signatures: readonly Signature[],
  args: readonly Typed[],
  at: number,
): Typed {
  // A literal could become several types: the signature with its own comes first.
  const exact = signatures.filter((signature) => isExact(signature, args));
  for (const signature of [...exact, ...signatures]) {
    const coerced = match(signature, args, at);
    if (coerced === undefined) continue;
    const sql = signature.sql(...coerced.map((value) => value.sql));
    return { sql: `(${sql})`, type: signature.result, ...anyAggregates(args) };
  }
  const types = args.map(({ type }) => formatType(type)).join(', ');
  throw new QueryError(
    `No matching signature for function ${name} for argument types: ${types}`,
    at,
  );
}

const isExact = ({ params }: Signature, args: readonly Typed[]): boolean =>
  args.every(({ type }, index) => {
    const param = params[Math.min(index, params.length - 1)];
    return param !== undefined && isSameType(type, param);
  });

function match(signature: Signature, args: readonly Typed[], at: number): Typed[] | undefined {
  const { params, optional = 0, variadic = false } = signature;
  if (args.length < params.length - optional) return undefined;
  if (args.length > params.length && !variadic) return undefined;
  const coerced = args.map((arg, index) => {
    const param = params[Math.min(index, params.length - 1)];
    return param === undefined ? undefined : coerce(arg, param, at);
  });
  return coerced.every((value) => value !== undefined) ? coerced : undefined;
}
