// Fields that never leave the reader.
import type { FieldPath } from '../config/field-path.ts';
import type { Fields, Value } from './value.ts';

/** By name: what is redacted within that field, or `true` for all of it. */
export type Redaction = ReadonlyMap<string, Redaction | true>;

export function compileRedaction(paths: readonly FieldPath[]): Redaction | undefined {
  const root = new Map<string, Redaction | true>();
  for (const path of paths) {
    let at = root;
    for (const [index, name] of path.entries()) {
      const inner = at.get(name);
      if (inner === true) break;
      if (index === path.length - 1) at.set(name, true);
      else {
        const next = new Map(inner);
        at.set(name, next);
        at = next;
      }
    }
  }
  return root.size > 0 ? root : undefined;
}

/**
 * A path reaches into the maps of an array too: `owners.email` takes the email of every owner.
 * @param counter  grows by the number of fields left out
 */
export function redactFields(
  fields: Fields,
  redaction: Redaction,
  counter: { redacted: number },
): Fields {
  const kept = new Map(fields);
  for (const [name, inner] of redaction) {
    const value = fields.get(name);
    if (value === undefined) continue;
    if (inner === true) {
      kept.delete(name);
      counter.redacted++;
    } else kept.set(name, redactValue(value, inner, counter));
  }
  return kept;
}

/** A value without the fields that are redacted within it. */
export function redactValue(
  value: Value,
  redaction: Redaction | undefined,
  counter: { redacted: number },
): Value {
  if (redaction === undefined) return value;
  if (value.kind === 'map') {
    return { kind: 'map', fields: redactFields(value.fields, redaction, counter) };
  }
  if (value.kind !== 'array') return value;
  return {
    kind: 'array',
    values: value.values.map((each) => redactValue(each, redaction, counter)),
  };
}
