// Which names are visible where.
import type { TableRecord } from '../records.ts';
import type { Query } from './ast.ts';
import { QueryError } from './query-error.ts';
import type { Typed } from './typed.ts';
import type { SqlType } from './types.ts';

export interface Column extends Typed {
  /** Undefined: `SELECT 1`. */
  name: string | undefined;
}

/** What stands in FROM: a table, a subquery, an array. */
export interface RangeVariable {
  name: string | undefined;
  columns: readonly Column[];
  /** Of `UNNEST(…) AS x`: what x itself is. */
  value?: Typed;
}

export interface Scope {
  variables: readonly RangeVariable[];
  /** Columns that USING made one of two. */
  merged: readonly Column[];
  /** Of the SELECT list, in ORDER BY, GROUP BY, HAVING and QUALIFY. */
  aliases: ReadonlyMap<string, Typed>;
  ctes: ReadonlyMap<string, CommonTable>;
  /** Of the query around a correlated subquery. */
  parent: Scope | undefined;
}

export interface CommonTable {
  /** In DuckDB. */
  name: string;
  columns: readonly { name: string | undefined; type: SqlType }[];
  isValueTable: boolean;
}

export const EMPTY_SCOPE: Scope = {
  variables: [],
  merged: [],
  aliases: new Map(),
  ctes: new Map(),
  parent: undefined,
};

/** A compiled query: columns are called c0, c1, … in DuckDB. */
export interface CompiledQuery {
  sql: string;
  columns: readonly { name: string | undefined; type: SqlType }[];
  /** SELECT AS STRUCT and AS VALUE: a row is its one column. */
  isValueTable: boolean;
}

/** A table as FROM finds it. */
export interface CatalogTable {
  /** For DuckDB's FROM. */
  sql: string;
  columns: readonly { name: string; type: SqlType }[];
  /** Undefined for views of INFORMATION_SCHEMA. */
  table: TableRecord | undefined;
}

export interface Environment {
  /** @throws {QueryError} or {ApiError} where there is no such table */
  findTable: (path: readonly string[], at: number) => CatalogTable;
  parameter: (name: string | number, at: number) => Typed;
  /** Microseconds since 1970: CURRENT_TIMESTAMP, the same all through a query. */
  nowMicros: bigint;
  /** `s1`, `s2`, …: names that nobody else has. */
  newName: () => string;
}

/** What compiles expressions also compiles the queries in them: handed down. */
export interface Compiler {
  environment: Environment;
  query: (query: Query, scope: Scope) => CompiledQuery;
}

const sameName = (a: string | undefined, b: string): boolean =>
  a?.toLowerCase() === b.toLowerCase();

export interface Found {
  value: Typed;
  /** A range variable itself was meant, as in `t.*`. */
  variable?: RangeVariable;
}

/** A single name, from the inside out. */
export function findName(name: string, scope: Scope, at: number): Found | undefined {
  const alias = scope.aliases.get(name.toLowerCase());
  if (alias !== undefined) return { value: alias };
  const variable = scope.variables.find((candidate) => sameName(candidate.name, name));
  if (variable !== undefined) return { value: variable.value ?? rowOf(variable), variable };
  const merged = scope.merged.find((column) => sameName(column.name, name));
  if (merged !== undefined) return { value: merged };
  const columns = scope.variables.flatMap((candidate) =>
    candidate.columns.filter((column) => sameName(column.name, name)),
  );
  if (columns.length > 1) throw new QueryError(`Column name ${name} is ambiguous`, at);
  const [column] = columns;
  if (column !== undefined) return { value: column };
  return scope.parent && findName(name, scope.parent, at);
}

/** A whole row as a STRUCT. */
function rowOf(variable: RangeVariable): Typed {
  const members = variable.columns.map(
    (column, index) =>
      `"${(column.name ?? `_field_${index + 1}`).replaceAll('"', '""')}" := ${column.sql}`,
  );
  return {
    sql: `struct_pack(${members.join(', ')})`,
    type: { struct: variable.columns.map(({ name, type }) => ({ name, type })) },
  };
}

export function findCommonTable(name: string, scope: Scope): CommonTable | undefined {
  return (
    scope.ctes.get(name.toLowerCase()) ?? (scope.parent && findCommonTable(name, scope.parent))
  );
}

/** The scope of a query inside of another. */
export const childScope = (parent: Scope): Scope => ({ ...EMPTY_SCOPE, parent });
