// Expressions from syntax tree to DuckDB's SQL, with their types.
import { accessField, accessSubscript, resolvePath } from './access.ts';
import type { Expression, InList, Query } from './ast.ts';
import { castTo } from './cast.ts';
import { extractPart } from './date-parts.ts';
import { compileCall } from './functions/call.ts';
import { compare, compileBinary, like, negate } from './operators.ts';
import { QueryError, unserved } from './query-error.ts';
import { type Compiler, childScope, type Scope } from './scope.ts';
import {
  anyAggregates,
  bytesLiteral,
  expectType,
  NULL,
  stringLiteral,
  type Typed,
  typedLiteral,
  unify,
} from './typed.ts';
import {
  duckdbType,
  formatType,
  isArray,
  isStruct,
  memberName,
  type SqlType,
  type StructField,
} from './types.ts';

type Compile = (expression: Expression) => Typed;

export function compileExpression(expression: Expression, scope: Scope, compiler: Compiler): Typed {
  const compile: Compile = (inner) => compileExpression(inner, scope, compiler);
  switch (expression.kind) {
    case 'null':
      return NULL;
    case 'boolean':
      return { sql: expression.value ? 'TRUE' : 'FALSE', type: 'BOOL' };
    case 'integer':
      return integerLiteral(expression.text, expression.at);
    case 'float':
      return {
        ...typedLiteral('FLOAT64', expression.text, expression.at),
        literal: { kind: 'number', text: expression.text },
      };
    case 'string':
      return {
        sql: stringLiteral(expression.value),
        type: 'STRING',
        literal: { kind: 'string', value: expression.value },
      };
    case 'bytes':
      return { sql: bytesLiteral(Buffer.from(expression.value, 'latin1')), type: 'BYTES' };
    case 'typed':
      return typedExpression(expression.type, expression.value, expression.at);
    case 'parameter':
      return compiler.environment.parameter(expression.name, expression.at);
    case 'path':
      return resolvePath(expression, scope);
    case 'field':
      return accessField(compile(expression.base), expression.name, expression.at);
    case 'subscript':
      return accessSubscript(
        compile(expression.base),
        compile(expression.index),
        expression.how,
        expression.at,
      );
    case 'array':
      return compileArray(expression, compile);
    case 'struct':
      return compileStruct(expression, compile);
    case 'case':
      return compileCase(expression, compile);
    case 'cast':
      return castTo(compile(expression.operand), expression.type, expression.safe, expression.at);
    case 'extract':
      return compileExtract(expression, compile);
    case 'call':
      return compileCall(expression, compile, compiler.environment);
    case 'subquery':
      return compileSubquery(expression.query, expression.how, scope, compiler, expression.at);
    case 'in':
      return compileIn(expression, scope, compiler, compile);
    case 'interval':
      throw unserved('INTERVAL outside of date and time functions', expression.at);
    case 'part':
      throw new QueryError(`Unrecognized name: ${expression.part}`, expression.at);
    default:
      return compileOperator(expression, compile);
  }
}

type Operator = Extract<
  Expression,
  {
    kind:
      | 'not'
      | 'negate'
      | 'invert'
      | 'and'
      | 'or'
      | 'binary'
      | 'like'
      | 'between'
      | 'is'
      | 'distinct';
  }
>;

function compileOperator(expression: Operator, compile: Compile): Typed {
  const { at } = expression;
  const bool = (inner: Expression, what: string) => expectType(compile(inner), 'BOOL', what, at);
  switch (expression.kind) {
    case 'not': {
      const operand = bool(expression.operand, 'Operand of NOT');
      return { ...operand, sql: `(NOT ${operand.sql})` };
    }
    case 'negate':
      return negate(compile(expression.operand), at);
    case 'invert': {
      const operand = expectType(compile(expression.operand), 'INT64', 'Operand of ~', at);
      return { ...operand, sql: `(~(${operand.sql}))` };
    }
    case 'and':
    case 'or': {
      const word = expression.kind.toUpperCase();
      const sides = [
        bool(expression.left, `Operand of ${word}`),
        bool(expression.right, `Operand of ${word}`),
      ];
      return {
        sql: `(${sides.map(({ sql }) => sql).join(` ${word} `)})`,
        type: 'BOOL',
        ...anyAggregates(sides),
      };
    }
    case 'binary':
      return (
        compileDateShift(expression, compile) ??
        compileBinary(expression.operator, compile(expression.left), compile(expression.right), at)
      );
    case 'like':
      return like(compile(expression.operand), compile(expression.pattern), expression.negated, at);
    case 'between': {
      const operand = compile(expression.operand);
      const parts = [
        compare('>=', operand, compile(expression.low), at),
        compare('<=', operand, compile(expression.high), at),
      ];
      const sql = `(${parts.map((part) => part.sql).join(' AND ')})`;
      return {
        sql: expression.negated ? `(NOT ${sql})` : sql,
        type: 'BOOL',
        ...anyAggregates(parts),
      };
    }
    case 'is':
      return compileIs(expression, compile);
    case 'distinct': {
      const sides = [compile(expression.left), compile(expression.right)];
      const [[left = NULL, right = NULL]] = unify(sides, 'operator IS DISTINCT FROM', at);
      const not = expression.negated ? 'NOT ' : '';
      return {
        sql: `(${left.sql} IS ${not}DISTINCT FROM ${right.sql})`,
        type: 'BOOL',
        ...anyAggregates(sides),
      };
    }
  }
}

