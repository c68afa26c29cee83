// Operators: arithmetic, comparison, concatenation, three-valued logic as GoogleSQL has them.

import { memberSql } from './access.ts';
import type { BinaryOperator } from './ast.ts';
import { QueryError, unserved } from './query-error.ts';
import { anyAggregates, coerce, type Typed, unify } from './typed.ts';
import {
  formatType,
  isArray,
  isComparable,
  isNumber,
  isStruct,
  memberName,
  type SqlType,
} from './types.ts';

const noSignature = (operator: string, operands: readonly Typed[], at: number): QueryError =>
  new QueryError(
    `No matching signature for operator ${operator} for argument types: ${operands.map(({ type }) => formatType(type)).join(', ')}`,
    at,
  );

export function compileBinary(
  operator: BinaryOperator,
  left: Typed,
  right: Typed,
  at: number,
): Typed {
  const flags = anyAggregates([left, right]);
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
      return { ...arithmetic(operator, left, right, at), ...flags };
    case '||':
      return { ...concatenate(left, right, at), ...flags };
    case '&':
    case '|':
    case '^':
      return { ...bitwise(operator, left, right, at), ...flags };
    case '<<':
    case '>>':
      throw unserved(`The operator ${operator}`, at);
    default:
      return { ...compare(operator, left, right, at), ...flags };
  }
}

function arithmetic(operator: '+' | '-' | '*' | '/', left: Typed, right: Typed, at: number): Typed {
  const isDay = (value: Typed) => value.type === 'DATE';
  if (operator === '+' && isDay(left) && right.type === 'INT64') return addDays(left, right, '+');
  if (operator === '+' && isDay(right) && left.type === 'INT64') return addDays(right, left, '+');
  if (operator === '-' && isDay(left) && right.type === 'INT64') return addDays(left, right, '-');
  if (!isNumber(left.type) || !isNumber(right.type)) throw noSignature(operator, [left, right], at);
  const [[a, b], type] = unifyTwo(left, right, operator, at);
  if (type === 'BIGNUMERIC') throw unserved('Arithmetic on BIGNUMERIC', at);
  if (operator === '/') return divide(a, b, type, at);
  const sql = `(${a.sql} ${operator} ${b.sql})`;
  return { sql: type === 'NUMERIC' && operator === '*' ? `${sql}::DECIMAL(38,9)` : sql, type };
}

const addDays = (date: Typed, days: Typed, operator: '+' | '-'): Typed => ({
  sql: `(${date.sql} ${operator} (${days.sql})::INTEGER)`,
  type: 'DATE',
});

function unifyTwo(
  left: Typed,
  right: Typed,
  operator: string,
  at: number,
): [[Typed, Typed], SqlType] {
  const [[a = left, b = right], type] = unify([left, right], `operator ${operator}`, at);
  return [[a, b], type];
}

/** Integers divide to FLOAT64. */
function divide(left: Typed, right: Typed, type: SqlType, at: number): Typed {
  const message = `error('division by zero: ' || ${left.sql} || ' / ' || ${right.sql})`;
  if (type === 'NUMERIC') {
    return {
      sql: `CASE WHEN ${right.sql} = 0 THEN ${message} ELSE firesink.numeric_divide(${left.sql}, ${right.sql}) END`,
      type,
    };
  }
  const a = coerce(left, 'FLOAT64', at) ?? left;
  const b = coerce(right, 'FLOAT64', at) ?? right;
  return {
    sql: `CASE WHEN ${b.sql} = 0 THEN ${message} ELSE ${a.sql} / ${b.sql} END`,
    type: 'FLOAT64',
  };
}

function concatenate(left: Typed, right: Typed, at: number): Typed {
  const [[a, b], type] = unifyTwo(left, right, '||', at);
  if (isArray(type)) {
    const sql = `CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE list_concat(${a.sql}, ${b.sql}) END`;
    return { sql, type };
  }
  if (type !== 'STRING' && type !== 'BYTES') throw noSignature('||', [left, right], at);
  return { sql: `(${a.sql} || ${b.sql})`, type };
}

function bitwise(operator: '&' | '|' | '^', left: Typed, right: Typed, at: number): Typed {
  if (left.type !== 'INT64' || right.type !== 'INT64')
    throw noSignature(operator, [left, right], at);
  const sql =
    operator === '^' ? `xor(${left.sql}, ${right.sql})` : `(${left.sql} ${operator} ${right.sql})`;
  return { sql, type: 'INT64' };
}

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export function compare(operator: Comparison, left: Typed, right: Typed, at: number): Typed {
  const [[a, b], type] = unifyTwo(left, right, operator, at);
  if (!isComparable(type)) throw noSignature(operator, [left, right], at);
  if (!isStruct(type)) return { sql: compareSql(operator, a, b, type), type: 'BOOL' };
  if (operator !== '=' && operator !== '!=') throw noSignature(operator, [left, right], at);
  // DuckDB takes NULL members for equal.
  const parts = type.struct.map(({ type: member }, index) => {
    const name = memberName(type.struct, index);
    const [x, y] = [a, b].map(({ sql }) => ({ sql: memberSql(sql, name), type: member }));
    return x && y ? compare('=', x, y, at).sql : 'TRUE';
  });
  const equal = `(${parts.join(' AND ') || 'TRUE'})`;
  return { sql: operator === '=' ? equal : `(NOT ${equal})`, type: 'BOOL' };
}

/** For DuckDB NaN equals itself and is larger than all; for GoogleSQL nothing compares with it. */
function compareSql(operator: Comparison, a: Typed, b: Typed, type: SqlType): string {
  const plain = `(${a.sql} ${operator === '!=' ? '<>' : operator} ${b.sql})`;
  const mayBeNan = [a, b].filter(({ literal }) => type === 'FLOAT64' && literal === undefined);
  if (mayBeNan.length === 0) return plain;
  const checks = mayBeNan.map(({ sql }) => `isnan(${sql})`);
  return operator === '!='
    ? `(${plain} OR ${checks.join(' OR ')})`
    : `(${plain} AND NOT (${checks.join(' OR ')}))`;
}

export function negate(operand: Typed, at: number): Typed {
  const { literal } = operand;
  if (literal?.kind === 'number') {
    const text = literal.text.startsWith('-') ? literal.text.slice(1) : `-${literal.text}`;
    return { sql: `(-${operand.sql})`, type: operand.type, literal: { kind: 'number', text } };
  }
  if (!isNumber(operand.type) || operand.type === 'BIGNUMERIC')
    throw noSignature('-', [operand], at);
  return { ...operand, sql: `(-${operand.sql})` };
}

export function like(operand: Typed, pattern: Typed, negated: boolean, at: number): Typed {
  const values = [operand, pattern].map((value) => coerce(value, 'STRING', at));
  const [text, form] = values;
  if (text === undefined || form === undefined) throw noSignature('LIKE', [operand, pattern], at);
  return {
    sql: `(${text.sql} ${negated ? 'NOT ' : ''}LIKE ${form.sql} ESCAPE '\\')`,
    type: 'BOOL',
    ...anyAggregates([operand, pattern]),
  };
}
