// JSON that DuckDB has cut out of other JSON writes its doubles otherwise than BigQuery (`1e100` for
// `1e+100`): results are brought back to the form that JSON columns have.
import type { Cell, Row } from '../cells.ts';
import { parseJson } from '../ndjson/json.ts';
import { normalizeJson } from '../ndjson/json-type.ts';
import type { Field } from '../schema.ts';

export function normalizeJsonCells(fields: readonly Field[], rows: Row[]): Row[] {
  return fields.some(hasJson) ? rows.map((row) => normalizeRow(fields, row)) : rows;
}

const hasJson = (field: Field): boolean =>
  field.type === 'JSON' || (field.fields?.some(hasJson) ?? false);

const normalizeRow = (fields: readonly Field[], { f }: Row): Row => ({
  f: f.map(({ v }, index) => {
    const field = fields[index];
    return { v: field !== undefined && hasJson(field) ? normalizeCell(field, v) : v };
  }),
});

function normalizeCell(field: Field, value: Cell): Cell {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(({ v }) => ({ v: normalizeCell(field, v) }));
  if (typeof value === 'object') return normalizeRow(field.fields ?? [], value);
  return normalizeJson(parseJson(value), field.name);
}
