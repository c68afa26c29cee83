// Literals, names, parentheses, CASE, CAST, constructors.
import type { Expression } from './ast.ts';
import { type Grammar, inferName, parseDatePart, startsQuery } from './grammar.ts';
import { parseCall } from './parse-call.ts';
import { findScalarType, parseType } from './parse-type.ts';
import { unserved } from './query-error.ts';
import type { TokenReader } from './token-reader.ts';
import type { SqlType } from './types.ts';

export function parsePrimary(grammar: Grammar): Expression {
  const { reader } = grammar;
  const token = reader.peek();
  const { at } = token;
  switch (token.kind) {
    case 'number':
      reader.next();
      return /^(0[xX]|\d+$)/.test(token.text)
        ? { kind: 'integer', text: token.text, at }
        : { kind: 'float', text: token.text, at };
    case 'string':
      reader.next();
      return { kind: 'string', value: token.text, at };
    case 'bytes':
      reader.next();
      return { kind: 'bytes', value: token.text, at };
    case 'parameter':
      reader.next();
      return { kind: 'parameter', name: token.text.toLowerCase(), at };
    case 'symbol':
      return parseSymbol(grammar);
    case 'identifier':
      return parseKeyword(grammar) ?? parseName(grammar);
    default:
      return parseName(grammar);
  }
}

function parseSymbol(grammar: Grammar): Expression {
  const { reader } = grammar;
  const { at } = reader;
  if (reader.takeSymbol('(')) return parseParentheses(grammar, at);
  if (reader.isSymbol('[')) return parseArray(grammar, undefined);
  if (reader.takeSymbol('?')) {
    reader.positionalParameters += 1;
    return { kind: 'parameter', name: reader.positionalParameters - 1, at };
  }
  if (reader.isSymbol('@@')) throw unserved('A system variable', at);
  throw reader.unexpected();
}

/** A subquery, a parenthesised expression, or a tuple. */
function parseParentheses(grammar: Grammar, at: number): Expression {
  const { reader } = grammar;
  if (startsQuery(reader)) {
    const mark = reader.mark();
    const query = grammar.query();
    if (reader.takeSymbol(')')) return { kind: 'subquery', query, how: 'scalar', at };
    // `((SELECT 1) + 1)` starts like a query as well.
    reader.reset(mark);
  }
  const first = grammar.expression();
  if (!reader.isSymbol(',')) {
    reader.expectSymbol(')');
    return first;
  }
  const members = [{ name: undefined, value: first }];
  while (reader.takeSymbol(',')) members.push({ name: undefined, value: grammar.expression() });
  reader.expectSymbol(')');
  return { kind: 'struct', type: undefined, members, at };
}

function parseArray(grammar: Grammar, elementType: SqlType | undefined): Expression {
  const { reader } = grammar;
  const { at } = reader;
  reader.expectSymbol('[');
  const items: Expression[] = [];
  if (!reader.isSymbol(']')) {
    do items.push(grammar.expression());
    while (reader.takeSymbol(','));
  }
  reader.expectSymbol(']');
  return { kind: 'array', elementType, items, at };
}

type KeywordParser = (grammar: Grammar, at: number) => Expression | undefined;

const KEYWORDS: Readonly<Record<string, KeywordParser>> = {
  NULL: ({ reader }, at) => literal(reader, { kind: 'null', at }),
  TRUE: ({ reader }, at) => literal(reader, { kind: 'boolean', value: true, at }),
  FALSE: ({ reader }, at) => literal(reader, { kind: 'boolean', value: false, at }),
  CASE: parseCase,
  CAST: (grammar, at) => parseCast(grammar, at, false),
  SAFE_CAST: (grammar, at) => parseCast(grammar, at, true),
  EXTRACT: parseExtract,
  EXISTS: (grammar, at) => parseSubquery(grammar, at, 'exists'),
  ARRAY: parseArrayKeyword,
  STRUCT: parseStruct,
  INTERVAL: parseInterval,
};

function parseKeyword(grammar: Grammar): Expression | undefined {
  const { text, at } = grammar.reader.peek();
  const parser = KEYWORDS[text.toUpperCase()];
  return parser?.(grammar, at) ?? parseTypedLiteral(grammar.reader);
}

function literal(reader: TokenReader, expression: Expression): Expression {
  reader.next();
  return expression;
}

