// Query parameters of the API, named and positional, as typed SQL.
import { invalid } from '../errors.ts';
import { isObject, type JsonMap, optionalString } from '../json-body.ts';
import { findScalarType } from './parse-type.ts';
import { QueryError, unserved } from './query-error.ts';
import type { Environment } from './scope.ts';
import { bytesLiteral, stringLiteral, type Typed, typedLiteral } from './typed.ts';
import { duckdbType, isArray, isStruct, memberName, type SqlType } from './types.ts';

/** @param list  `queryParameters` as sent */
export function parameterLookup(list: unknown, mode: string | undefined): Environment['parameter'] {
  const parameters = parseList(list).map((parameter) => ({
    name: optionalString(parameter, 'name')?.toLowerCase(),
    value: parseParameter(parameter),
  }));
  const isNamed = parameters.some(({ name }) => name !== undefined);
  if (mode !== undefined && parameters.length > 0 && (mode.toUpperCase() === 'NAMED') !== isNamed) {
    throw invalid(`Query parameters do not match the parameter mode ${mode}`);
  }
  return (name, at) => {
    const found =
      typeof name === 'number'
        ? parameters[name]
        : parameters.find((parameter) => parameter.name === name);
    if (found !== undefined) return found.value;
    if (typeof name === 'string') throw new QueryError(`Query parameter '${name}' not found`, at);
    throw new QueryError(
      `Number of query parameters is less than number of positional parameters`,
      at,
    );
  };
}

function parseList(list: unknown): JsonMap[] {
  if (list === undefined || list === null) return [];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw invalid('Invalid value for queryParameters: a list of objects is expected');
}

function parseParameter(parameter: JsonMap): Typed {
  const { parameterType, parameterValue } = parameter;
  if (!isObject(parameterType)) throw invalid('Query parameter without parameterType');
  const type = parseType(parameterType);
  return toTyped(type, isObject(parameterValue) ? parameterValue : {});
}

function parseType(type: JsonMap): SqlType {
  const name = optionalString(type, 'type')?.toUpperCase() ?? '';
  if (name === 'ARRAY') {
    const element = type.arrayType;
    if (!isObject(element)) throw invalid('Query parameter of type ARRAY without arrayType');
    return { array: parseType(element) };
  }
  if (name === 'STRUCT') {
    return {
      struct: parseList(type.structTypes).map((member) => ({
        name: optionalString(member, 'name'),
        type: parseType(isObject(member.type) ? member.type : {}),
      })),
    };
  }
  const scalar = findScalarType(name);
  if (scalar !== undefined) return scalar;
  throw invalid(`Invalid query parameter type: ${name}`);
}

function toTyped(type: SqlType, value: JsonMap): Typed {
  if (isArray(type)) {
    const items = parseList(value.arrayValues).map((item) => toTyped(type.array, item).sql);
    return { sql: `[${items.join(', ')}]::${duckdbType(type)}`, type };
  }
  if (isStruct(type)) return structParameter(type, value);
  const text = scalarText(value.value);
  if (text === undefined) return { sql: `NULL::${duckdbType(type)}`, type };
  if (type === 'STRING')
    return { sql: stringLiteral(text), type, literal: { kind: 'string', value: text } };
  if (type === 'BYTES') return { sql: bytesLiteral(Buffer.from(text, 'base64')), type };
  if (typeof type !== 'string') throw unserved('A query parameter of this type');
  return scalarParameter(type, text);
}

function scalarParameter(type: Exclude<SqlType, object>, text: string): Typed {
  try {
    return typedLiteral(type, text, 0);
  } catch (error) {
    if (error instanceof QueryError)
      throw invalid(`Invalid value for type: ${text} is not a valid value for ${type}`);
    throw error;
  }
}

function structParameter(type: Extract<SqlType, { struct: unknown }>, value: JsonMap): Typed {
  const values = isObject(value.structValues) ? value.structValues : {};
  const members = type.struct.map((member, index) => {
    const name = memberName(type.struct, index);
    const own = values[name];
    return `"${name.replaceAll('"', '""')}" := ${toTyped(member.type, isObject(own) ? own : {}).sql}`;
  });
  return { sql: `struct_pack(${members.join(', ')})`, type };
}

/** The API's values are text; Node's client sends numbers and booleans as they are. */
function scalarText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid('Invalid value for parameterValue.value: a string is expected');
}