/** `ts + INTERVAL 1 DAY` is TIMESTAMP_ADD. */
function compileDateShift(
  expression: Extract<Expression, { kind: 'binary' }>,
  compile: Compile,
): Typed | undefined {
  const { operator, left, right } = expression;
  if (right.kind !== 'interval' || (operator !== '+' && operator !== '-')) return undefined;
  const { type } = compile(left);
  const verb = operator === '+' ? 'ADD' : 'SUB';
  const name = typeof type === 'string' ? `${type}_${verb}` : `${formatType(type)}_${verb}`;
  return compile({ ...EMPTY_CALL, name, args: [left, right], at: expression.at });
}

const EMPTY_CALL = {
  kind: 'call' as const,
  safe: false,
  star: false,
  distinct: false,
  nulls: undefined,
  having: undefined,
  orderBy: [],
  limit: undefined,
  over: undefined,
};

function compileIs(expression: Extract<Expression, { kind: 'is' }>, compile: Compile): Typed {
  const { what, negated, at } = expression;
  const value = compile(expression.operand);
  const operand = what === 'NULL' ? value : expectType(value, 'BOOL', `Operand of IS ${what}`, at);
  return {
    ...anyAggregates([operand]),
    sql: `(${operand.sql} IS ${negated ? 'NOT ' : ''}${what})`,
    type: 'BOOL',
  };
}

const MAX_INT64 = 2n ** 63n - 1n;

function integerLiteral(text: string, at: number): Typed {
  const value = BigInt(text);
  // The one beyond is there for -9223372036854775808.
  if (value > MAX_INT64 + 1n) throw new QueryError(`Invalid integer literal: ${text}`, at);
  return {
    sql: `${value}::${value > MAX_INT64 ? 'HUGEINT' : 'BIGINT'}`,
    type: 'INT64',
    literal: { kind: 'number', text: value.toString() },
  };
}

function typedExpression(type: SqlType, value: string, at: number): Typed {
  if (typeof type !== 'string') throw new QueryError('Syntax error: Unexpected string literal', at);
  return typedLiteral(type, value, at);
}

function compileArray(
  { elementType, items, at }: Extract<Expression, { kind: 'array' }>,
  compile: Compile,
): Typed {
  const values = items.map(compile);
  const flags = anyAggregates(values);
  if (elementType !== undefined) {
    const typed = values.map((value) => expectType(value, elementType, 'Array element', at));
    const sql = `[${typed.map(({ sql }) => sql).join(', ')}]::${duckdbType({ array: elementType })}`;
    return { sql, type: { array: elementType }, ...flags };
  }
  if (values.length === 0)
    return { sql: '[]::BIGINT[]', type: { array: 'INT64' }, literal: { kind: 'emptyArray' } };
  const [unified, type] = unify(values, 'ARRAY', at);
  if (isArray(type))
    throw new QueryError(
      'Cannot construct array with element type ARRAY because nested arrays are not supported',
      at,
    );
  return { sql: `[${unified.map(({ sql }) => sql).join(', ')}]`, type: { array: type }, ...flags };
}

