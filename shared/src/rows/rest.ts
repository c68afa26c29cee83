// `data: rest`: the document without what its columns hold.
import type { Coerced } from './coerce/nested.ts';
import type { FieldNode } from './program.ts';
import type { Fields, Value } from './value.ts';

/** @param coerced  by the columns' indexes; undefined where the document has no such field */
export function restOfFields(
  fields: Fields,
  node: FieldNode,
  coerced: readonly (Coerced | undefined)[],
): Fields {
  const rest = new Map(fields);
  for (const [name, child] of node.children) {
    const value = fields.get(name);
    if (value === undefined) continue;
    const left = restOf(value, child, coerced);
    if (left === undefined) rest.delete(name);
    else rest.set(name, left);
  }
  return rest;
}

function restOf(
  value: Value,
  node: FieldNode,
  coerced: readonly (Coerced | undefined)[],
): Value | undefined {
  const rests = node.columns.map((column) => coerced[column]?.rest);
  if (rests.includes(undefined)) return undefined;
  // Two columns may each hold another part: keeping the whole loses nothing.
  const left = rests.length === 1 ? (rests[0] ?? value) : value;
  if (left.kind !== 'map' || node.children.size === 0) return left;
  const fields = restOfFields(left.fields, node, coerced);
  return fields.size > 0 || left.fields.size === 0 ? { kind: 'map', fields } : undefined;
}
