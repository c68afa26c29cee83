// FROM: tables, UNNEST, subqueries, joins.
import type { Expression, From, JoinKind } from './ast.ts';
import { type Grammar, parseAlias, startsQuery } from './grammar.ts';
import { unserved } from './query-error.ts';
import type { TokenReader } from './token-reader.ts';

export function parseFrom(grammar: Grammar): From {
  const { reader } = grammar;
  let left = parseJoins(grammar);
  for (let { at } = reader; reader.takeSymbol(','); { at } = reader) {
    const right = parseFromItem(grammar);
    left = { kind: 'join', join: 'CROSS', left, right, on: undefined, using: undefined, at };
    left = parseJoins(grammar, left);
  }
  return left;
}

function parseJoins(grammar: Grammar, first: From = parseFromItem(grammar)): From {
  const { reader } = grammar;
  let left = first;
  for (let { at } = reader; ; { at } = reader) {
    const join = parseJoinKind(reader);
    if (join === undefined) return left;
    const right = parseFromItem(grammar);
    const condition = join === 'CROSS' ? {} : parseCondition(grammar, right);
    left = { kind: 'join', join, left, right, on: condition.on, using: condition.using, at };
  }
}

function parseJoinKind(reader: TokenReader): JoinKind | undefined {
  if (reader.takeKeywords('JOIN') || reader.takeKeywords('INNER', 'JOIN')) return 'INNER';
  if (reader.takeKeywords('CROSS', 'JOIN')) return 'CROSS';
  for (const side of ['LEFT', 'RIGHT', 'FULL'] as const) {
    if (reader.takeKeywords(side, 'OUTER', 'JOIN') || reader.takeKeywords(side, 'JOIN'))
      return side;
  }
  return undefined;
}

function parseCondition(
  grammar: Grammar,
  right: From,
): { on?: Expression | undefined; using?: string[] | undefined } {
  const { reader } = grammar;
  if (reader.takeKeywords('ON')) return { on: grammar.expression() };
  if (reader.takeKeywords('USING')) {
    reader.expectSymbol('(');
    const using: string[] = [];
    do using.push(reader.identifier());
    while (reader.takeSymbol(','));
    reader.expectSymbol(')');
    return { using };
  }
  // A correlated array needs no condition.
  if (right.kind === 'unnest' || right.kind === 'table') return {};
  throw reader.unexpected('keyword ON or keyword USING');
}

function parseFromItem(grammar: Grammar): From {
  const { reader } = grammar;
  const { at } = reader;
  if (reader.takeKeywords('UNNEST')) return parseUnnest(grammar, at);
  if (reader.takeSymbol('(')) return parseParenthesized(grammar, at);
  const path = parseTablePath(reader);
  if (reader.isKeyword('FOR')) throw unserved('FOR SYSTEM_TIME AS OF', reader.at);
  if (reader.isSymbol('(')) throw unserved('A table function', at);
  const alias = parseAlias(reader);
  if (reader.isKeyword('TABLESAMPLE')) throw unserved('TABLESAMPLE', reader.at);
  if (reader.isKeyword('PIVOT') || reader.isKeyword('UNPIVOT')) throw unserved('PIVOT', reader.at);
  return { kind: 'table', path, alias, withOffset: parseWithOffset(reader), at };
}

function parseUnnest(grammar: Grammar, at: number): From {
  const { reader } = grammar;
  reader.expectSymbol('(');
  const array = grammar.expression();
  if (reader.isSymbol(',')) throw unserved('UNNEST of several arrays', reader.at);
  reader.expectSymbol(')');
  const alias = parseAlias(reader);
  return { kind: 'unnest', array, alias, withOffset: parseWithOffset(reader), at };
}

function parseWithOffset(reader: TokenReader): string | undefined {
  if (!reader.takeKeywords('WITH', 'OFFSET')) return undefined;
  return parseAlias(reader) ?? 'offset';
}

/** A subquery, or a join in parentheses. */
function parseParenthesized(grammar: Grammar, at: number): From {
  const { reader } = grammar;
  const mark = reader.mark();
  if (startsQuery(reader) || reader.isSymbol('(')) {
    const query = tryQuery(grammar);
    if (query !== undefined) return { kind: 'derived', query, alias: parseAlias(reader), at };
    reader.reset(mark);
  }
  const from = parseFrom(grammar);
  reader.expectSymbol(')');
  return from;
}

/** `((SELECT …) UNION ALL …)` and `((a JOIN b) JOIN c)` begin alike. */
function tryQuery(grammar: Grammar): ReturnType<Grammar['query']> | undefined {
  const { reader } = grammar;
  if (startsQuery(reader)) {
    const query = grammar.query();
    reader.expectSymbol(')');
    return query;
  }
  let depth = 0;
  while (reader.isSymbol('(', depth)) depth += 1;
  if (!reader.isKeyword('SELECT', depth) && !reader.isKeyword('WITH', depth)) return undefined;
  const query = grammar.query();
  return reader.takeSymbol(')') ? query : undefined;
}

/**
 * `project.dataset.table` with backticks around all, some or none of it; a project may have dashes
 * without them.
 */
export function parseTablePath(reader: TokenReader): string[] {
  const path = splitQuoted(reader);
  while (reader.takeSymbol('-')) {
    const { text } = reader.next();
    path[0] = `${path[0]}-${text}`;
  }
  while (reader.takeSymbol('.')) path.push(...splitQuoted(reader, true));
  if (reader.isSymbol('*')) throw unserved('A wildcard table', reader.at);
  return path;
}

function splitQuoted(reader: TokenReader, reserved = false): string[] {
  const { kind, text } = reader.peek();
  if (kind !== 'quoted') return [reader.identifier(reserved)];
  reader.next();
  return text.split('.');
}
