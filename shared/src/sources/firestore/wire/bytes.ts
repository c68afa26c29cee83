// Where a transcoder reads and writes. Hot functions take this object, a read position and a write position,
// and return the next write position: keeping positions in fields cost 10 to 20 % when it was measured.

/** A buffer, and the two views on it that are written through. */
export class Output {
  readonly buffer: Buffer;
  readonly array: Uint8Array;
  readonly view: DataView;

  constructor(size: number) {
    // Not zeroed: every byte handed out has been written.
    this.buffer = Buffer.allocUnsafeSlow(size);
    this.array = new Uint8Array(this.buffer.buffer);
    this.view = new DataView(this.buffer.buffer);
  }
}

export class Bytes {
  /** The very buffer the message lies in: a view of another kind on each new one costs 80 ns. */
  input: Buffer = Buffer.alloc(0);
  inputView: DataView = new DataView(this.input.buffer);
  /** In the input: where what was read last ends, for functions that return something else. */
  position = 0;
  output: Uint8Array;
  outputView: DataView;
  /** Always left behind what is reserved: enough for whatever the message may become. */
  slack = 0;
  #current: Output;

  constructor(outputBytes: number) {
    this.#current = new Output(outputBytes);
    this.output = this.#current.array;
    this.outputView = this.#current.view;
  }

  readFrom(buffer: Buffer): void {
    if (buffer === this.input) return;
    this.input = buffer;
    this.inputView = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  /** What was written between two positions, not copied. */
  written(from: number, to: number): Buffer {
    return this.#current.buffer.subarray(from, to);
  }

  /** Room for so many bytes at a position, and the slack; what stands before it is kept. */
  reserve(at: number, size: number): void {
    const needed = at + size + this.slack;
    if (needed > this.output.length) this.moveOutput(2 * needed, 0, at);
  }

  /** Another buffer, which begins with what stands between two positions of this one. */
  moveOutput(size: number, from: number, to: number): void {
    const kept = this.written(from, to);
    this.swapOutput(new Output(size));
    this.output.set(kept);
  }

  /** @returns what was written to until now */
  swapOutput(output: Output): Output {
    const before = this.#current;
    this.#current = output;
    this.output = output.array;
    this.outputView = output.view;
    return before;
  }

  writeString(text: string, at: number): number {
    return at + this.#current.buffer.write(text, at);
  }
}

/**
 * The fast way does not take this document: something is rare, damaged or unknown. Whoever catches it reads
 * the document again, the careful way, which either finds the right words for it or the right error.
 */
export const CAREFULLY = new Error('to be read the careful way');

/** A text that is written again and again, eight bytes at a time, up to seven too many: the next covers them. */
export class Constant {
  readonly length: number;
  readonly view: DataView;

  constructor(text: string) {
    const encoded = Buffer.from(text);
    this.length = encoded.length;
    const padded = new Uint8Array(Math.ceil(encoded.length / 8) * 8);
    padded.set(encoded);
    this.view = new DataView(padded.buffer);
  }
}

export function writeConstant(bytes: Bytes, constant: Constant, at: number): number {
  const { view, length } = constant;
  const { outputView } = bytes;
  for (let index = 0; index < length; index += 8) {
    // No NaN: its bytes are no UTF-8, so the bits pass through a double unchanged.
    outputView.setFloat64(at + index, view.getFloat64(index, true), true);
  }
  return at + length;
}

/** Bytes written before once more; `from` lies at least 8 bytes before `at`, or the text is shorter. */
export function copyWritten(bytes: Bytes, from: number, length: number, at: number): number {
  if (length > 256) bytes.output.copyWithin(at, from, from + length);
  else {
    const { outputView } = bytes;
    for (let index = 0; index < length; index += 8) {
      outputView.setFloat64(at + index, outputView.getFloat64(from + index, true), true);
    }
  }
  return at + length;
}
