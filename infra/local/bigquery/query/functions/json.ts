// JSON functions. Paths are GoogleSQL's JSONPath, `$.a[0]."b.c"`, and must be literals.

import { parseJson } from '../../ndjson/json.ts';
import { normalizeJson } from '../../ndjson/json-type.ts';
import { RowError } from '../../ndjson/row-error.ts';
import { escapeJsonKey, memberSql } from '../access.ts';
import { QueryError, unserved } from '../query-error.ts';
import { anyAggregates, stringLiteral, type Typed } from '../typed.ts';
import { formatType, isArray, isStruct, memberName, type SqlType } from '../types.ts';
import { argumentsOf, type CallContext, type SpecialFunction } from './context.ts';

/** DuckDB's path, quoted for SQL: `'$."a"[0]'`. */
function pathSql(context: CallContext): string {
  const { call, compile } = context;
  const [, path] = call.args;
  if (path === undefined) return "'$'";
  const { literal } = compile(path);
  if (literal?.kind !== 'string')
    throw unserved(`${call.name} with a path that is not a literal`, call.at);
  return `'${convertPath(literal.value, call.at).replaceAll("'", "''")}'`;
}

const STEP = /\.([A-Za-z_][\w-]*)|\."([^"]*)"|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["([^"]*)"\]/y;

function convertPath(path: string, at: number): string {
  if (!path.startsWith('$')) throw new QueryError("JSONPath must start with '$'", at);
  let converted = '$';
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const from = STEP.lastIndex;
    const step = STEP.exec(path);
    if (step === null)
      throw new QueryError(`Invalid token in JSONPath at: ${path.slice(from)}`, at);
    const [, plain, quoted, index, single, double] = step;
    converted +=
      index === undefined
        ? `."${escapeJsonKey(plain ?? quoted ?? single ?? double ?? '', at)}"`
        : `[${index}]`;
  }
  return converted;
}

function jsonArgument(context: CallContext, most: number): Typed {
  const [value] = argumentsOf(context, 1, most);
  if (value !== undefined && (value.type === 'JSON' || value.type === 'STRING')) return value;
  throw new QueryError(
    `No matching signature for function ${context.call.name} for argument types: ${value ? formatType(value.type) : ''}`,
    context.call.at,
  );
}

/** Text that is no JSON has no values in it. */
const readable = ({ sql, type }: Typed): string =>
  type === 'JSON' ? sql : `CASE WHEN json_valid(${sql}) THEN ${sql} END`;

const jsonValue: SpecialFunction = (context) => {
  const value = jsonArgument(context, 2);
  return {
    sql: `firesink.json_scalar(${readable(value)}, ${pathSql(context)})`,
    type: 'STRING',
    ...anyAggregates([value]),
  };
};

/** JSON stays JSON, text stays text; of text a JSON null is NULL. */
const jsonQuery: SpecialFunction = (context) => {
  const value = jsonArgument(context, 2);
  const extracted = `json_extract(${readable(value)}, ${pathSql(context)})::VARCHAR`;
  return {
    sql: value.type === 'JSON' ? extracted : `nullif(${extracted}, 'null')`,
    type: value.type,
    ...anyAggregates([value]),
  };
};

const itemsSql = (value: Typed, path: string): string =>
  `CASE WHEN json_type(${readable(value)}, ${path}) = 'ARRAY' THEN (json_extract(${readable(value)}, ${path})::JSON[])::VARCHAR[] END`;

const jsonQueryArray: SpecialFunction = (context) => {
  const value = jsonArgument(context, 2);
  return {
    sql: itemsSql(value, pathSql(context)),
    type: { array: value.type },
    ...anyAggregates([value]),
  };
};

const jsonValueArray: SpecialFunction = (context) => {
  const value = jsonArgument(context, 2);
  const items = itemsSql(value, pathSql(context));
  // An array with an object in it is no array of scalars.
  return {
    sql: `CASE WHEN len(list_filter(${items}, lambda j: json_type(j) IN ('OBJECT', 'ARRAY'))) > 0 THEN NULL ELSE list_transform(${items}, lambda j: firesink.json_scalar(j, '$')) END`,
    type: { array: 'STRING' },
    ...anyAggregates([value]),
  };
};