function compileStruct(
  { type, members, at }: Extract<Expression, { kind: 'struct' }>,
  compile: Compile,
): Typed {
  const values = members.map(({ value }) => compile(value));
  const declared = type !== undefined && isStruct(type) ? type.struct : undefined;
  if (declared !== undefined && declared.length !== values.length) {
    throw new QueryError(
      `STRUCT type has ${declared.length} fields but constructor call has ${values.length} fields`,
      at,
    );
  }
  const fields: StructField[] = values.map(
    (value, index) => declared?.[index] ?? { name: members[index]?.name, type: value.type },
  );
  const names = fields.map((_, index) => memberName(fields, index));
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length)
    throw unserved('A STRUCT with two fields of one name', at);
  if (names.length === 0) throw unserved('A STRUCT without fields', at);
  const packed = fields.map((field, index) => {
    const value = expectType(values[index] ?? NULL, field.type, 'Struct field', at);
    return `"${names[index]?.replaceAll('"', '""')}" := ${value.sql}`;
  });
  return {
    sql: `struct_pack(${packed.join(', ')})`,
    type: { struct: fields },
    ...anyAggregates(values),
  };
}

function compileCase(
  { operand, branches, otherwise, at }: Extract<Expression, { kind: 'case' }>,
  compile: Compile,
): Typed {
  const base = operand && compile(operand);
  const conditions = branches.map(({ when }) =>
    base
      ? compare('=', base, compile(when), at)
      : expectType(compile(when), 'BOOL', 'CASE condition', at),
  );
  const results = [
    ...branches.map(({ result }) => compile(result)),
    otherwise ? compile(otherwise) : NULL,
  ];
  const [unified, type] = unify(results, 'CASE', at);
  const texts = conditions.map(({ sql }, index) => `WHEN ${sql} THEN ${unified[index]?.sql}`);
  return {
    sql: `CASE ${texts.join(' ')} ELSE ${unified.at(-1)?.sql} END`,
    type,
    ...anyAggregates([...conditions, ...results]),
  };
}

function compileExtract(
  { part, operand, timeZone, at }: Extract<Expression, { kind: 'extract' }>,
  compile: Compile,
): Typed {
  const value = compile(operand);
  const zone = timeZone && expectType(compile(timeZone), 'STRING', 'Time zone', at);
  return { ...extractPart(part, value, zone, at), ...anyAggregates([value]) };
}

function compileSubquery(
  query: Query,
  how: 'scalar' | 'array' | 'exists',
  scope: Scope,
  compiler: Compiler,
  at: number,
): Typed {
  const compiled = compiler.query(query, childScope(scope));
  if (how === 'exists') return { sql: `EXISTS (${compiled.sql})`, type: 'BOOL' };
  const [column, ...others] = compiled.columns;
  if (column === undefined || others.length > 0) {
    const kind = how === 'array' ? 'ARRAY' : 'Scalar';
    throw new QueryError(
      `${kind} subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values`,
      at,
    );
  }
  if (how === 'scalar') return { sql: `(${compiled.sql})`, type: column.type };
  if (isArray(column.type))
    throw new QueryError(
      'Cannot use array subquery with column of type ARRAY because nested arrays are not supported',
      at,
    );
  return { sql: `ARRAY(${compiled.sql})`, type: { array: column.type } };
}

function compileIn(
  { operand, list, negated, at }: Extract<Expression, { kind: 'in' }>,
  scope: Scope,
  compiler: Compiler,
  compile: Compile,
): Typed {
  const value = compile(operand);
  const sql = inSql(value, list, scope, compiler, compile, at);
  return { sql: negated ? `(NOT ${sql})` : sql, type: 'BOOL', ...anyAggregates([value]) };
}

function inSql(
  value: Typed,
  list: InList,
  scope: Scope,
  compiler: Compiler,
  compile: Compile,
  at: number,
): string {
  if (list.kind === 'values') {
    return `(${list.values.map((item) => compare('=', value, compile(item), at).sql).join(' OR ')})`;
  }
  if (list.kind === 'unnest') {
    const array = compile(list.array);
    if (!isArray(array.type))
      throw new QueryError(
        `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${formatType(array.type)}`,
        at,
      );
    const element = array.type.array;
    const typed = expectType(value, element, 'Operand of IN UNNEST', at);
    compare('=', typed, { sql: 'NULL', type: element }, at);
    return `firesink.in_array(${typed.sql}, ${array.sql})`;
  }
  const query = compiler.query(list.query, childScope(scope));
  const [column, ...others] = query.columns;
  if (column === undefined || others.length > 0)
    throw new QueryError('Subquery of type IN must have only one output column', at);
  const [[left = value, right = value]] = unify(
    [value, { sql: 'q.c0', type: column.type }],
    'operator IN',
    at,
  );
  compare('=', left, right, at);
  return `(${left.sql} IN (SELECT ${right.sql} FROM (${query.sql}) q))`;
}
