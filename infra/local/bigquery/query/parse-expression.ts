// Expressions, by the precedences of the docs' page "Operators".
import type { BinaryOperator, Expression, InList } from './ast.ts';
import type { Grammar } from './grammar.ts';
import { parsePostfix } from './parse-postfix.ts';
import { parsePrimary } from './parse-primary.ts';

export function parseExpression(grammar: Grammar): Expression {
  const { reader } = grammar;
  let left = parseAnd(grammar);
  for (let { at } = reader; reader.takeKeywords('OR'); { at } = reader) {
    left = { kind: 'or', left, right: parseAnd(grammar), at };
  }
  return left;
}

function parseAnd(grammar: Grammar): Expression {
  const { reader } = grammar;
  let left = parseNot(grammar);
  for (let { at } = reader; reader.takeKeywords('AND'); { at } = reader) {
    left = { kind: 'and', left, right: parseNot(grammar), at };
  }
  return left;
}

function parseNot(grammar: Grammar): Expression {
  const { at } = grammar.reader;
  if (grammar.reader.takeKeywords('NOT')) return { kind: 'not', operand: parseNot(grammar), at };
  return parseComparison(grammar);
}

const COMPARISONS: Readonly<Record<string, BinaryOperator>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

function parseComparison(grammar: Grammar): Expression {
  const { reader } = grammar;
  const left = parseBinary(grammar, 0);
  const { at } = reader;
  const token = reader.peek();
  const operator = token.kind === 'symbol' ? COMPARISONS[token.text] : undefined;
  if (operator !== undefined) {
    reader.next();
    return { kind: 'binary', operator, left, right: parseBinary(grammar, 0), at };
  }
  if (reader.takeKeywords('IS')) return parseIs(grammar, left, at);
  const negated = reader.isKeyword('NOT') && reader.takeKeywords('NOT');
  if (reader.takeKeywords('LIKE')) {
    return { kind: 'like', operand: left, pattern: parseBinary(grammar, 0), negated, at };
  }
  if (reader.takeKeywords('BETWEEN')) {
    const low = parseBinary(grammar, 0);
    reader.expectKeyword('AND');
    return { kind: 'between', operand: left, low, high: parseBinary(grammar, 0), negated, at };
  }
  if (reader.takeKeywords('IN')) {
    return { kind: 'in', operand: left, list: parseInList(grammar), negated, at };
  }
  if (negated) throw reader.unexpected('LIKE, BETWEEN or IN');
  return left;
}

function parseIs(grammar: Grammar, left: Expression, at: number): Expression {
  const { reader } = grammar;
  const negated = reader.takeKeywords('NOT');
  if (reader.takeKeywords('DISTINCT', 'FROM')) {
    return { kind: 'distinct', left, right: parseBinary(grammar, 0), negated, at };
  }
  for (const what of ['NULL', 'TRUE', 'FALSE'] as const) {
    if (reader.takeKeywords(what)) return { kind: 'is', operand: left, what, negated, at };
  }
  throw reader.unexpected('NULL, TRUE, FALSE or DISTINCT FROM');
}

function parseInList(grammar: Grammar): InList {
  const { reader } = grammar;
  if (reader.takeKeywords('UNNEST')) {
    reader.expectSymbol('(');
    const array = grammar.expression();
    reader.expectSymbol(')');
    return { kind: 'unnest', array };
  }
  reader.expectSymbol('(');
  if (reader.isKeyword('SELECT') || reader.isKeyword('WITH')) {
    const query = grammar.query();
    reader.expectSymbol(')');
    return { kind: 'query', query };
  }
  const values = [grammar.expression()];
  while (reader.takeSymbol(',')) values.push(grammar.expression());
  reader.expectSymbol(')');
  return { kind: 'values', values };
}

/** From the weakest to the strongest. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '||'],
];

function parseBinary(grammar: Grammar, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(grammar);
  const { reader } = grammar;
  let left = parseBinary(grammar, level + 1);
  for (;;) {
    const { kind, text, at } = reader.peek();
    const operator = kind === 'symbol' ? operators.find((known) => known === text) : undefined;
    if (operator === undefined) return left;
    reader.next();
    left = { kind: 'binary', operator, left, right: parseBinary(grammar, level + 1), at };
  }
}

function parseUnary(grammar: Grammar): Expression {
  const { reader } = grammar;
  const { at } = reader;
  if (reader.takeSymbol('-')) return { kind: 'negate', operand: parseUnary(grammar), at };
  if (reader.takeSymbol('+')) return parseUnary(grammar);
  if (reader.takeSymbol('~')) return { kind: 'invert', operand: parseUnary(grammar), at };
  return parsePostfix(grammar, parsePrimary(grammar));
}
