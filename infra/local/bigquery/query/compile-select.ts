// SELECT … FROM … WHERE … GROUP BY … HAVING … QUALIFY.
import type { Expression, OrderItem, Select, SelectStar } from './ast.ts';
import { compileExpression } from './compile-expression.ts';
import { type CompiledFrom, columnsOfStruct, compileFrom } from './compile-from.ts';
import { inferName } from './grammar.ts';
import { orderSql } from './order.ts';
import { QueryError } from './query-error.ts';
import { type Column, type CompiledQuery, type Compiler, findName, type Scope } from './scope.ts';
import { expectType, type Typed } from './typed.ts';
import { formatType, isComparable, memberName } from './types.ts';

interface CompiledSelect extends CompiledQuery {
  /** ORDER BY that belongs to it. */
  orderBy: (items: readonly OrderItem[]) => string;
}

const NOTHING: CompiledFrom = { sql: '', variables: [], merged: [] };

export function compileSelect(select: Select, outer: Scope, compiler: Compiler): CompiledSelect {
  const from = select.from === undefined ? NOTHING : compileFrom(select.from, outer, compiler);
  const scope: Scope = {
    ...outer,
    variables: from.variables,
    merged: from.merged,
    aliases: new Map(),
  };
  const items = select.items.flatMap((item): Column[] => {
    if (item.kind === 'star') return expandStar(item, scope, compiler);
    const name = item.alias ?? inferName(item.value);
    return [{ ...compileExpression(item.value, scope, compiler), name }];
  });
  if (items.length === 0) throw new QueryError('SELECT list must not be empty', select.at);
  const columns = pack(select, items);
  const afterScope: Scope = { ...scope, aliases: aliasesOf(items) };
  const clauses = [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${columns.map(({ sql }, index) => `${sql} AS c${index}`).join(', ')}`,
    from.sql === '' ? '' : `FROM ${from.sql}`,
    condition('WHERE', select.where, scope, compiler),
    groupBy(select, items, afterScope, compiler),
    condition('HAVING', select.having, afterScope, compiler),
    condition('QUALIFY', select.qualify, afterScope, compiler),
  ];
  if (select.distinct) checkDistinct(columns, select.at);
  return {
    sql: clauses.filter((clause) => clause !== '').join(' '),
    columns: columns.map(({ name, type }) => ({ name, type })),
    isValueTable: select.as !== undefined,
    orderBy: (order) =>
      order.map((item) => orderKey(item, items, columns, select, afterScope, compiler)).join(', '),
  };
}

/** AS STRUCT makes one column of all, AS VALUE takes the only one. */
function pack(select: Select, items: readonly Column[]): readonly Column[] {
  if (select.as === undefined) return items;
  const [only] = items;
  if (select.as === 'VALUE') {
    if (only !== undefined && items.length === 1) return [{ ...only, name: undefined }];
    throw new QueryError('SELECT AS VALUE query must have exactly one column', select.at);
  }
  const fields = items.map(({ name, type }) => ({ name, type }));
  const members = items.map(
    ({ sql }, index) => `"${memberName(fields, index).replaceAll('"', '""')}" := ${sql}`,
  );
  const isAggregate = items.some(({ aggregates }) => aggregates);
  return [
    {
      name: undefined,
      sql: `struct_pack(${members.join(', ')})`,
      type: { struct: fields },
      ...(isAggregate ? { aggregates: true } : {}),
    },
  ];
}

function aliasesOf(items: readonly Column[]): Map<string, Typed> {
  const aliases = new Map<string, Typed>();
  const repeated = new Set<string>();
  for (const item of items) {
    const key = item.name?.toLowerCase();
    if (key === undefined) continue;
    if (aliases.has(key) && aliases.get(key)?.sql !== item.sql) repeated.add(key);
    aliases.set(key, item);
  }
  // A name that two columns have is found in FROM, or nowhere.
  for (const key of repeated) aliases.delete(key);
  return aliases;
}

function condition(
  word: string,
  expression: Expression | undefined,
  scope: Scope,
  compiler: Compiler,
): string {
  if (expression === undefined) return '';
  const value = compileExpression(expression, scope, compiler);
  if (word === 'WHERE' && value.aggregates) {
    throw new QueryError('Aggregate function not allowed in WHERE clause', expression.at);
  }
  return `${word} ${expectType(value, 'BOOL', `${word} clause`, expression.at).sql}`;
}

