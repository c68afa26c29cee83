// FROM: tables, subqueries, arrays and joins, and the names they make visible.
import { quoteName } from '../columns.ts';
import { accessField, memberSql } from './access.ts';
import type { From } from './ast.ts';
import { compileExpression } from './compile-expression.ts';
import { QueryError } from './query-error.ts';
import {
  type Column,
  type Compiler,
  childScope,
  findCommonTable,
  findName,
  type RangeVariable,
  type Scope,
} from './scope.ts';
import { expectType, type Typed, unify } from './typed.ts';
import { formatType, isArray, isStruct, memberName, type SqlType } from './types.ts';

export interface CompiledFrom {
  /** What stands behind FROM. */
  sql: string;
  variables: readonly RangeVariable[];
  merged: readonly Column[];
  /** It uses columns of what stands before it. */
  isLateral?: boolean;
}

/** @param before  what is visible to an array: what stands to the left, and the query around */
export function compileFrom(from: From, before: Scope, compiler: Compiler): CompiledFrom {
  switch (from.kind) {
    case 'table':
      return compileTable(from, before, compiler);
    case 'unnest':
      return compileUnnest(from, compileExpression(from.array, before, compiler), compiler);
    case 'derived':
      return compileDerived(from, before, compiler);
    case 'join':
      return compileJoin(from, before, compiler);
  }
}

function compileTable(
  from: Extract<From, { kind: 'table' }>,
  before: Scope,
  compiler: Compiler,
): CompiledFrom {
  const [first = '', second] = from.path;
  if (second !== undefined) {
    // `t, t.tags`: an array of a table that stands before.
    const found = findName(first, { ...before, aliases: new Map() }, from.at);
    if (found?.variable !== undefined) {
      const alias = from.alias ?? from.path.at(-1);
      const path = { kind: 'path' as const, names: from.path, at: from.at };
      const array = compileExpression(path, before, compiler);
      return compileUnnest({ ...from, kind: 'unnest', array: path, alias }, array, compiler);
    }
  }
  if (from.withOffset !== undefined)
    throw new QueryError('WITH OFFSET can be used only with arrays', from.at);
  const name = compiler.environment.newName();
  const alias = from.alias ?? from.path.at(-1);
  const common = second === undefined ? findCommonTable(first, before) : undefined;
  if (common !== undefined) {
    return sourceOf(common.name, name, alias, common.columns, common.isValueTable);
  }
  const table = compiler.environment.findTable(from.path, from.at);
  const columns = table.columns.map((column) => ({
    name: column.name,
    type: column.type,
    sql: `${name}.${quoteName(column.name)}`,
  }));
  return { sql: `${table.sql} AS ${name}`, variables: [{ name: alias, columns }], merged: [] };
}

/** A subquery or common table, whose columns are called c0, c1, … */
function sourceOf(
  sql: string,
  name: string,
  alias: string | undefined,
  columns: readonly { name: string | undefined; type: SqlType }[],
  isValueTable: boolean,
): CompiledFrom {
  const visible: Column[] = columns.map((column, index) => ({
    ...column,
    sql: `${name}.c${index}`,
  }));
  const [value] = visible;
  const variable: RangeVariable =
    isValueTable && value !== undefined
      ? { name: alias, value, columns: columnsOfValue(value, alias) }
      : { name: alias, columns: visible };
  return { sql: `${sql} AS ${name}`, variables: [variable], merged: [] };
}

/** The members of a struct are columns; any other value is one itself. */
function columnsOfValue(value: Typed, alias: string | undefined): Column[] {
  if (!isStruct(value.type)) return [{ ...value, name: alias }];
  const { struct } = value.type;
  return struct.map((member, index) => ({
    name: member.name,
    type: member.type,
    sql: memberSql(value.sql, memberName(struct, index)),
  }));
}

function compileDerived(
  from: Extract<From, { kind: 'derived' }>,
  before: Scope,
  compiler: Compiler,
): CompiledFrom {
  // It does not see its neighbours, only common tables and the query around.
  const scope = childScope({ ...before, variables: [], merged: [], aliases: new Map() });
  const query = compiler.query(from.query, scope);
  const name = compiler.environment.newName();
  return sourceOf(`(${query.sql})`, name, from.alias, query.columns, query.isValueTable);
}

