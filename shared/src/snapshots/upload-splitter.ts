// What the splitters of uploads have in common: bytes in, elements out, in flat memory.

/** One line or element, not yet looked into. */
export interface UploadElement {
  /** 1-based: of a line in the file (blank ones count), or of an element. */
  number: number;
  bytes: Buffer;
}

export type Emit = (element: UploadElement) => void;

export interface Splitter {
  readonly unit: 'line' | 'element';
  /** @throws SplitFault */
  push(chunk: Buffer, emit: Emit): void;
  /** After the last chunk. @throws SplitFault */
  end(emit: Emit): void;
}

/** Where a file cannot be split any further. */
export class SplitFault extends Error {
  readonly number: number | undefined;

  constructor(number: number | undefined, reason: string) {
    super(reason);
    this.number = number;
  }
}

/** An element that may arrive in several chunks, up to a limit. */
export class Pieces {
  readonly #limitBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get length(): number {
    return this.#bytes;
  }

  /** @throws SplitFault */
  add(piece: Buffer, number: number): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limitBytes) {
      throw new SplitFault(number, `is longer than ${this.#limitBytes / 1_000_000} MB`);
    }
    if (piece.length > 0) this.#pieces.push(piece);
  }

  take(): Buffer {
    const [only, ...others] = this.#pieces;
    const whole = only !== undefined && others.length === 0 ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return whole;
  }
}
