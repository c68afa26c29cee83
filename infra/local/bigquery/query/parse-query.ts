// SELECT, WITH, set operations.
import type {
  Expression,
  OrderItem,
  Query,
  QueryBody,
  Select,
  SelectStar,
  SelectValue,
  SetOperation,
} from './ast.ts';
import { type Grammar, parseAlias } from './grammar.ts';
import { parseOrderBy } from './parse-call.ts';
import { parseFrom } from './parse-from.ts';
import { unserved } from './query-error.ts';
import type { TokenReader } from './token-reader.ts';

export function parseQuery(grammar: Grammar): Query {
  const { reader } = grammar;
  const { at } = reader;
  const ctes = parseWith(grammar);
  const body = parseSetOperations(grammar);
  const orderBy: OrderItem[] = reader.takeKeywords('ORDER', 'BY') ? parseOrderBy(grammar) : [];
  const limit = reader.takeKeywords('LIMIT') ? grammar.expression() : undefined;
  const offset =
    limit !== undefined && reader.takeKeywords('OFFSET') ? grammar.expression() : undefined;
  if (reader.isSymbol('|>')) throw unserved('Pipe syntax', reader.at);
  return { kind: 'query', with: ctes, body, orderBy, limit, offset, at };
}

function parseWith(grammar: Grammar): Query['with'] {
  const { reader } = grammar;
  if (!reader.takeKeywords('WITH')) return [];
  if (reader.isKeyword('RECURSIVE')) throw unserved('WITH RECURSIVE', reader.at);
  const ctes: { name: string; query: Query; at: number }[] = [];
  do {
    const { at } = reader;
    const name = reader.identifier();
    reader.expectKeyword('AS');
    reader.expectSymbol('(');
    ctes.push({ name, query: parseQuery(grammar), at });
    reader.expectSymbol(')');
  } while (reader.takeSymbol(','));
  return ctes;
}

function parseSetOperations(grammar: Grammar): QueryBody {
  const { reader } = grammar;
  let left = parseSetOperand(grammar);
  let first: string | undefined;
  for (let { at } = reader; ; { at } = reader) {
    const operator = parseSetOperator(reader);
    if (operator === undefined) return left;
    if (first !== undefined && first !== operator) {
      throw reader.unexpected('parentheses around different set operations');
    }
    first = operator;
    left = { kind: 'set', operator, left, right: parseSetOperand(grammar), at };
  }
}

function parseSetOperator(reader: TokenReader): SetOperation['operator'] | undefined {
  for (const word of ['UNION', 'INTERSECT', 'EXCEPT'] as const) {
    if (!reader.takeKeywords(word)) continue;
    if (word === 'UNION' && reader.takeKeywords('ALL')) return 'UNION ALL';
    reader.expectKeyword('DISTINCT');
    return `${word} DISTINCT`;
  }
  return undefined;
}

function parseSetOperand(grammar: Grammar): QueryBody {
  const { reader } = grammar;
  if (!reader.takeSymbol('(')) return parseSelect(grammar);
  const query = parseQuery(grammar);
  reader.expectSymbol(')');
  return query;
}

function parseSelect(grammar: Grammar): Select {
  const { reader } = grammar;
  const { at } = reader;
  reader.expectKeyword('SELECT');
  const distinct = reader.takeKeywords('DISTINCT') || (reader.takeKeywords('ALL') && false);
  const as = reader.takeKeywords('AS', 'STRUCT')
    ? 'STRUCT'
    : reader.takeKeywords('AS', 'VALUE')
      ? 'VALUE'
      : undefined;
  const items = parseItems(grammar);
  const from = reader.takeKeywords('FROM') ? parseFrom(grammar) : undefined;
  const where = reader.takeKeywords('WHERE') ? grammar.expression() : undefined;
  const groupBy = reader.takeKeywords('GROUP', 'BY') ? parseGroupBy(grammar) : undefined;
  const having = reader.takeKeywords('HAVING') ? grammar.expression() : undefined;
  const qualify = reader.takeKeywords('QUALIFY') ? grammar.expression() : undefined;
  if (reader.isKeyword('WINDOW')) throw unserved('WINDOW', reader.at);
  return { kind: 'select', as, distinct, items, from, where, groupBy, having, qualify, at };
}

function parseItems(grammar: Grammar): (SelectStar | SelectValue)[] {
  const { reader } = grammar;
  const items: (SelectStar | SelectValue)[] = [];
  do {
    // A comma after the last item is allowed.
    if (items.length > 0 && endsItems(reader)) break;
    items.push(parseItem(grammar));
  } while (reader.takeSymbol(','));
  return items;
}

const endsItems = (reader: TokenReader): boolean =>
  reader.isKeyword('FROM') || reader.isSymbol(')') || reader.peek().kind === 'end';

function parseItem(grammar: Grammar): SelectStar | SelectValue {
  const { reader } = grammar;
  const { at } = reader;
  if (reader.takeSymbol('*')) return parseStar(grammar, undefined, at);
  const value = grammar.expression();
  if (reader.isSymbol('.') && reader.isSymbol('*', 1)) {
    reader.next();
    reader.next();
    return parseStar(grammar, value, at);
  }
  return { kind: 'value', value, alias: parseAlias(reader) };
}

function parseStar(grammar: Grammar, of: Expression | undefined, at: number): SelectStar {
  const { reader } = grammar;
  const except: string[] = [];
  const replace: { name: string; value: Expression }[] = [];
  if (reader.isKeyword('EXCEPT') && reader.isSymbol('(', 1)) {
    reader.next();
    reader.next();
    do except.push(reader.identifier());
    while (reader.takeSymbol(','));
    reader.expectSymbol(')');
  }
  if (reader.takeKeywords('REPLACE')) {
    reader.expectSymbol('(');
    do {
      const value = grammar.expression();
      reader.expectKeyword('AS');
      replace.push({ name: reader.identifier(), value });
    } while (reader.takeSymbol(','));
    reader.expectSymbol(')');
  }
  return { kind: 'star', of, except, replace, at };
}

function parseGroupBy(grammar: Grammar): Expression[] | 'ALL' {
  const { reader } = grammar;
  if (reader.takeKeywords('ALL')) return 'ALL';
  for (const word of ['ROLLUP', 'CUBE', 'GROUPING']) {
    if (reader.isKeyword(word)) throw unserved(`GROUP BY ${word}`, reader.at);
  }
  const items: Expression[] = [];
  do items.push(grammar.expression());
  while (reader.takeSymbol(','));
  return items;
}
