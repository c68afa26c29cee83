// Starts of jobs that change one table, spread out. BigQuery takes 50 changes of a partitioned table in ten
// seconds (quotas, "Partitioned tables"), and a job beyond that fails and counts all the same. Each process
// keeps to its share; the load function has at most three of them at a time.

const WINDOW_MS = 10_000;
/** Three processes, and a few left for a `firesink sync` beside them. */
const STARTS_PER_WINDOW = 15;

interface Start {
  jobId: string;
  /** Clock time. */
  ms: number;
}

export class Pace {
  /** By table: the last starts granted, at most `STARTS_PER_WINDOW`, the oldest first. */
  readonly #granted = new Map<string, readonly Start[]>();

  /**
   * @param jobId  asked for again, it gets the same start: of one id only one job changes the table
   * @param latestMs  clock time
   * @returns clock time at which to start, which may have passed; undefined, and nothing granted, where that
   *   would be later than `latestMs`
   */
  grant(table: string, jobId: string, nowMs: number, latestMs: number): number | undefined {
    const granted = this.#granted.get(table) ?? [];
    const known = granted.find((start) => start.jobId === jobId);
    if (known) return known.ms;
    const [oldest] = granted;
    const isFull = oldest !== undefined && granted.length >= STARTS_PER_WINDOW;
    const ms = isFull ? Math.max(nowMs, oldest.ms + WINDOW_MS) : nowMs;
    if (ms > latestMs) return undefined;
    this.#granted.set(table, [...(isFull ? granted.slice(1) : granted), { jobId, ms }]);
    return ms;
  }
}
