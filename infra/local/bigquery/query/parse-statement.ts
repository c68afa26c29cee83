// One statement: a query, or DML.
import type { Delete, Expression, Insert, Statement, Update } from './ast.ts';
import { type Grammar, parseAlias } from './grammar.ts';
import { parseExpression } from './parse-expression.ts';
import { parseFrom, parseTablePath } from './parse-from.ts';
import { parseQuery } from './parse-query.ts';
import { QueryError, unserved } from './query-error.ts';
import { TokenReader } from './token-reader.ts';

function grammarOf(reader: TokenReader): Grammar {
  const grammar: Grammar = {
    reader,
    expression: () => parseExpression(grammar),
    query: () => parseQuery(grammar),
  };
  return grammar;
}

const UNSERVED = [
  'CREATE',
  'DROP',
  'ALTER',
  'MERGE',
  'BEGIN',
  'DECLARE',
  'SET',
  'EXECUTE',
  'CALL',
  'EXPORT',
  'LOAD',
  'GRANT',
  'REVOKE',
  'COMMIT',
  'ROLLBACK',
  'IF',
  'LOOP',
  'WHILE',
  'ASSERT',
  'FROM',
  'GRAPH',
  'EXPLAIN',
];

/** @throws {QueryError} */
export function parseStatement(query: string): Statement {
  const reader = new TokenReader(query);
  if (reader.peek().kind === 'end')
    throw new QueryError('Syntax error: Unexpected end of statement', 0);
  const statement = parse(grammarOf(reader));
  reader.takeSymbol(';');
  if (reader.peek().kind === 'end') return statement;
  if (reader.peek(-1).text === ';') throw unserved('A script of several statements', reader.at);
  throw reader.unexpected('end of input');
}

function parse(grammar: Grammar): Statement {
  const { reader } = grammar;
  const { at } = reader;
  if (reader.takeKeywords('INSERT')) return parseInsert(grammar, at);
  if (reader.takeKeywords('UPDATE')) return parseUpdate(grammar, at);
  if (reader.takeKeywords('DELETE')) return parseDelete(grammar, at);
  if (reader.takeKeywords('TRUNCATE', 'TABLE')) {
    return {
      kind: 'delete',
      table: parseTablePath(reader),
      alias: undefined,
      where: undefined,
      at,
    };
  }
  for (const word of UNSERVED) {
    if (reader.isKeyword(word)) throw unserved(`The statement ${word}`, at);
  }
  return parseQuery(grammar);
}

function parseInsert(grammar: Grammar, at: number): Insert {
  const { reader } = grammar;
  reader.takeKeywords('INTO');
  const table = parseTablePath(reader);
  const columns = parseColumns(reader);
  if (!reader.takeKeywords('VALUES')) {
    return { kind: 'insert', table, columns, source: parseQuery(grammar), at };
  }
  const rows: (Expression | undefined)[][] = [];
  do rows.push(parseValues(grammar));
  while (reader.takeSymbol(','));
  return { kind: 'insert', table, columns, source: rows, at };
}

function parseColumns(reader: TokenReader): string[] | undefined {
  const isList =
    reader.isSymbol('(') && !reader.isKeyword('SELECT', 1) && !reader.isKeyword('WITH', 1);
  if (!isList) return undefined;
  reader.next();
  const columns: string[] = [];
  do columns.push(reader.identifier());
  while (reader.takeSymbol(','));
  reader.expectSymbol(')');
  return columns;
}

function parseValues(grammar: Grammar): (Expression | undefined)[] {
  const { reader } = grammar;
  reader.expectSymbol('(');
  const values: (Expression | undefined)[] = [];
  do values.push(parseValue(grammar));
  while (reader.takeSymbol(','));
  reader.expectSymbol(')');
  return values;
}

const parseValue = (grammar: Grammar): Expression | undefined =>
  grammar.reader.takeKeywords('DEFAULT') ? undefined : grammar.expression();

function parseUpdate(grammar: Grammar, at: number): Update {
  const { reader } = grammar;
  const table = parseTablePath(reader);
  const alias = reader.isKeyword('SET') ? undefined : parseAlias(reader);
  reader.expectKeyword('SET');
  const sets: { path: string[]; value: Expression | undefined; at: number }[] = [];
  do {
    const setAt = reader.at;
    const path = [reader.identifier()];
    while (reader.takeSymbol('.')) path.push(reader.identifier(true));
    reader.expectSymbol('=');
    sets.push({ path, value: parseValue(grammar), at: setAt });
  } while (reader.takeSymbol(','));
  const from = reader.takeKeywords('FROM') ? parseFrom(grammar) : undefined;
  return { kind: 'update', table, alias, sets, from, where: parseWhere(grammar, 'UPDATE'), at };
}

function parseDelete(grammar: Grammar, at: number): Delete {
  const { reader } = grammar;
  reader.takeKeywords('FROM');
  const table = parseTablePath(reader);
  const alias = reader.isKeyword('WHERE') ? undefined : parseAlias(reader);
  return { kind: 'delete', table, alias, where: parseWhere(grammar, 'DELETE'), at };
}

function parseWhere(grammar: Grammar, statement: string): Expression {
  if (grammar.reader.takeKeywords('WHERE')) return grammar.expression();
  throw new QueryError(`${statement} must have a WHERE clause`, grammar.reader.at);
}
