// When is nothing under way any more? A stand-in knows of itself only: Pub/Sub may be idle because Cloud
// Storage has not told it yet. All of them idle at one and the same moment is what is looked for; work
// inside a function is a delivery that Pub/Sub still waits for.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SupervisedStandIn } from './parts.ts';

type IdleParts = ReadonlyMap<string, SupervisedStandIn>;

export interface IdleOptions {
  /** Default: a minute. */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** @throws where Pub/Sub is an emulator, which would not say; where something is still under way after the time given, naming who is busy */
export async function waitUntilIdle(
  standIns: IdleParts,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: IdleOptions = {},
): Promise<void> {
  if (!standIns.has('pubsub'))
    throw new Error('an emulator of Pub/Sub does not say when it is idle');
  const deadline = AbortSignal.timeout(timeoutMs);
  do {
    await Promise.race([allIdle(standIns), aborted(deadline)]);
    if (deadline.aborted) {
      const busy = await busyOnes(standIns);
      throw new Error(`not idle after ${timeoutMs} ms: ${busy.join(', ') || 'work kept coming'}`);
    }
  } while ((await busyOnes(standIns)).length > 0);
}

async function allIdle(standIns: IdleParts): Promise<void> {
  for (const { current } of standIns.values()) await current?.idle();
}

/** Names of those that are not idle at this very moment. */
async function busyOnes(standIns: IdleParts): Promise<string[]> {
  const busy = new Set(standIns.keys());
  for (const [name, { current }] of standIns) {
    // One that is stopped while we ask stays on the list.
    Promise.resolve(current?.idle()).then(
      () => busy.delete(name),
      () => {},
    );
  }
  await nextTurn();
  return [...busy];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
