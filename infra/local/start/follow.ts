// Follows one run until every slice shows it, or has said why it will not.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SliceStatus, Status } from '@firesink/shared/stages/status.ts';

export interface FollowOptions {
  /** E.g. `20261123T230000.000Z`; runs sort as text in the order of time. */
  run: string;
  read: () => Promise<Status>;
  /** Resolves when nothing is under way any more; rejects where nobody can know. */
  idle: () => Promise<void>;
  onProgress: (status: Status) => void;
  /** Milliseconds without any change after which what there is must do. */
  patienceMs?: number;
}

const PATIENCE_MS = 60_000;
const POLL_MS = 500;

const FINAL_STATES: ReadonlySet<SliceStatus['state']> = new Set(['failed', 'refused', 'expired']);

export async function followRun(options: FollowOptions): Promise<Status> {
  const { run, read, onProgress, patienceMs = PATIENCE_MS } = options;
  let isIdle = false;
  const idle = options.idle().then(
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
    const states = JSON.stringify(status.slices.map(({ state, run: shown }) => [state, shown]));
    if (states !== seen) changedMs = performance.now();
    seen = states;
    const isDone = status.slices.every((slice) => isSettled(slice, run));
    if (isDone || isFinal || performance.now() - changedMs > patienceMs) return status;
    const pause = sleep(POLL_MS);
    await (isIdle ? pause : Promise.race([idle, pause]));
  }
}

/** True once nothing more is to come for this run. */
export function isSettled(slice: SliceStatus, run: string): boolean {
  if (FINAL_STATES.has(slice.state)) return true;
  return (slice.state === 'loaded' || slice.state === 'empty') && (slice.run ?? '') >= run;
}
