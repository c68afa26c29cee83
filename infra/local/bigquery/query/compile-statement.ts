// A statement as DuckDB runs it: a query with the columns of its result, or DML on one table.
import { columnType, quoteName, quoteText } from '../columns.ts';
import { physicalName, type TableRecord } from '../records.ts';
import { type Field, findField } from '../schema.ts';
import { memberSql } from './access.ts';
import type { Delete, Expression, Insert, Query, Statement, Update } from './ast.ts';
import { compileExpression } from './compile-expression.ts';
import { createCompiler } from './compile-query.ts';
import { QueryError, unserved } from './query-error.ts';
import {
  type Column,
  type CompiledQuery,
  type Compiler,
  EMPTY_SCOPE,
  type Environment,
  type Scope,
} from './scope.ts';
import { coerce, expectType, type Typed } from './typed.ts';
import {
  duckdbType,
  fieldOfType,
  formatType,
  isStruct,
  memberName,
  type SqlType,
  typeOfField,
} from './types.ts';

export type CompiledStatement =
  | { kind: 'select'; sql: string; fields: Field[] }
  | {
      kind: 'dml';
      verb: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE_TABLE';
      sql: string;
      table: TableRecord;
    };

/** @param findTarget  the table that DML changes */
export function compileStatement(
  statement: Statement,
  environment: Environment,
  findTarget: (path: readonly string[], at: number) => TableRecord,
): CompiledStatement {
  const compiler = createCompiler(environment);
  if (statement.kind === 'query') return compileResult(statement, compiler);
  const table = findTarget(statement.table, statement.at);
  switch (statement.kind) {
    case 'insert':
      return { kind: 'dml', verb: 'INSERT', sql: insertSql(statement, table, compiler), table };
    case 'update':
      return { kind: 'dml', verb: 'UPDATE', sql: updateSql(statement, table, compiler), table };
    case 'delete': {
      const verb = statement.where === undefined ? 'TRUNCATE_TABLE' : 'DELETE';
      return { kind: 'dml', verb, sql: deleteSql(statement, table, compiler), table };
    }
  }
}

function compileResult(query: Query, compiler: Compiler): CompiledStatement {
  const compiled = flatten(compiler.query(query, EMPTY_SCOPE));
  const fields = compiled.columns.map(({ name, type }, index) =>
    resultField(name ?? `f${index}_`, type, query.at),
  );
  const repeated = fields.find(({ name }, index) =>
    fields.slice(0, index).some((other) => other.name.toLowerCase() === name.toLowerCase()),
  );
  if (repeated !== undefined) {
    throw new QueryError(
      `Duplicate column names in the result are not supported. Found duplicate(s): ${repeated.name}`,
    );
  }
  const columns = fields.map((field, index) => {
    const checked = checkElements(`c${index}`, field);
    return `(${checked})::${columnType(field)} AS ${quoteName(field.name)}`;
  });
  return {
    kind: 'select',
    sql: `SELECT ${columns.join(', ')} FROM (${compiled.sql}) AS result`,
    fields,
  };
}

/** The result of SELECT AS STRUCT has the members for columns. */
function flatten(query: CompiledQuery): CompiledQuery {
  const [value] = query.columns;
  if (!query.isValueTable || value === undefined || !isStruct(value.type)) return query;
  const { struct } = value.type;
  const members = struct.map(
    (_, index) => `${memberSql('c0', memberName(struct, index))} AS c${index}`,
  );
  return {
    sql: `SELECT ${members.join(', ')} FROM (${query.sql}) AS value`,
    columns: struct,
    isValueTable: false,
  };
}

function resultField(name: string, type: SqlType, at: number): Field {
  const field = fieldOfType(name, type);
  if (field !== undefined) return field;
  throw new QueryError(
    `Column ${name} has type ${formatType(type)}, which a result cannot hold`,
    at,
  );
}

/** A result may not hold an array with a NULL in it. */
function checkElements(value: string, field: Field): string {
  if (field.mode !== 'REPEATED') return value;
  const message = `Array cannot have a null element; error in writing field ${field.name}`;
  return `CASE WHEN list_count(${value}) < len(${value}) THEN error(${quoteText(message)}) ELSE coalesce(${value}, []) END`;
}

function insertSql(insert: Insert, table: TableRecord, compiler: Compiler): string {
  const names = insert.columns ?? table.fields.map(({ name }) => name);
  const targets = names.map((name) => targetField(table, name, insert.at));
  const source = Array.isArray(insert.source)
    ? valuesSql(insert.source, targets, compiler, insert.at)
    : querySql(insert.source as Query, targets, compiler, insert.at);
  const values = table.fields.map((field) => {
    const index = targets.indexOf(field);
    const value = index < 0 ? 'NULL' : `q.c${index}`;
    return `${writeSql(value, field)} AS ${quoteName(field.name)}`;
  });
  return `INSERT INTO ${physicalName(table)} SELECT ${values.join(', ')} FROM (${source}) AS q`;
}

function targetField(table: TableRecord, name: string, at: number): Field {
  const field = findField(table.fields, name);
  if (field !== undefined) return field;
  throw new QueryError(
    `Column ${name} is not present in table ${table.datasetId}.${table.tableId}`,
    at,
  );
}

