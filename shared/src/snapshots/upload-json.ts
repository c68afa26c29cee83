// A .json file, split into its elements while it streams: one array of them; a Kubernetes List as kubectl
// prints it; or values one after another, which is what BigQuery calls .json when it exports. Only what is
// needed to find where an element ends is looked at here: brackets and quotes.
import { type Emit, Pieces, SplitFault, type Splitter } from './upload-splitter.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Bytes in which the items of a List must have begun: its other fields are few and short. */
const LIST_HEAD_BYTES = 64 * 1024;

/** The fields of a List up to its items, as kubectl (`apiVersion, items, kind`) and the API server order them. */
const LIST_HEAD =
  /^\s*\{\s*(?<fields>(?:(?:"(?:apiVersion|kind)"\s*:\s*"[^"\\]*"|"metadata"\s*:\s*\{[^{}]*\})\s*,\s*)+)"items"\s*:\s*\[/;

type State =
  /** Nothing seen yet that decides what the file is. */
  | 'head'
  /** In an array, at its beginning: an element or the end. */
  | 'first'
  /** In an array, after a comma: an element. */
  | 'next'
  /** In an array, after an element: a comma or the end. */
  | 'after'
  /** Between values that follow each other. */
  | 'between'
  /** Within an element. */
  | 'element'
  /** After the array. */
  | 'tail';

export class JsonSplitter implements Splitter {
  readonly unit = 'element';
  readonly #element: Pieces;
  readonly #tail = new Pieces(LIST_HEAD_BYTES);
  #head: Buffer = Buffer.alloc(0);
  /** Fields of a List before its items, e.g. `"apiVersion": "v1", `; undefined where the file is none. */
  #listFields: string | undefined;
  #state: State = 'head';
  #number = 0;
  /** The element is a number or a word: it has no end of its own. */
  #scalar = false;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The state once the element ends. */
  #outside: 'after' | 'between' = 'after';

  /** @param limitBytes  of one element */
  constructor(limitBytes: number) {
    this.#element = new Pieces(limitBytes);
  }

  push(chunk: Buffer, emit: Emit): void {
    if (this.#state !== 'head') this.#scan(chunk, 0, emit);
    else {
      this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const decided =
        firstByte(this.#head) === OPEN_BRACKET || this.#head.length >= LIST_HEAD_BYTES;
      if (decided) this.#begin(emit);
    }
  }

  end(emit: Emit): void {
    if (this.#state === 'head') this.#begin(emit);
    if (this.#state === 'element' && this.#outside === 'between') this.#finish(emit);
    else if (this.#state === 'tail') this.#checkTail();
    else if (this.#state !== 'between') {
      throw new SplitFault(
        undefined,
        `ends at element ${this.#number}, within its list: it seems cut off`,
      );
    }
  }

  /** Decides what the file is, and goes on with what has been read of it. */
  #begin(emit: Emit): void {
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    const first = firstByte(head);
    // Latin 1 keeps a character a byte, so that the match's length is one in bytes.
    const list = first === OPEN_BRACE ? LIST_HEAD.exec(head.toString('latin1')) : null;
    this.#listFields = list?.groups?.fields;
    if (first === OPEN_BRACKET) {
      this.#state = 'first';
      this.#scan(head, head.indexOf(OPEN_BRACKET) + 1, emit);
    } else if (list !== null) {
      this.#state = 'first';
      this.#scan(head, list[0].length, emit);
    } else {
      this.#state = 'between';
      this.#outside = 'between';
      this.#scan(head, 0, emit);
    }
  }

  #scan(chunk: Buffer, from: number, emit: Emit): void {
    let at = from;
    while (at < chunk.length) {
      if (this.#state === 'element') at = this.#scanElement(chunk, at, emit);
      else if (this.#state === 'tail') {
        this.#tail.add(chunk.subarray(at), this.#number);
        return;
      } else at = this.#scanBetween(chunk, at);
    }
  }

  /** One byte outside of elements; an element's first byte is left for `#scanElement`. */
  #scanBetween(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    if (isSpace(byte)) return at + 1;
    if (this.#state === 'between') {
      if (byte !== OPEN_BRACE) throw new SplitFault(this.#number + 1, 'is not an object');
      this.#startElement(byte);
      return at;
    }
    if (byte === CLOSE_BRACKET && this.#state !== 'next') {
      this.#state = 'tail';
      return at + 1;
    }
    if (this.#state === 'after') {
      if (byte !== COMMA)
        throw new SplitFault(this.#number, 'is followed by neither a comma nor ]');
      this.#state = 'next';
      return at + 1;
    }
    if (byte === COMMA || byte === CLOSE_BRACKET) {
      throw new SplitFault(this.#number + 1, 'is missing: there is a comma too many');
    }
    this.#startElement(byte);
    return at;
  }

  #startElement(byte: number): void {
    this.#number++;
    this.#state = 'element';
    this.#scalar = byte !== OPEN_BRACE && byte !== OPEN_BRACKET && byte !== QUOTE;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }

  /** @returns where it goes on: behind the element, or behind the chunk */
  #scanElement(chunk: Buffer, from: number, emit: Emit): number {
    const end = this.#scalar ? endOfScalar(chunk, from) : this.#endOfElement(chunk, from);
    this.#element.add(chunk.subarray(from, end < 0 ? chunk.length : end), this.#number);
    if (end < 0) return chunk.length;
    this.#finish(emit);
    return end;
  }

  /** Behind its last bracket or quote; -1 where that is not in this chunk. */
  #endOfElement(chunk: Buffer, from: number): number {
    // In locals: this loop sees every byte of the file.
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          if (depth === 0) return at + 1;
        }
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return -1;
  }

  #finish(emit: Emit): void {
    this.#state = this.#outside;
    emit({ number: this.#number, bytes: this.#element.take() });
  }

  #checkTail(): void {
    const tail = this.#tail.take().toString();
    if (this.#listFields === undefined) {
      if (tail.trim() !== '') throw new SplitFault(undefined, 'there is more after its array');
      return;
    }
    const kind = kindOf(this.#listFields, tail);
    if (!kind?.endsWith('List')) {
      const is = kind === undefined ? 'of no kind' : `of kind ${kind}`;
      throw new SplitFault(
        undefined,
        `is one object with items, ${is}, but not a List: put it into an array`,
      );
    }
  }
}

/** @param tail  what stands behind the items, e.g. `, "kind": "List"}` */
function kindOf(fields: string, tail: string): string | undefined {
  let list: unknown;
  try {
    list = JSON.parse(`{${fields}"items": []${tail}`);
  } catch {
    throw new SplitFault(undefined, 'its List does not end as JSON: it seems cut off');
  }
  const kind = typeof list === 'object' && list !== null && 'kind' in list ? list.kind : undefined;
  return typeof kind === 'string' ? kind : undefined;
}

function endOfScalar(chunk: Buffer, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] ?? 0;
    if (byte === COMMA || byte === CLOSE_BRACKET || isSpace(byte)) return at;
  }
  return -1;
}

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function firstByte(bytes: Buffer): number | undefined {
  return bytes.find((byte) => !isSpace(byte));
}
