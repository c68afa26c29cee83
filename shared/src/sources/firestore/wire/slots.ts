// Where the values lie that columns take, noted while a document is read.

export class Slots {
  /** In the input. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** In the output, as `_data` has it; of no meaning where `_data` does not. */
  readonly writtenStart: Int32Array;
  readonly writtenEnd: Int32Array;
  readonly #round: Int32Array;
  #current = 0;

  constructor(count: number) {
    this.start = new Int32Array(count);
    this.end = new Int32Array(count);
    this.writtenStart = new Int32Array(count);
    this.writtenEnd = new Int32Array(count);
    this.#round = new Int32Array(count);
  }

  /** Forgets all places without touching them. */
  clear(): void {
    this.#current = (this.#current + 1) | 0;
    if (this.#current === 0) this.#round.fill(-1);
  }

  note(slot: number, start: number, end: number): void {
    this.#round[slot] = this.#current;
    this.start[slot] = start;
    this.end[slot] = end;
  }

  noteWritten(slot: number, start: number, end: number): void {
    this.writtenStart[slot] = start;
    this.writtenEnd[slot] = end;
  }

  has(slot: number): boolean {
    return this.#round[slot] === this.#current;
  }
}