function compileUnnest(
  from: Extract<From, { kind: 'unnest' }>,
  array: Typed,
  compiler: Compiler,
): CompiledFrom {
  if (!isArray(array.type)) {
    throw new QueryError(
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${formatType(array.type)}`,
      from.at,
    );
  }
  const name = compiler.environment.newName();
  const value: Typed = { sql: `${name}.v`, type: array.type.array };
  const columns = columnsOfValue(value, from.alias);
  const variables: RangeVariable[] = [{ name: from.alias, value, columns }];
  const offset = from.withOffset;
  if (offset !== undefined) {
    const column: Column = { name: offset, sql: `${name}.o`, type: 'INT64' };
    variables.push({ name: undefined, columns: [column] });
  }
  const offsetSql = offset === undefined ? '' : `, generate_subscripts(${array.sql}, 1) - 1 AS o`;
  return {
    sql: `(SELECT unnest(${array.sql}) AS v${offsetSql}) AS ${name}`,
    variables,
    merged: [],
    isLateral: true,
  };
}

function compileJoin(
  from: Extract<From, { kind: 'join' }>,
  before: Scope,
  compiler: Compiler,
): CompiledFrom {
  const left = compileFrom(from.left, before, compiler);
  const afterLeft: Scope = {
    ...before,
    variables: [...left.variables, ...before.variables],
    merged: [...left.merged, ...before.merged],
  };
  const right = compileFrom(from.right, afterLeft, compiler);
  const variables = [...left.variables, ...right.variables];
  checkNames(variables, from.at);
  const lateral = right.isLateral ? 'LATERAL ' : '';
  if (right.isLateral && (from.join === 'RIGHT' || from.join === 'FULL')) {
    throw new QueryError(`${from.join} JOIN with a correlated array is not allowed`, from.at);
  }
  const word = from.join === 'CROSS' ? 'INNER' : from.join;
  if (from.using !== undefined) {
    const { condition, merged } = mergeColumns(from, left, right);
    const sql = `${left.sql} ${word} JOIN ${lateral}${right.sql} ON ${condition}`;
    return { sql, variables, merged: [...merged, ...left.merged, ...right.merged] };
  }
  const scope: Scope = {
    ...before,
    variables,
    merged: [...left.merged, ...right.merged],
    parent: before.parent,
  };
  const condition =
    from.on === undefined
      ? 'TRUE'
      : expectType(compileExpression(from.on, scope, compiler), 'BOOL', 'JOIN ON clause', from.at)
          .sql;
  return {
    sql: `${left.sql} ${word} JOIN ${lateral}${right.sql} ON ${condition}`,
    variables,
    merged: [...left.merged, ...right.merged],
  };
}

function checkNames(variables: readonly RangeVariable[], at: number): void {
  const seen = new Set<string>();
  for (const { name } of variables) {
    if (name === undefined) continue;
    if (seen.has(name.toLowerCase())) {
      throw new QueryError(`Duplicate table alias ${name} in the same FROM clause`, at);
    }
    seen.add(name.toLowerCase());
  }
}

/** USING: the columns of both sides are equal, and one of them is seen. */
function mergeColumns(
  from: Extract<From, { kind: 'join' }>,
  left: CompiledFrom,
  right: CompiledFrom,
): { condition: string; merged: Column[] } {
  const conditions: string[] = [];
  const merged: Column[] = [];
  for (const name of from.using ?? []) {
    const sides = [left, right].map((side) => findColumn(side, name, from.at));
    const [[a, b], type] = unify(sides, 'USING', from.at);
    if (a === undefined || b === undefined) continue;
    conditions.push(`${a.sql} = ${b.sql}`);
    const seen =
      from.join === 'RIGHT' ? b.sql : from.join === 'FULL' ? `coalesce(${a.sql}, ${b.sql})` : a.sql;
    merged.push({ name, type, sql: seen });
  }
  return { condition: conditions.join(' AND '), merged };
}

function findColumn(side: CompiledFrom, name: string, at: number): Typed {
  const scope: Scope = {
    variables: side.variables.map(({ columns }) => ({ name: undefined, columns })),
    merged: side.merged,
    aliases: new Map(),
    ctes: new Map(),
    parent: undefined,
  };
  const found = findName(name, scope, at);
  if (found === undefined)
    throw new QueryError(`Column ${name} in USING clause not found on both sides of JOIN`, at);
  return found.value;
}

/** `t.*`, or `value.*`. */
export function columnsOfStruct(value: Typed, at: number): Column[] {
  if (!isStruct(value.type)) {
    throw new QueryError(`Dot-star is not supported for type ${formatType(value.type)}`, at);
  }
  return value.type.struct.map(({ name }, index) =>
    name === undefined
      ? ({ ...columnsOfValue(value, undefined)[index], name } as Column)
      : { ...accessField(value, name, at), name },
  );
}