/** `DATE '2020-01-01'`; a type's name without a string behind it is a function or a column. */
function parseTypedLiteral(reader: TokenReader): Expression | undefined {
  const { text, at } = reader.peek();
  const value = reader.peek(1);
  const type = findScalarType(text);
  if (type === undefined || value.kind !== 'string') return undefined;
  reader.next();
  reader.next();
  return { kind: 'typed', type, value: value.text, at };
}

function parseCase(grammar: Grammar, at: number): Expression {
  const { reader } = grammar;
  reader.next();
  const operand = reader.isKeyword('WHEN') ? undefined : grammar.expression();
  const branches: { when: Expression; result: Expression }[] = [];
  while (reader.takeKeywords('WHEN')) {
    const when = grammar.expression();
    reader.expectKeyword('THEN');
    branches.push({ when, result: grammar.expression() });
  }
  if (branches.length === 0) throw reader.unexpected('keyword WHEN');
  const otherwise = reader.takeKeywords('ELSE') ? grammar.expression() : undefined;
  reader.expectKeyword('END');
  return { kind: 'case', operand, branches, otherwise, at };
}

function parseCast(grammar: Grammar, at: number, safe: boolean): Expression | undefined {
  const { reader } = grammar;
  if (!reader.isSymbol('(', 1)) return undefined;
  reader.next();
  reader.next();
  const operand = grammar.expression();
  reader.expectKeyword('AS');
  const type = parseType(reader);
  if (reader.isKeyword('FORMAT')) throw unserved('CAST with FORMAT', reader.at);
  reader.expectSymbol(')');
  return { kind: 'cast', operand, type, safe, at };
}

function parseExtract(grammar: Grammar, at: number): Expression {
  const { reader } = grammar;
  reader.next();
  reader.expectSymbol('(');
  const part = parseDatePart(reader);
  reader.expectKeyword('FROM');
  const operand = grammar.expression();
  const timeZone = reader.takeKeywords('AT', 'TIME', 'ZONE') ? grammar.expression() : undefined;
  reader.expectSymbol(')');
  return { kind: 'extract', part, operand, timeZone, at };
}

function parseSubquery(grammar: Grammar, at: number, how: 'exists' | 'array'): Expression {
  const { reader } = grammar;
  reader.next();
  reader.expectSymbol('(');
  const query = grammar.query();
  reader.expectSymbol(')');
  return { kind: 'subquery', query, how, at };
}

function parseArrayKeyword(grammar: Grammar, at: number): Expression {
  const { reader } = grammar;
  if (reader.isSymbol('(', 1)) return parseSubquery(grammar, at, 'array');
  if (reader.isSymbol('[', 1)) {
    reader.next();
    return parseArray(grammar, undefined);
  }
  const type = parseType(reader);
  if (typeof type !== 'object' || !('array' in type)) throw reader.unexpected();
  return parseArray(grammar, type.array);
}

function parseStruct(grammar: Grammar, at: number): Expression {
  const { reader } = grammar;
  const type = reader.isSymbol('<', 1) ? parseType(reader) : undefined;
  if (type === undefined) reader.next();
  reader.expectSymbol('(');
  const members: { name: string | undefined; value: Expression }[] = [];
  if (!reader.isSymbol(')')) {
    do {
      const value = grammar.expression();
      const name = reader.takeKeywords('AS') ? reader.identifier() : inferName(value);
      members.push({ name, value });
    } while (reader.takeSymbol(','));
  }
  reader.expectSymbol(')');
  return { kind: 'struct', type, members, at };
}

function parseInterval(grammar: Grammar, at: number): Expression {
  const { reader } = grammar;
  reader.next();
  const amount = grammar.expression();
  const part = parseDatePart(reader);
  if (reader.isKeyword('TO')) throw unserved('INTERVAL with a range of parts', reader.at);
  return { kind: 'interval', amount, part, at };
}

/** A function call, or a path of names. */
function parseName(grammar: Grammar): Expression {
  const { reader } = grammar;
  const { at } = reader;
  const call = parseCall(grammar);
  if (call !== undefined) return call;
  if (!reader.isIdentifier()) throw reader.unexpected();
  const names = [reader.identifier()];
  while (reader.isSymbol('.') && !reader.isSymbol('*', 1)) {
    reader.next();
    names.push(reader.identifier(true));
  }
  return { kind: 'path', names, at };
}
