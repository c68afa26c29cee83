// Names of fields, compared and looked up as the bytes they are on the wire.
import type { Bytes } from './bytes.ts';

export class Name {
  readonly bytes: Buffer;
  readonly #words: Int32Array;
  /** Of the last word: the bytes that belong to the name. */
  readonly #lastMask: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    const { length } = bytes;
    const padded = Buffer.alloc(Math.ceil(length / 4) * 4);
    bytes.copy(padded);
    this.#words = new Int32Array(padded.length / 4).map((_, index) =>
      padded.readInt32LE(index * 4),
    );
    this.#lastMask = length % 4 === 0 ? -1 : (1 << ((length % 4) * 8)) - 1;
  }

  /** May read up to three bytes behind the name: there is always more of the message. */
  isAt(bytes: Bytes, from: number, length: number): boolean {
    if (length !== this.bytes.length) return false;
    const words = this.#words;
    const { inputView } = bytes;
    const last = words.length - 1;
    for (let index = 0; index < last; index++) {
      if (inputView.getInt32(from + index * 4, true) !== words[index]) return false;
    }
    if (last < 0) return true;
    const word = inputView.getInt32(from + last * 4, true) ^ (words[last] as number);
    return (word & this.#lastMask) === 0;
  }
}

export class NameTable<T extends { readonly name: Name }> {
  readonly #entries = new Map<number, T[]>();

  add(entry: T): void {
    const { bytes } = entry.name;
    const key = hash(bytes, 0, bytes.length);
    this.#entries.set(key, [...(this.#entries.get(key) ?? []), entry]);
  }

  find(bytes: Bytes, from: number, length: number): T | undefined {
    const entries = this.#entries.get(hash(bytes.input, from, length));
    return entries?.find(({ name }) => name.isAt(bytes, from, length));
  }
}

/** First, middle and last letter and the length tell most names of one document apart. */
function hash(input: Uint8Array, from: number, length: number): number {
  if (length === 0) return 0;
  const first = input[from] as number;
  const middle = input[from + (length >> 1)] as number;
  const last = input[from + length - 1] as number;
  return (length + first * 256 + middle * 65_536 + last * 16_777_216) | 0;
}
