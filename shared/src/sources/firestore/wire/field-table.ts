// Which fields of a map matter for more than `_data`: found by the bytes of their names.
import type { Bytes } from './bytes.ts';

/** What becomes of a field. */
export interface Target {
  /** Never written, but counted. */
  redacted: boolean;
  /** Where its place is noted for the columns that take it. */
  slots: readonly number[];
  /** Not in `_data`, for a column holds it. */
  held: boolean;
  /** A RECORD holds its fields, each by itself, so that only the others are in `_data`. */
  heldByFields: boolean;
  /** For the fields of its map; null if none of them matters. */
  within: FieldTable | null;
}

interface Entry {
  name: Uint8Array;
  target: Target;
  next: Entry | null;
}

export class FieldTable {
  readonly #buckets: (Entry | null)[];
  readonly #mask: number;
  /** For the maps within an array: redaction reaches there, columns do not. */
  readonly inArrays: FieldTable | null;

  constructor(targets: ReadonlyMap<string, Target>, inArrays: FieldTable | 'same' | null) {
    this.inArrays = inArrays === 'same' ? this : inArrays;
    this.#mask = 2 ** Math.ceil(Math.log2(targets.size * 2 + 2)) - 1;
    this.#buckets = new Array<Entry | null>(this.#mask + 1).fill(null);
    for (const [text, target] of targets) {
      const name = new Uint8Array(Buffer.from(text));
      const bucket = hash(name, 0, name.length) & this.#mask;
      this.#buckets[bucket] = { name, target, next: this.#buckets[bucket] ?? null };
    }
  }

  find(bytes: Bytes, from: number, length: number): Target | null {
    const { input } = bytes;
    let entry = this.#buckets[hash(input, from, length) & this.#mask] as Entry | null;
    for (; entry !== null; entry = entry.next) {
      if (entry.name.length === length && isAt(input, from, entry.name)) return entry.target;
    }
    return null;
  }
}

/** First, middle and last letter and the length tell most names of one document apart. */
function hash(input: Uint8Array, from: number, length: number): number {
  if (length === 0) return 0;
  const first = input[from] as number;
  const middle = input[from + (length >> 1)] as number;
  const last = input[from + length - 1] as number;
  return length + first * 5 + middle * 11 + last * 31;
}

function isAt(input: Uint8Array, from: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) {
    if (input[from + index] !== name[index]) return false;
  }
  return true;
}
