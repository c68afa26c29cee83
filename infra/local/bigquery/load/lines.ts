// A stream of bytes cut into lines without holding more than one of them and the chunk it ends in.

/** Bytes. BigQuery quotas, "Load jobs": maximum size of a JSON row. */
const MAX_ROW_BYTES = 100 * 1024 * 1024;

export interface Line {
  bytes: Buffer;
  start: number;
  end: number;
  /** In the uncompressed object, from its first byte: what BigQuery's messages call the position. */
  position: number;
  /** The bytes are only the beginning of a row beyond the limit; what follows it is skipped. */
  tooLong?: boolean;
}

const NEWLINE = 0x0a;

/** Whole chunks of lines, so that the caller can yield between them. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #position = 0;
  #skipping = false;

  /** The lines that end in the chunk. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#finish(chunk, start, end);
      if (line) yield line;
      start = end + 1;
    }
    const tooLong = this.#keep(chunk.subarray(start));
    if (tooLong) yield tooLong;
  }

  /** What stands behind the last newline. */
  *end(): Generator<Line> {
    if (this.#restBytes === 0 || this.#skipping) return;
    const bytes = Buffer.concat(this.#rest);
    yield { bytes, start: 0, end: bytes.length, position: this.#position };
  }

  #finish(chunk: Buffer, start: number, end: number): Line | undefined {
    const position = this.#position;
    const lineBytes = this.#restBytes + end - start;
    this.#position += lineBytes + 1;
    const [rest, skipped] = [this.#rest, this.#skipping];
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
    if (skipped) return undefined;
    if (lineBytes > MAX_ROW_BYTES)
      return { bytes: chunk, start, end: start, position, tooLong: true };
    if (rest.length === 0) return { bytes: chunk, start, end, position };
    const bytes = Buffer.concat([...rest, chunk.subarray(start, end)]);
    return { bytes, start: 0, end: bytes.length, position };
  }

  #keep(tail: Buffer): Line | undefined {
    this.#restBytes += tail.length;
    if (this.#skipping || tail.length === 0) return undefined;
    if (this.#restBytes <= MAX_ROW_BYTES) {
      this.#rest.push(tail);
      return undefined;
    }
    this.#rest = [];
    this.#skipping = true;
    return { bytes: tail, start: 0, end: 0, position: this.#position, tooLong: true };
  }
}
