// How many pushes of one subscription may be out at once. The service documents a slow start (the window
// grows with every success and shrinks with every failure) and a push back-off of 100 ms to 60 s over the
// whole subscription; the figures behind it are not public. Here: growth as TCP has it, doubling until the
// first failure and by one per round after it, and short pauses, because on a laptop an endpoint that was
// restarted should have its messages at once. One that refuses everything gets some twenty pushes a second.

const SMALLEST = 3;
const LARGEST = 100;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;

export class PushWindow {
  #size = SMALLEST;
  #threshold = LARGEST;
  #round = 0;
  #failedRounds = 0;

  /** Whole pushes. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /** To be handed back with the push's failure: those of one round count as one. */
  get round(): number {
    return this.#round;
  }

  succeeded(): void {
    this.#failedRounds = 0;
    const growth = this.#size < this.#threshold ? 1 : 1 / this.#size;
    this.#size = Math.min(this.#size + growth, LARGEST);
  }

  /**
   * @param round  the one the push was sent in
   * @param random 0 to 1
   * @returns milliseconds in which nothing should be pushed; 0 if another push of that round failed before
   */
  failed(round: number, random: number): number {
    if (round !== this.#round) return 0;
    this.#round += 1;
    this.#threshold = Math.max(this.#size / 2, SMALLEST);
    this.#size = this.#threshold;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failedRounds, LONGEST_PAUSE_MS);
    this.#failedRounds += 1;
    return pauseMs * (1 - random / 2);
  }
}
