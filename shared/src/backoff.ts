// How often and how patiently something that may succeed later is tried again. Delays are exponential
// with full jitter, so that many workers cut off at once do not come back at once. Progress refills the
// budget: a stream of an hour may break fifty times, but not nine times at the same place.
import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffPolicy {
  firstDelayMs: number;
  longestDelayMs: number;
  /** How many tries in a row may fail without progress before it is given up. */
  tries: number;
}

/** What tests replace. */
export interface BackoffWorld {
  /** 0 ≤ r < 1, as `Math.random`. */
  random?: () => number;
  /** Resolves after so long; rejects when the signal aborts. */
  delay?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export class Backoff {
  readonly #policy: BackoffPolicy;
  readonly #random: () => number;
  readonly #delay: (ms: number, signal?: AbortSignal) => Promise<void>;
  #failures = 0;

  constructor(policy: BackoffPolicy, { random = Math.random, delay = wait }: BackoffWorld = {}) {
    this.#policy = policy;
    this.#random = random;
    this.#delay = delay;
  }

  /** Failures since the last progress. */
  get failures(): number {
    return this.#failures;
  }

  progress(): void {
    this.#failures = 0;
  }

  /** Notes a failure and waits; false, at once, where the budget is spent. */
  async again(signal?: AbortSignal): Promise<boolean> {
    this.#failures++;
    const { firstDelayMs, longestDelayMs, tries } = this.#policy;
    if (this.#failures >= tries) return false;
    const ceilingMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#failures - 1));
    await this.#delay(this.#random() * ceilingMs, signal);
    return true;
  }
}

const wait = (ms: number, signal?: AbortSignal): Promise<void> =>
  sleep(ms, undefined, signal ? { signal } : {});
