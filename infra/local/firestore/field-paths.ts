// Field paths as queries, masks and transforms write them: names joined by dots, in backticks where a
// name is more than letters, digits and underscores.
import { invalidArgument } from './errors.ts';
import type { Fields, Value } from './values.ts';

export type FieldPath = readonly [string, ...string[]];

/** In queries this path is the document's own name. */
export const DOCUMENT_NAME = '__name__';

const SEGMENT = /(?:([a-zA-Z_][a-zA-Z_0-9]*)|`((?:[^`\\]|\\.)+)`)(\.|$)/sy;

/** @throws INVALID_ARGUMENT in the service's words. */
export function parseFieldPath(text: string): FieldPath {
  if (text === '') throw invalidArgument('Invalid empty property path string.');
  const names: string[] = [];
  let position = 0;
  let more = true;
  while (more) {
    SEGMENT.lastIndex = position;
    const match = SEGMENT.exec(text);
    if (!match) throw badPath(text);
    names.push(match[1] ?? (match[2] ?? '').replaceAll(/\\(.)/gs, '$1'));
    position = SEGMENT.lastIndex;
    more = match[3] === '.';
  }
  const [first, ...rest] = names;
  if (first === undefined) throw badPath(text);
  return [first, ...rest];
}

const badPath = (text: string) =>
  invalidArgument(
    `Invalid property path "${text}". Unquoted property paths must match regex ` +
      '([a-zA-Z_][a-zA-Z_0-9]*), and quoted property paths must match regex (`(?:[^`\\\\]|(?:\\\\.))+`)',
  );

export const isDocumentName = (path: FieldPath): boolean =>
  path.length === 1 && path[0] === DOCUMENT_NAME;

/** Equal paths have equal texts; a name may hold any character but this. */
export const pathText = (path: FieldPath): string => path.join('\0');

export function getField(fields: Fields, path: FieldPath): Value | undefined {
  const [name, ...rest] = path;
  const value = fields.get(name);
  const [next, ...others] = rest;
  if (next === undefined) return value;
  return value?.type === 'map' ? getField(value.fields, [next, ...others]) : undefined;
}

/**
 * Changes `fields`; what stands in the way and is no map becomes one. What is written goes to the end of
 * its map, and that map to the end of the one around it, as in Google's emulator.
 */
export function setField(fields: Fields, path: FieldPath, value: Value): void {
  const [name, next, ...others] = path;
  const existing = fields.get(name);
  fields.delete(name);
  if (next === undefined) {
    fields.set(name, value);
    return;
  }
  const inner: Fields = existing?.type === 'map' ? existing.fields : new Map();
  setField(inner, [next, ...others], value);
  fields.set(name, { type: 'map', fields: inner });
}

/** Changes `fields`; maps on the way stay, even if nothing is left in them. */
export function deleteField(fields: Fields, path: FieldPath): void {
  const [name, next, ...others] = path;
  const existing = fields.get(name);
  if (next !== undefined && existing?.type !== 'map') return;
  fields.delete(name);
  if (next === undefined || existing?.type !== 'map') return;
  deleteField(existing.fields, [next, ...others]);
  fields.set(name, existing);
}

/** Only what these paths lead to, in the document's own order. */
export function selectFields(fields: Fields, paths: readonly FieldPath[]): Fields {
  const selected: Fields = new Map();
  for (const [name, value] of fields) {
    const below = paths.filter((path) => path[0] === name);
    if (below.some((path) => path.length === 1)) selected.set(name, value);
    else if (value.type === 'map' && below.length > 0) {
      const inner = below.flatMap(([, next, ...others]): FieldPath[] =>
        next === undefined ? [] : [[next, ...others]],
      );
      const found = selectFields(value.fields, inner);
      if (found.size > 0) selected.set(name, { type: 'map', fields: found });
    }
  }
  return selected;
}
