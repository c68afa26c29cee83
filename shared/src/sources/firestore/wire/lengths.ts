// Lengths, and what they enclose. A function that finds an end leaves it in `bytes.position`.
import { type Bytes, CAREFULLY } from './bytes.ts';
import { ENTRY_NAME, ENTRY_VALUE } from './tags.ts';

/** Where the content begins whose length stands at `from`; it must reach to `end`. */
export function contentUpTo(bytes: Bytes, from: number, end: number): number {
  let length = bytes.input[from] as number;
  let content = from + 1;
  if (length > 0x7f) {
    length = longLength(bytes, length, content);
    content = bytes.position;
  }
  if (content + length !== end) throw CAREFULLY;
  return content;
}

/** Where the content begins whose length stands at `from`; its end, not beyond `limit`, is at `position`. */
export function contentWithin(bytes: Bytes, from: number, limit: number): number {
  let length = bytes.input[from] as number;
  let content = from + 1;
  if (length > 0x7f) {
    length = longLength(bytes, length, content);
    content = bytes.position;
  }
  const end = content + length;
  if (!(end <= limit)) throw CAREFULLY;
  bytes.position = end;
  return content;
}

/** Behind the first byte of a varint that has more; the value is returned, what follows is at `position`. */
export function longLength(bytes: Bytes, first: number, at: number): number {
  const { input } = bytes;
  let value = first & 0x7f;
  let scale = 0x80;
  for (let position = at; position < at + 4; position++) {
    const byte = input[position] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      bytes.position = position + 1;
      return value;
    }
    scale *= 0x80;
  }
  throw CAREFULLY;
}

/** A map's entry, its name first, then its value, and nothing else. */
export class Entry {
  name = 0;
  nameLength = 0;
  value = 0;

  read(bytes: Bytes, from: number, end: number): void {
    const { input } = bytes;
    if (input[from] !== ENTRY_NAME) throw CAREFULLY;
    const name = contentWithin(bytes, from + 1, end);
    const nameEnd = bytes.position;
    if (input[nameEnd] !== ENTRY_VALUE) throw CAREFULLY;
    this.name = name;
    this.nameLength = nameEnd - name;
    this.value = contentUpTo(bytes, nameEnd + 1, end);
  }
}
