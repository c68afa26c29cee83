// What a function that is more than its signatures gets.
import type { Expression, FunctionCall, OrderItem } from '../ast.ts';
import { orderSql } from '../order.ts';
import { QueryError } from '../query-error.ts';
import type { Environment } from '../scope.ts';
import type { Typed } from '../typed.ts';

export interface CallContext {
  call: FunctionCall;
  compile: (expression: Expression) => Typed;
  environment: Environment;
}

export type SpecialFunction = (context: CallContext) => Typed;

/** The arguments, compiled. @throws {QueryError} for a wrong number of them */
export function argumentsOf(
  { call, compile }: CallContext,
  least: number,
  most: number = least,
): Typed[] {
  const { args, name, at } = call;
  if (args.length < least || args.length > most) {
    throw new QueryError(
      `Number of arguments does not match for function ${name}; expected ${least === most ? least : `${least} to ${most}`} but got ${args.length}`,
      at,
    );
  }
  return args.map(compile);
}

/** ORDER BY in functions and windows. */
export const compileOrder = (
  items: readonly OrderItem[],
  compile: CallContext['compile'],
): string => items.map((item) => orderSql(compile(item.value), item, item.value.at)).join(', ');
