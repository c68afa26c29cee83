// A value into its column, whatever the column: one value, REPEATED, RECORD, and both within each other.
import { type Column, describeElement, describeType } from '../column.ts';
import { describeActual, type RowErrors } from '../row-errors.ts';
import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';
import type { CoercerTable } from './table.ts';

export interface Coerced {
  /** As BigQuery's loader takes it; undefined for NULL, which a row leaves out. */
  json: string | undefined;
  /** What the column does not hold of the value; undefined if it holds all of it. */
  rest: Value | undefined;
}

const NULL: Coerced = { json: undefined, rest: undefined };

/** @param errors  is told of each value that did not fit, by its path within this one */
export function coerceColumn(
  value: Value,
  column: Column,
  coercers: CoercerTable,
  errors: RowErrors,
): Coerced {
  if (value.kind === 'null') return NULL;
  if (column.mode === 'REPEATED') return coerceRepeated(value, column, coercers, errors);
  const coerced = coerceElement(value, column, coercers, errors);
  if (!('reason' in coerced)) return coerced;
  errors.add(describeType(column), describeActual(value), coerced.reason);
  return { json: undefined, rest: value };
}

function coerceElement(
  value: Value,
  column: Column,
  coercers: CoercerTable,
  errors: RowErrors,
): Coerced | Misfit {
  if (column.type === 'RECORD') return coerceRecord(value, column, coercers, errors);
  const json = coercers[column.type](value, column);
  return typeof json === 'string' ? { json, rest: undefined } : json;
}

/** Fields of the map go into the columns of the same name, case included, in the order of the map. */
function coerceRecord(
  value: Value,
  column: Column,
  coercers: CoercerTable,
  errors: RowErrors,
): Coerced | Misfit {
  if (value.kind !== 'map') return wrongKind(value, 'RECORD');
  const children = childrenOf(column);
  const rest = new Map(value.fields);
  let json = '';
  for (const [name, field] of value.fields) {
    const child = children.get(name);
    if (child === undefined) continue;
    const mark = errors.count;
    const coerced = coerceColumn(field, child, coercers, errors);
    if (errors.count > mark) errors.within(mark, name);
    if (coerced.rest === undefined) rest.delete(name);
    else rest.set(name, coerced.rest);
    if (coerced.json !== undefined) {
      json += `${json === '' ? '' : ','}${JSON.stringify(name)}:${coerced.json}`;
    }
  }
  return { json: `{${json}}`, rest: rest.size > 0 ? { kind: 'map', fields: rest } : undefined };
}

const CHILDREN = new WeakMap<Column, ReadonlyMap<string, Column>>();

function childrenOf(column: Column): ReadonlyMap<string, Column> {
  let children = CHILDREN.get(column);
  if (children === undefined) {
    children = new Map(column.fields?.map((child) => [child.name, child]));
    CHILDREN.set(column, children);
  }
  return children;
}

/** One element that does not fit makes the whole column NULL: a gap would move those behind it. */
function coerceRepeated(
  value: Value,
  column: Column,
  coercers: CoercerTable,
  errors: RowErrors,
): Coerced {
  const elements = elementsOf(value);
  if (elements === undefined) {
    errors.add(describeType(column), describeActual(value), wrongKind(value, 'array').reason);
    return { json: undefined, rest: value };
  }
  const start = errors.count;
  const unfit: { index: number; element: Value; reason: string }[] = [];
  let json = '';
  let whole = true;
  for (const [index, element] of elements.entries()) {
    const mark = errors.count;
    const coerced =
      element.kind === 'null' ? NULL_ELEMENT : coerceElement(element, column, coercers, errors);
    if (errors.count > mark) errors.within(mark, index);
    if ('reason' in coerced) unfit.push({ index, element, reason: coerced.reason });
    else {
      json += `${json === '' ? '' : ','}${coerced.json}`;
      whole &&= coerced.rest === undefined;
    }
  }
  const [first] = unfit;
  if (first === undefined) return { json: `[${json}]`, rest: whole ? undefined : value };
  errors.rewind(start);
  const others = unfit.length === 1 ? '' : ` (first of ${unfit.length} such elements)`;
  errors.add(describeElement(column), describeActual(first.element), `${first.reason}${others}`);
  errors.within(start, first.index);
  return { json: undefined, rest: value };
}

const NULL_ELEMENT: Misfit = { reason: 'a REPEATED column holds no null' };

function elementsOf(value: Value): readonly Value[] | undefined {
  if (value.kind === 'array') return value.values;
  if (value.kind !== 'vector') return undefined;
  return value.values.map((element) => ({ kind: 'double', value: element }));
}
