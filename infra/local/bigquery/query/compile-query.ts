// Queries as a whole: WITH, set operations, ORDER BY, LIMIT.
import type { Expression, OrderItem, Query, QueryBody, SetOperation } from './ast.ts';
import { compileExpression } from './compile-expression.ts';
import { compileSelect } from './compile-select.ts';
import { orderSql } from './order.ts';
import { QueryError } from './query-error.ts';
import {
  type CommonTable,
  type CompiledQuery,
  type Compiler,
  childScope,
  EMPTY_SCOPE,
  type Environment,
  type Scope,
} from './scope.ts';
import { expectType, unify } from './typed.ts';
import { formatType, isComparable } from './types.ts';

export function createCompiler(environment: Environment): Compiler {
  const compiler: Compiler = {
    environment,
    query: (query, scope) => compileQuery(query, scope, compiler),
  };
  return compiler;
}

function compileQuery(query: Query, scope: Scope, compiler: Compiler): CompiledQuery {
  const ctes = new Map<string, CommonTable>();
  const definitions: string[] = [];
  for (const { name, query: inner, at } of query.with) {
    if (ctes.has(name.toLowerCase()))
      throw new QueryError(`Duplicate alias ${name} for WITH subquery`, at);
    const compiled = compileQuery(inner, { ...childScope(scope), ctes: new Map(ctes) }, compiler);
    const own = compiler.environment.newName();
    definitions.push(`${own} AS (${compiled.sql})`);
    ctes.set(name.toLowerCase(), {
      name: own,
      columns: compiled.columns,
      isValueTable: compiled.isValueTable,
    });
  }
  const inner: Scope = { ...scope, ctes: new Map([...scope.ctes, ...ctes]) };
  const body = compileBody(query, inner, compiler);
  const withSql = definitions.length === 0 ? '' : `WITH ${definitions.join(', ')} `;
  return { ...body, sql: `${withSql}${body.sql}${limitSql(query, compiler)}` };
}

function compileBody(query: Query, scope: Scope, compiler: Compiler): CompiledQuery {
  const { body, orderBy } = query;
  if (body.kind === 'select') {
    const select = compileSelect(body, scope, compiler);
    const order = select.orderBy(orderBy);
    return { ...select, sql: order === '' ? select.sql : `${select.sql} ORDER BY ${order}` };
  }
  const compiled = compileOperand(body, scope, compiler);
  if (orderBy.length === 0 && query.limit === undefined) return compiled;
  const name = compiler.environment.newName();
  const order = orderBy.map((item) => outputKey(item, compiled, name, compiler)).join(', ');
  const sql = `SELECT * FROM (${compiled.sql}) AS ${name}`;
  return { ...compiled, sql: order === '' ? sql : `${sql} ORDER BY ${order}` };
}

function compileOperand(body: QueryBody, scope: Scope, compiler: Compiler): CompiledQuery {
  switch (body.kind) {
    case 'select':
      return compileSelect(body, scope, compiler);
    case 'query':
      return compileQuery(body, scope, compiler);
    case 'set':
      return compileSet(body, scope, compiler);
  }
}

/** Names come from the first query, types from both. */
function compileSet(operation: SetOperation, scope: Scope, compiler: Compiler): CompiledQuery {
  const { operator, at } = operation;
  const sides = [operation.left, operation.right].map((side) =>
    compileOperand(side, scope, compiler),
  );
  const [left, right] = sides;
  if (left === undefined || right === undefined || left.columns.length !== right.columns.length) {
    throw new QueryError(
      `Queries in ${operator} have mismatched column count; query 1 has ${left?.columns.length} columns, query 2 has ${right?.columns.length} columns`,
      at,
    );
  }
  const names = sides.map(() => compiler.environment.newName());
  const unified = left.columns.map((column, index) => {
    const values = sides.map((side, sideIndex) => ({
      sql: `${names[sideIndex]}.c${index}`,
      type: side.columns[index]?.type ?? column.type,
    }));
    const [texts, type] = unify(values, operator, at);
    if (operator !== 'UNION ALL' && !isComparable(type)) {
      throw new QueryError(
        `Column ${index + 1} in ${operator} has type ${formatType(type)} that does not support set operation comparisons`,
        at,
      );
    }
    return { texts: texts.map(({ sql }) => sql), column: { name: column.name, type } };
  });
  const texts = sides.map((side, sideIndex) => {
    const values = unified.map(({ texts: own }, index) => `${own[sideIndex]} AS c${index}`);
    return `SELECT ${values.join(', ')} FROM (${side.sql}) AS ${names[sideIndex]}`;
  });
  return {
    sql: texts.map((text) => `(${text})`).join(` ${operator.replace(' DISTINCT', '')} `),
    columns: unified.map(({ column }) => column),
    isValueTable: left.isValueTable,
  };
}

function outputKey(
  item: OrderItem,
  compiled: CompiledQuery,
  name: string,
  compiler: Compiler,
): string {
  const columns = compiled.columns.map((column, index) => ({
    ...column,
    sql: `${name}.c${index}`,
  }));
  const { value } = item;
  if (value.kind === 'integer') {
    const column = columns[Number(value.text) - 1];
    if (column === undefined)
      throw new QueryError(`ORDER BY column number ${value.text} is out of range`, value.at);
    return orderSql(column, item, value.at);
  }
  const scope: Scope = { ...EMPTY_SCOPE, variables: [{ name: undefined, columns }] };
  return orderSql(compileExpression(value, scope, compiler), item, value.at);
}

function limitSql({ limit, offset }: Query, compiler: Compiler): string {
  const text = (word: string, expression: Expression | undefined): string => {
    if (expression === undefined) return '';
    if (expression.kind !== 'integer' && expression.kind !== 'parameter') {
      throw new QueryError(`${word} expects an integer literal or parameter`, expression.at);
    }
    const value = compileExpression(expression, EMPTY_SCOPE, compiler);
    return ` ${word} ${expectType(value, 'INT64', word, expression.at).sql}`;
  };
  return `${text('LIMIT', limit)}${text('OFFSET', offset)}`;
}
