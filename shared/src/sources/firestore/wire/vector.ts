// Vectors: Firestore keeps one as a map, `__type__` "__vector__" beside `value`, an array of doubles.
import type { Bytes } from './bytes.ts';
import { contentUpTo, contentWithin, Entry } from './lengths.ts';
import { ELEMENT, TAG, TAG_END } from './tags.ts';

const TYPE_NAME = Buffer.from('__type__');
const VALUE_NAME = Buffer.from('value');
const VECTOR = Buffer.from('__vector__');

/** Bytes of an array's element that is a double, lengths included. */
const DOUBLE_BYTES = 11;

const entry = new Entry();

/**
 * Whether the map's content from `from` to `end` is a vector.
 * @returns where the content of its array begins, the end at `position`; or -1
 */
export function findVector(bytes: Bytes, from: number, end: number): number {
  return mayBeVector(bytes, from, end) ? readVector(bytes, from, end) : -1;
}

/** Its first name begins like one of the two: no other map is looked at any closer. */
function mayBeVector(bytes: Bytes, from: number, end: number): boolean {
  if (from + 8 > end) return false;
  const { input } = bytes;
  let name = from + 2;
  while ((input[name - 1] as number) > 0x7f && name < end) name++;
  const first = input[name + 2];
  return first === 0x5f ? input[name + 1] === 8 : first === 0x76 && input[name + 1] === 5;
}

function readVector(bytes: Bytes, from: number, end: number): number {
  let array = -1;
  let arrayEnd = -1;
  let typed = false;
  let at = from;
  for (let count = 0; count < 2; count++) {
    if (bytes.input[at] !== ELEMENT) return -1;
    const start = contentWithin(bytes, at + 1, end);
    at = bytes.position;
    entry.read(bytes, start, at);
    if (isText(bytes, entry.name, entry.nameLength, TYPE_NAME)) {
      typed = isVectorType(bytes, entry.value, at);
    } else if (isText(bytes, entry.name, entry.nameLength, VALUE_NAME)) {
      if (bytes.input[entry.value] !== TAG.array) return -1;
      array = contentUpTo(bytes, entry.value + 1, at);
      arrayEnd = at;
    }
    if (at === end && count === 0) return -1;
  }
  if (!typed || array < 0 || at !== end || !isDoubles(bytes, array, arrayEnd)) return -1;
  bytes.position = arrayEnd;
  return array;
}

function isVectorType({ input }: Bytes, from: number, end: number): boolean {
  return (
    input[from] === TAG.string &&
    input[from + 1] === TAG_END &&
    end - from === VECTOR.length + 3 &&
    VECTOR.every((byte, index) => input[from + 3 + index] === byte)
  );
}

function isDoubles({ input }: Bytes, from: number, end: number): boolean {
  if ((end - from) % DOUBLE_BYTES !== 0) return false;
  for (let at = from; at < end; at += DOUBLE_BYTES) {
    if (input[at] !== ELEMENT || input[at + 1] !== DOUBLE_BYTES - 2) return false;
    if (input[at + 2] !== TAG.double) return false;
  }
  return true;
}

const isText = ({ input }: Bytes, from: number, length: number, text: Buffer): boolean =>
  length === text.length && text.every((byte, index) => input[from + index] === byte);