function valuesSql(
  rows: readonly (readonly (Expression | undefined)[])[],
  targets: readonly Field[],
  compiler: Compiler,
  at: number,
): string {
  const lists = rows.map((row) => {
    if (row.length !== targets.length) {
      throw new QueryError(
        `Inserted row has wrong column count; Has ${row.length}, expected ${targets.length}`,
        at,
      );
    }
    const values = targets.map((field, index) => {
      const expression = row[index];
      if (expression === undefined) return `NULL::${columnType(field)}`;
      const value = compileExpression(expression, EMPTY_SCOPE, compiler);
      return insertable(value, field, expression.at).sql;
    });
    return `(${values.join(', ')})`;
  });
  return `SELECT * FROM (VALUES ${lists.join(', ')}) AS v(${targets.map((_, index) => `c${index}`).join(', ')})`;
}

function querySql(query: Query, targets: readonly Field[], compiler: Compiler, at: number): string {
  const compiled = compiler.query(query, EMPTY_SCOPE);
  if (compiled.columns.length !== targets.length) {
    throw new QueryError(
      `Inserted row has wrong column count; Has ${compiled.columns.length}, expected ${targets.length}`,
      at,
    );
  }
  const values = compiled.columns.map(({ type }, index) => {
    const field = targets[index];
    const value: Typed = { sql: `r.c${index}`, type };
    return `${field === undefined ? value.sql : insertable(value, field, at).sql} AS c${index}`;
  });
  return `SELECT ${values.join(', ')} FROM (${compiled.sql}) AS r`;
}

function insertable(value: Typed, field: Field, at: number): Typed {
  const type = typeOfField(field);
  const coerced = coerce(value, type, at);
  if (coerced === undefined) {
    throw new QueryError(
      `Value has type ${formatType(value.type)} which cannot be inserted into column ${field.name}, which has type ${formatType(type)}`,
      at,
    );
  }
  return { ...coerced, sql: `(${coerced.sql})::${duckdbType(type)}` };
}

/** What a column demands of a value: not NULL, not too long; arrays are never NULL. */
function writeSql(value: string, field: Field): string {
  if (field.precision !== undefined)
    throw unserved(`Writing ${field.name}, a ${field.type} with a precision, by DML`);
  const length = field.type === 'BYTES' ? 'octet_length' : 'length';
  const fail = (message: string) => `error(${quoteText(message)})`;
  const checks: string[] = [];
  if (field.mode === 'REQUIRED') {
    checks.push(
      `WHEN ${value} IS NULL THEN ${fail(`Required field ${field.name} cannot be null`)}`,
    );
  }
  if (field.mode === 'REPEATED') {
    checks.push(
      `WHEN list_count(${value}) < len(${value}) THEN ${fail(`Array cannot have a null element; error in writing field ${field.name}`)}`,
    );
  } else if (field.maxLength !== undefined) {
    checks.push(
      `WHEN ${length}(${value}) > ${field.maxLength} THEN ${fail(`Field ${field.name}: ${field.type}(${field.maxLength}) has maximum length ${field.maxLength}`)}`,
    );
  }
  const written = field.mode === 'REPEATED' ? `coalesce(${value}, [])` : value;
  const typed = `(${written})::${columnType(field)}`;
  return checks.length === 0 ? typed : `CASE ${checks.join(' ')} ELSE ${typed} END`;
}

/** The target's columns: DuckDB's DML is given no alias. */
function targetScope(table: TableRecord, alias: string | undefined): Scope {
  const columns = table.fields.map(
    (field): Column => ({
      name: field.name,
      type: typeOfField(field),
      sql: `t${table.id}.${quoteName(field.name)}`,
    }),
  );
  return { ...EMPTY_SCOPE, variables: [{ name: alias ?? table.tableId, columns }] };
}

function conditionSql(where: Expression, scope: Scope, compiler: Compiler): string {
  const value = compileExpression(where, scope, compiler);
  return expectType(value, 'BOOL', 'WHERE clause', where.at).sql;
}

function updateSql(update: Update, table: TableRecord, compiler: Compiler): string {
  if (update.from !== undefined) throw unserved('UPDATE with FROM', update.at);
  const scope = targetScope(table, update.alias);
  const assigned = new Set<Field>();
  const sets = update.sets.map(({ path, value, at }) => {
    const [name = '', ...rest] =
      path[0]?.toLowerCase() === update.alias?.toLowerCase() && path.length > 1
        ? path.slice(1)
        : path;
    if (rest.length > 0) throw unserved('UPDATE of a member of a STRUCT', at);
    const field = targetField(table, name, at);
    if (assigned.has(field))
      throw new QueryError(`Update item ${name} assigned more than once`, at);
    assigned.add(field);
    const typed = value && insertable(compileExpression(value, scope, compiler), field, at);
    return `${quoteName(field.name)} = ${writeSql(typed?.sql ?? 'NULL', field)}`;
  });
  return `UPDATE ${physicalName(table)} SET ${sets.join(', ')} WHERE ${conditionSql(update.where, scope, compiler)}`;
}

function deleteSql(statement: Delete, table: TableRecord, compiler: Compiler): string {
  const { where } = statement;
  const condition =
    where === undefined
      ? 'TRUE'
      : conditionSql(where, targetScope(table, statement.alias), compiler);
  return `DELETE FROM ${physicalName(table)} WHERE ${condition}`;
}
