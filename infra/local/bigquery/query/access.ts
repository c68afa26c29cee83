// Names, fields, subscripts: how parts of values are reached.
import type { Path, Subscript } from './ast.ts';
import { QueryError, unserved } from './query-error.ts';
import { findName, type Scope } from './scope.ts';
import type { Typed } from './typed.ts';
import { formatType, isArray, isStruct } from './types.ts';

export function resolvePath(path: Path, scope: Scope): Typed {
  const [first = '', ...rest] = path.names;
  const found = findName(first, scope, path.at);
  if (found === undefined) throw new QueryError(`Unrecognized name: ${first}`, path.at);
  const [second, ...others] = rest;
  if (found.variable !== undefined && second !== undefined) {
    const column = found.variable.columns.find(
      ({ name }) => name?.toLowerCase() === second.toLowerCase(),
    );
    if (column !== undefined) return accessFields(column, others, path.at);
    if (found.variable.value === undefined) {
      throw new QueryError(`Name ${second} not found inside ${first}`, path.at);
    }
  }
  return accessFields(found.value, rest, path.at);
}

const accessFields = (value: Typed, names: readonly string[], at: number): Typed =>
  names.reduce((base, name) => accessField(base, name, at), value);

export function accessField(base: Typed, name: string, at: number): Typed {
  const aggregates = base.aggregates ? { aggregates: true } : {};
  if (base.type === 'JSON') {
    return {
      sql: jsonStep(base.sql, `."${escapeJsonKey(name, at)}"`),
      type: 'JSON',
      ...aggregates,
    };
  }
  if (!isStruct(base.type)) {
    throw new QueryError(
      `Cannot access field ${name} on a value with type ${formatType(base.type)}`,
      at,
    );
  }
  const members = base.type.struct.filter(
    (field) => field.name?.toLowerCase() === name.toLowerCase(),
  );
  const [member] = members;
  if (member === undefined) {
    throw new QueryError(`Field name ${name} does not exist in ${formatType(base.type)}`, at);
  }
  if (members.length > 1) throw new QueryError(`Struct field name ${name} is ambiguous`, at);
  return {
    sql: `struct_extract(${base.sql}, ${quoteMember(member.name ?? name)})`,
    type: member.type,
    ...aggregates,
  };
}

const quoteMember = (name: string): string => `'${name.replaceAll("'", "''")}'`;

/** The member's SQL by its place, for `*` and comparisons of structs. */
export const memberSql = (struct: string, name: string): string =>
  `struct_extract(${struct}, ${quoteMember(name)})`;

const jsonStep = (json: string, step: string): string =>
  `json_extract(${json}, '$${step.replaceAll("'", "''")}')::VARCHAR`;

/** In DuckDB's paths a key stands in quotes, and there is no way to write a quote. */
export function escapeJsonKey(key: string, at: number): string {
  if (/["\\*]/.test(key)) {
    throw unserved('A JSON key with a quote, a backslash or an asterisk', at);
  }
  return key;
}

export function accessSubscript(base: Typed, index: Typed, how: Subscript, at: number): Typed {
  const aggregates = base.aggregates || index.aggregates ? { aggregates: true } : {};
  if (base.type === 'JSON') return { ...jsonSubscript(base, index, how, at), ...aggregates };
  if (!isArray(base.type)) {
    throw new QueryError(
      `Subscript access using [INT64] is not supported on values of type ${formatType(base.type)}`,
      at,
    );
  }
  if (index.type !== 'INT64') {
    throw new QueryError(
      `Array position in [] must be coercible to INT64 type, but has type ${formatType(index.type)}`,
      at,
    );
  }
  return {
    sql: arraySubscriptSql(base.sql, index.sql, how, at),
    type: base.type.array,
    ...aggregates,
  };
}

function arraySubscriptSql(array: string, index: string, how: Subscript, at: number): string {
  const fromOne = how === 'ORDINAL' || how === 'SAFE_ORDINAL';
  const isSafe = how === 'SAFE_OFFSET' || how === 'SAFE_ORDINAL';
  if (how === 'KEY') throw unserved('A subscript by KEY', at);
  const place = fromOne ? `(${index})` : `((${index}) + 1)`;
  const outside = isSafe ? 'NULL' : `error('Array index ' || (${index}) || ' is out of bounds')`;
  // DuckDB counts from the end where the place is negative, and has no place 0.
  return `CASE WHEN ${place} BETWEEN 1 AND len(${array}) THEN (${array})[${place}] WHEN ${array} IS NULL OR ${place} IS NULL THEN NULL ELSE ${outside} END`;
}

function jsonSubscript(base: Typed, index: Typed, how: Subscript, at: number): Typed {
  if (how !== 'index')
    throw new QueryError(`Subscript access using [${how}()] is not supported on JSON`, at);
  const { literal } = index;
  if (literal?.kind === 'string') {
    return { sql: jsonStep(base.sql, `."${escapeJsonKey(literal.value, at)}"`), type: 'JSON' };
  }
  if (literal?.kind === 'number' && /^\d+$/.test(literal.text)) {
    return { sql: jsonStep(base.sql, `[${literal.text}]`), type: 'JSON' };
  }
  throw unserved('A JSON subscript that is not a literal', at);
}
