// What the parsers of the clauses share: the tokens, and each other.
import type { Expression, Query } from './ast.ts';
import type { TokenReader } from './token-reader.ts';

/** Expressions hold queries and queries expressions: handed down, so that files need not import in circles. */
export interface Grammar {
  reader: TokenReader;
  expression: () => Expression;
  /** Up to, not including, a closing parenthesis. */
  query: () => Query;
}

export const startsQuery = (reader: TokenReader): boolean =>
  reader.isKeyword('SELECT') || reader.isKeyword('WITH');

export function parseAlias(reader: TokenReader): string | undefined {
  if (reader.takeKeywords('AS')) return reader.identifier();
  return reader.isIdentifier() ? reader.identifier() : undefined;
}

/** `DAY`, `WEEK(MONDAY)`, in capitals. */
export function parseDatePart(reader: TokenReader): string {
  const part = reader.identifier(true).toUpperCase();
  if (part !== 'WEEK' || !reader.takeSymbol('(')) return part;
  const day = reader.identifier().toUpperCase();
  reader.expectSymbol(')');
  return `WEEK(${day})`;
}

/** The name a column or a member has without an alias. */
export function inferName(expression: Expression): string | undefined {
  if (expression.kind === 'path') return expression.names.at(-1);
  return expression.kind === 'field' ? expression.name : undefined;
}