const parse: SpecialFunction = (context) => {
  const [value] = argumentsOf(context, 1);
  if (value?.literal?.kind === 'string') {
    try {
      return {
        sql: stringLiteral(normalizeJson(parseJson(value.literal.value), '')),
        type: 'JSON',
      };
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      if (context.call.safe) return { sql: 'NULL::VARCHAR', type: 'JSON' };
      throw new QueryError(
        `Invalid input: ${error.message}; error in PARSE_JSON expression`,
        context.call.at,
      );
    }
  }
  if (value?.type !== 'STRING')
    throw new QueryError('No matching signature for function PARSE_JSON', context.call.at);
  const otherwise = context.call.safe
    ? 'NULL'
    : `error('Invalid input: syntax error while parsing value; error in PARSE_JSON expression')`;
  return {
    sql: `CASE WHEN ${value.sql} IS NULL THEN NULL WHEN json_valid(${value.sql}) THEN json(${value.sql})::VARCHAR ELSE ${otherwise} END`,
    type: 'JSON',
    ...anyAggregates([value]),
  };
};

const toJsonString: SpecialFunction = (context) => {
  const [value] = argumentsOf(context, 1);
  if (value === undefined) throw new QueryError('TO_JSON_STRING needs a value', context.call.at);
  return {
    sql: jsonTextSql(value.sql, value.type, 0, context.call.at),
    type: 'STRING',
    ...anyAggregates([value]),
  };
};

const toJson: SpecialFunction = (context) => ({ ...toJsonString(context), type: 'JSON' });

/** SQL for the JSON text of a value of any type. */
function jsonTextSql(value: string, type: SqlType, depth: number, at: number): string {
  return `CASE WHEN ${value} IS NULL THEN 'null' ELSE ${textSql(value, type, depth, at)} END`;
}

function textSql(value: string, type: SqlType, depth: number, at: number): string {
  const quoted = (text: string) => `'"' || ${text} || '"'`;
  if (isArray(type)) {
    const item = `j${depth}`;
    const inner = jsonTextSql(item, type.array, depth + 1, at);
    return `'[' || array_to_string(list_transform(${value}, lambda ${item}: ${inner}), ',') || ']'`;
  }
  if (isStruct(type)) {
    const members = type.struct.map(({ name, type: member }, index) => {
      const inner = jsonTextSql(
        memberSql(value, memberName(type.struct, index)),
        member,
        depth,
        at,
      );
      return `${stringLiteral(`${JSON.stringify(name ?? '')}:`)} || ${inner}`;
    });
    return `'{' || ${members.join(` || ',' || `)} || '}'`;
  }
  switch (type) {
    case 'JSON':
      return value;
    case 'BOOL':
      return `(${value})::VARCHAR`;
    case 'INT64':
      // Numbers that a double cannot hold come as strings.
      return `CASE WHEN ${value} BETWEEN -9007199254740992 AND 9007199254740992 THEN (${value})::VARCHAR ELSE ${quoted(`(${value})::VARCHAR`)} END`;
    case 'STRING':
      return `to_json(${value})::VARCHAR`;
    case 'BYTES':
      return quoted(`to_base64(${value})`);
    case 'DATE':
      return quoted(`(${value})::VARCHAR`);
    case 'FLOAT64':
      return `CASE WHEN isnan(${value}) OR isinf(${value}) THEN ${quoted(`CASE WHEN isnan(${value}) THEN 'NaN' WHEN ${value} > 0 THEN 'Infinity' ELSE '-Infinity' END`)} ELSE firesink.float_text(${value}) END`;
    case 'TIMESTAMP':
      return quoted(`replace(replace(firesink.timestamp_text(${value}), ' ', 'T'), '+00', 'Z')`);
    case 'DATETIME':
      return quoted(`replace(firesink.datetime_text(${value}), ' ', 'T')`);
    case 'TIME':
      return quoted(`firesink.time_text(${value})`);
    default:
      throw unserved(`TO_JSON of ${type}`, at);
  }
}

