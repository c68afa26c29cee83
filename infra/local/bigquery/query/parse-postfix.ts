// What may follow a value: `.field`, `[…]`.
import type { Expression, Subscript } from './ast.ts';
import type { Grammar } from './grammar.ts';

const SUBSCRIPTS: readonly Subscript[] = [
  'OFFSET',
  'ORDINAL',
  'SAFE_OFFSET',
  'SAFE_ORDINAL',
  'KEY',
];

export function parsePostfix(grammar: Grammar, first: Expression): Expression {
  const { reader } = grammar;
  let base = first;
  for (;;) {
    const { at } = reader;
    if (reader.isSymbol('.') && !reader.isSymbol('*', 1)) {
      reader.next();
      base = { kind: 'field', base, name: reader.identifier(true), at };
    } else if (reader.takeSymbol('[')) {
      base = { kind: 'subscript', base, ...parseSubscript(grammar), at };
      reader.expectSymbol(']');
    } else {
      return base;
    }
  }
}

function parseSubscript(grammar: Grammar): { index: Expression; how: Subscript } {
  const { reader } = grammar;
  for (const how of SUBSCRIPTS) {
    if (!reader.isKeyword(how) || !reader.isSymbol('(', 1)) continue;
    reader.next();
    reader.next();
    const index = grammar.expression();
    reader.expectSymbol(')');
    return { index, how };
  }
  return { index: grammar.expression(), how: 'index' };
}
