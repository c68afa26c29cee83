// What has to happen at an instant: back-offs, ack deadlines, expiries. Instants are those of the stand-in's
// clock, which a test may move; so a timer that rings only asks the clock again.

export interface Timer {
  dueMs: number;
  run: () => void;
  /** Place in the heap, -1 once run or cancelled. */
  index: number;
}

/** A clock of one's own is looked at this often while something waits, so that moving it is noticed. */
const POLL_MS = 25;
/** setTimeout takes no more than 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 3_600_000;

export class Timers {
  readonly now: () => number;
  readonly #longestWaitMs: number;
  readonly #heap: Timer[] = [];
  #alarm: NodeJS.Timeout | undefined;
  #alarmMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(clock: (() => number) | undefined) {
    this.now = clock ?? Date.now;
    this.#longestWaitMs = clock ? POLL_MS : LONGEST_WAIT_MS;
  }

  /** Runs at the first look at the clock at or after `dueMs`, never within this call. */
  at(dueMs: number, run: () => void): Timer {
    const timer = { dueMs, run, index: this.#heap.length };
    this.#heap.push(timer);
    this.#up(timer);
    if (timer.index === 0) this.#arm();
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (!timer || timer.index < 0) return;
    const { index } = timer;
    timer.index = -1;
    const last = this.#heap.pop();
    if (!last || last === timer) return;
    this.#place(last, index);
    this.#up(last);
    this.#down(last);
  }

  /** Runs all that is due by now, also what becomes due by running it. */
  runDue(): void {
    for (;;) {
      const first = this.#heap[0];
      if (!first || first.dueMs > this.now()) break;
      this.cancel(first);
      first.run();
    }
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#heap.length = 0;
    clearTimeout(this.#alarm);
  }

  #arm(): void {
    const first = this.#heap[0];
    if (!first || this.#closed) {
      clearTimeout(this.#alarm);
      this.#alarmMs = Number.POSITIVE_INFINITY;
      return;
    }
    if (first.dueMs >= this.#alarmMs) return;
    clearTimeout(this.#alarm);
    const waitMs = Math.min(Math.max(first.dueMs - this.now(), 1), this.#longestWaitMs);
    this.#alarmMs = first.dueMs;
    this.#alarm = setTimeout(() => {
      this.#alarmMs = Number.POSITIVE_INFINITY;
      this.runDue();
    }, waitMs);
  }

  #place(timer: Timer, index: number): void {
    this.#heap[index] = timer;
    timer.index = index;
  }

  #up(timer: Timer): void {
    while (timer.index > 0) {
      const parentIndex = (timer.index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (!parent || parent.dueMs <= timer.dueMs) return;
      this.#place(parent, timer.index);
      this.#place(timer, parentIndex);
    }
  }

  #down(timer: Timer): void {
    for (;;) {
      const left = this.#heap[2 * timer.index + 1];
      const right = this.#heap[2 * timer.index + 2];
      const child = left && right && right.dueMs < left.dueMs ? right : left;
      if (!child || child.dueMs >= timer.dueMs) return;
      const { index } = child;
      this.#place(child, timer.index);
      this.#place(timer, index);
    }
  }
}