/** `INT64(json)`: the value must be of that kind. */
const strict =
  (
    name: string,
    kinds: readonly string[],
    type: SqlType,
    convert: (text: string) => string,
  ): SpecialFunction =>
  (context) => {
    const [value] = argumentsOf(context, 1);
    if (value?.type !== 'JSON') {
      throw new QueryError(
        `No matching signature for function ${name} for argument types: ${value ? formatType(value.type) : ''}`,
        context.call.at,
      );
    }
    const fail = context.call.safe
      ? 'NULL'
      : `error('The provided JSON input is not a ${name.toLowerCase()}')`;
    const list = kinds.map((kind) => `'${kind}'`).join(', ');
    return {
      sql: `CASE WHEN ${value.sql} IS NULL THEN NULL WHEN json_type(${value.sql}) IN (${list}) THEN ${convert(`json_extract_string(${value.sql}, '$')`)} ELSE ${fail} END`,
      type,
      ...anyAggregates([value]),
    };
  };

/** `LAX_INT64(json)`: what cannot be converted is NULL. */
const lax =
  (type: SqlType, convert: (text: string) => string): SpecialFunction =>
  (context) => {
    const [value] = argumentsOf(context, 1);
    if (value?.type !== 'JSON')
      throw new QueryError(
        `No matching signature for function ${context.call.name}`,
        context.call.at,
      );
    return {
      sql: convert(`firesink.json_scalar(${value.sql}, '$')`),
      type,
      ...anyAggregates([value]),
    };
  };

const jsonType: SpecialFunction = (context) => {
  const [value] = argumentsOf(context, 1);
  if (value?.type !== 'JSON')
    throw new QueryError('No matching signature for function JSON_TYPE', context.call.at);
  return {
    sql: `CASE json_type(${value.sql}) WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'NULL' THEN 'null' WHEN NULL THEN NULL ELSE CASE WHEN ${value.sql} IS NULL THEN NULL ELSE 'number' END END`,
    type: 'STRING',
    ...anyAggregates([value]),
  };
};

const INTEGERS = ['BIGINT', 'UBIGINT'];

export const JSON_FUNCTIONS: Readonly<Record<string, SpecialFunction>> = {
  JSON_VALUE: jsonValue,
  JSON_EXTRACT_SCALAR: jsonValue,
  JSON_QUERY: jsonQuery,
  JSON_EXTRACT: jsonQuery,
  JSON_QUERY_ARRAY: jsonQueryArray,
  JSON_EXTRACT_ARRAY: jsonQueryArray,
  JSON_VALUE_ARRAY: jsonValueArray,
  JSON_EXTRACT_STRING_ARRAY: jsonValueArray,
  PARSE_JSON: parse,
  TO_JSON_STRING: toJsonString,
  TO_JSON: toJson,
  JSON_TYPE: jsonType,
  INT64: strict('INT64', INTEGERS, 'INT64', (text) => `(${text})::BIGINT`),
  FLOAT64: strict('FLOAT64', [...INTEGERS, 'DOUBLE'], 'FLOAT64', (text) => `(${text})::DOUBLE`),
  BOOL: strict('BOOL', ['BOOLEAN'], 'BOOL', (text) => `(${text})::BOOLEAN`),
  LAX_INT64: lax('INT64', (text) => `round(TRY_CAST(${text} AS DECIMAL(38,9)))::BIGINT`),
  LAX_FLOAT64: lax('FLOAT64', (text) => `TRY_CAST(${text} AS DOUBLE)`),
  LAX_STRING: lax('STRING', (text) => text),
};

/** STRING(json); STRING(timestamp) is in dates.ts. */
export const stringOfJson = strict('STRING', ['VARCHAR'], 'STRING', (text) => text);