function expandStar(star: SelectStar, scope: Scope, compiler: Compiler): Column[] {
  const all = star.of === undefined ? allColumns(star, scope) : columnsOf(star.of, scope, compiler);
  const excepted = new Set(star.except.map((name) => name.toLowerCase()));
  for (const name of star.except) {
    if (!all.some((column) => column.name?.toLowerCase() === name.toLowerCase())) {
      throw new QueryError(`Column ${name} in SELECT * EXCEPT list does not exist`, star.at);
    }
  }
  const columns = all
    .filter(({ name }) => name === undefined || !excepted.has(name.toLowerCase()))
    .map((column) => {
      const replacement = star.replace.find(
        ({ name }) => name.toLowerCase() === column.name?.toLowerCase(),
      );
      return replacement === undefined
        ? column
        : { ...compileExpression(replacement.value, scope, compiler), name: column.name };
    });
  for (const { name } of star.replace) {
    if (!columns.some((column) => column.name?.toLowerCase() === name.toLowerCase())) {
      throw new QueryError(`Column ${name} in SELECT * REPLACE list does not exist`, star.at);
    }
  }
  if (columns.length === 0)
    throw new QueryError('SELECT * expands to zero columns after applying EXCEPT', star.at);
  return columns;
}

/** Columns of USING come once, and first. */
function allColumns(star: SelectStar, scope: Scope): Column[] {
  if (scope.variables.length === 0) {
    throw new QueryError('SELECT * must have a FROM clause', star.at);
  }
  const merged = new Set(scope.merged.map(({ name }) => name?.toLowerCase()));
  const others = scope.variables
    .flatMap(({ columns }) => columns)
    .filter(({ name }) => name === undefined || !merged.has(name.toLowerCase()));
  return [...scope.merged, ...others];
}

function columnsOf(of: Expression, scope: Scope, compiler: Compiler): readonly Column[] {
  if (of.kind === 'path' && of.names.length === 1) {
    const found = findName(of.names[0] ?? '', scope, of.at);
    if (found?.variable !== undefined) return found.variable.columns;
  }
  return columnsOfStruct(compileExpression(of, scope, compiler), of.at);
}

function groupBy(
  select: Select,
  items: readonly Column[],
  scope: Scope,
  compiler: Compiler,
): string {
  if (select.groupBy === undefined) return '';
  const keys =
    select.groupBy === 'ALL'
      ? items.filter(({ aggregates }) => !aggregates)
      : select.groupBy.map((key) => groupKey(key, items, scope, compiler));
  for (const key of keys) {
    if (!isComparable(key.type)) {
      throw new QueryError(
        `Grouping by expressions of type ${formatType(key.type)} is not allowed`,
        select.at,
      );
    }
  }
  return keys.length === 0 ? '' : `GROUP BY ${keys.map(({ sql }) => sql).join(', ')}`;
}

function groupKey(
  key: Expression,
  items: readonly Column[],
  scope: Scope,
  compiler: Compiler,
): Typed {
  const value =
    key.kind === 'integer' ? itemAt(key, items) : compileExpression(key, scope, compiler);
  if (value.aggregates) throw new QueryError('Aggregate function not allowed in GROUP BY', key.at);
  return value;
}

function itemAt(
  { text, at }: Extract<Expression, { kind: 'integer' }>,
  items: readonly Column[],
): Column {
  const item = items[Number(text) - 1];
  if (item !== undefined) return item;
  throw new QueryError(
    `Column number ${text} is out of range: the SELECT list has ${items.length}`,
    at,
  );
}

function checkDistinct(columns: readonly Column[], at: number): void {
  for (const { type } of columns) {
    if (!isComparable(type)) {
      throw new QueryError(
        `Column of type ${formatType(type)} cannot be used in SELECT DISTINCT`,
        at,
      );
    }
  }
}

/** A column of the SELECT list by number or name, or any expression over FROM. */
function orderKey(
  item: OrderItem,
  items: readonly Column[],
  columns: readonly Column[],
  select: Select,
  scope: Scope,
  compiler: Compiler,
): string {
  const { value } = item;
  const typed =
    value.kind === 'integer' ? itemAt(value, items) : compileExpression(value, scope, compiler);
  // DISTINCT lets ORDER BY see nothing but the columns themselves.
  const index = columns.findIndex(({ sql }) => sql === typed.sql);
  if (select.distinct && index < 0) {
    throw new QueryError(
      'ORDER BY clause expression references a column which is not visible after SELECT DISTINCT',
      value.at,
    );
  }
  const isColumn = index >= 0 && select.as === undefined;
  return orderSql(isColumn ? { ...typed, sql: `c${index}` } : typed, item, value.at);
}
