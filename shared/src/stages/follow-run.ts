// Follows one run until every slice shows it, or nothing more is to come.
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, type SliceStatus, type Status } from './status.ts';

export interface FollowOptions {
  /** Milliseconds since 1970, UTC. */
  runMs: number;
  read: () => Promise<Status>;
  /** Resolves when nothing is under way any more; rejects where nobody can know. */
  idle?: (() => Promise<void>) | undefined;
  onProgress: (status: Status) => void;
  patience?: Patience;
}

/** How long, in milliseconds, nothing may change where `idle` does not say that all is over. */
export interface Patience {
  /** While slices are on their way. */
  waitingMs: number;
  /** When all that is left has failed: it may have failed in an earlier run, and still get through in this one. */
  failedMs: number;
}

const PATIENCE: Patience = { waitingMs: 60_000, failedMs: 10_000 };
const POLL_MS = 500;

const nobodyKnows = (): Promise<void> => new Promise(() => {});

export async function followRun(options: FollowOptions): Promise<Status> {
  const { runMs, read, onProgress, patience = PATIENCE } = options;
  let isIdle = false;
  const idle = (options.idle ?? nobodyKnows)().then(
    () => {
      isIdle = true;
    },
    // Then patience decides.
    () => new Promise<never>(() => {}),
  );
  let seen = '';
  let changedMs = performance.now();
  for (;;) {
    // Asked before reading: what is read afterwards is final.
    const isFinal = isIdle;
    const status = await read();
    onProgress(status);
    const { slices } = status;
    const states = JSON.stringify(slices.map(({ state, run }) => [state, run]));
    if (states !== seen) changedMs = performance.now();
    seen = states;
    const left = slices.filter((slice) => !shows(slice, runMs));
    const patienceMs = left.every((slice) => hasEnded(slice, runMs))
      ? patience.failedMs
      : patience.waitingMs;
    const isStuck = performance.now() - changedMs >= patienceMs;
    if (left.length === 0 || isFinal || isStuck) return status;
    if (!isIdle) await Promise.race([idle, sleep(POLL_MS)]);
  }
}

/** Whether the table holds this run, or a newer one. */
export function shows(slice: SliceStatus, runMs: number): boolean {
  return (slice.state === 'loaded' || slice.state === 'empty') && hasEnded(slice, runMs);
}
