// Firestore's order of values: first by type, then by value.
// https://cloud.google.com/firestore/docs/concepts/data-types#value_type_ordering
import { parseReference, pathKey } from './names.ts';
import { type Fields, type Value, vectorElements } from './values.ts';

const VECTOR_RANK = 9;

const RANKS: Record<Value['type'], number> = {
  null: 0,
  boolean: 1,
  integer: 2,
  double: 2,
  timestamp: 3,
  string: 4,
  bytes: 5,
  reference: 6,
  geopoint: 7,
  array: 8,
  map: 10,
};

/** Values of one rank compare with each other; inequality filters only ever match within one. */
export const typeRank = (value: Value): number =>
  value.type === 'map' && vectorElements(value.fields) ? VECTOR_RANK : RANKS[value.type];

const order = <T extends string | number | bigint | boolean>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** Negative, zero or positive, as for `sort`. 1 and 1.0 are equal, NaN is less than every number. */
export function compareValues(a: Value, b: Value): number {
  const byType = typeRank(a) - typeRank(b);
  if (byType !== 0) return byType;
  switch (a.type) {
    case 'null':
      return 0;
    case 'boolean':
      return b.type === 'boolean' ? order(a.value, b.value) : 0;
    case 'integer':
    case 'double':
      return b.type === 'integer' || b.type === 'double' ? compareNumbers(a.value, b.value) : 0;
    case 'timestamp':
      return b.type === 'timestamp' ? order(a.seconds, b.seconds) || order(a.nanos, b.nanos) : 0;
    case 'string':
      return b.type === 'string' ? compareText(a.value, b.value) : 0;
    case 'bytes':
      return b.type === 'bytes' ? Buffer.compare(a.value, b.value) : 0;
    case 'reference':
      return b.type === 'reference' ? compareReferences(a.value, b.value) : 0;
    case 'geopoint':
      return b.type === 'geopoint'
        ? order(a.latitude, b.latitude) || order(a.longitude, b.longitude)
        : 0;
    case 'array':
      return b.type === 'array' ? compareArrays(a.values, b.values) : 0;
    case 'map':
      return b.type === 'map' ? compareMaps(a.fields, b.fields) : 0;
  }
}

/** Exact between int64 and double: JavaScript compares bigint and number by their true values. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By the bytes of UTF-8, which UTF-16 orders otherwise where surrogates meet U+E000 to U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const difference = codeOrder(a.charCodeAt(index)) - codeOrder(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function codeOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function compareReferences(a: string, b: string): number {
  const [left, right] = [parseReference(a), parseReference(b)];
  return (
    compareText(left.database, right.database) ||
    order(pathKey(left.segments), pathKey(right.segments))
  );
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (!right) return 1;
    const difference = compareValues(left, right);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareMaps(a: Fields, b: Fields): number {
  const [vector, otherVector] = [vectorElements(a), vectorElements(b)];
  if (vector && otherVector) {
    return vector.length - otherVector.length || compareArrays(vector, otherVector);
  }
  const [left, right] = [sortedEntries(a), sortedEntries(b)];
  for (const [index, [name, value]] of left.entries()) {
    const entry = right[index];
    if (!entry) return 1;
    const difference = compareText(name, entry[0]) || compareValues(value, entry[1]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const sortedEntries = (fields: Fields) => [...fields].sort(([a], [b]) => compareText(a, b));

/** Firestore's `==`: within one type, or two numbers; NaN equals NaN here. */
export const equalValues = (a: Value, b: Value): boolean => compareValues(a, b) === 0;
