// NDJSON: one value a line. Blank lines and line ends of Windows are let pass.
import { type Emit, Pieces, type Splitter } from './upload-splitter.ts';

const NEWLINE = 0x0a;

export class LineSplitter implements Splitter {
  readonly unit = 'line';
  readonly #line: Pieces;
  #number = 1;

  /** @param limitBytes  of one line */
  constructor(limitBytes: number) {
    this.#line = new Pieces(limitBytes);
  }

  push(chunk: Buffer, emit: Emit): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#line.add(chunk.subarray(start, end), this.#number);
      this.end(emit);
      this.#number++;
      start = end + 1;
    }
    this.#line.add(chunk.subarray(start), this.#number);
  }

  end(emit: Emit): void {
    const bytes = this.#line.take();
    if (!isBlank(bytes)) emit({ number: this.#number, bytes });
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}
