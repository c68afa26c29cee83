// Types as written in CAST, ARRAY<…>, STRUCT<…>.
import { QueryError, unserved } from './query-error.ts';
import type { TokenReader } from './token-reader.ts';
import { SCALAR_NAMES, type SqlType, type StructField } from './types.ts';

const ALIASES: Readonly<Record<string, SqlType>> = {
  INT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  SMALLINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOL',
};

/** The type by its name, without parameters; undefined for an unknown one. */
export function findScalarType(name: string): SqlType | undefined {
  const upper = name.toUpperCase();
  return ALIASES[upper] ?? SCALAR_NAMES.find((scalar) => scalar === upper);
}

export function parseType(reader: TokenReader): SqlType {
  const { at } = reader;
  if (reader.takeKeywords('ARRAY')) {
    const element = inAngles(reader, () => parseType(reader));
    return { array: element };
  }
  if (reader.takeKeywords('STRUCT')) {
    return { struct: inAngles(reader, () => parseStructFields(reader)) };
  }
  const name = reader.identifier(true);
  const type = findScalarType(name);
  if (type === undefined) throw new QueryError(`Type not found: ${name}`, at);
  if (reader.isSymbol('(')) throw unserved('A parameterized type in a query', at);
  return type;
}

function parseStructFields(reader: TokenReader): StructField[] {
  const fields: StructField[] = [];
  do {
    const isNamed =
      reader.isIdentifier() &&
      !reader.isSymbol(',', 1) &&
      !reader.isSymbol('>', 1) &&
      !reader.isSymbol('>>', 1);
    fields.push({ name: isNamed ? reader.identifier() : undefined, type: parseType(reader) });
  } while (reader.takeSymbol(','));
  return fields;
}

/** `>>` closes two. */
function inAngles<T>(reader: TokenReader, parse: () => T): T {
  reader.expectSymbol('<');
  const result = parse();
  if (reader.isSymbol('>>')) reader.splitClosing();
  reader.expectSymbol('>');
  return result;
}
