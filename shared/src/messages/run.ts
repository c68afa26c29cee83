// A run is an instant, and its name: 20261123T230000.000Z sorts as text in the order of time and needs no
// escape anywhere. Whoever gets a message twice must come to the same run both times, with no state kept:
// the run is what the message says, or follows from the publish time that every delivery repeats.
import { setTimeout as sleepMs } from 'node:timers/promises';
import { refusal } from '../config/refusal.ts';
import { FiresinkError } from '../errors.ts';

const MINUTE_MS = 60_000;

/** DESIGN section 3: a run ahead of the clock by more than this is somebody's mistake, not a skewed clock. */
const MAX_AHEAD_MS = 10 * MINUTE_MS;

/** So little is waited for in place; a redelivery would come after 10 s at the soonest. */
const MAX_WAIT_IN_PLACE_MS = 5_000;

/** `20261123T230000.000Z` of milliseconds since 1970, UTC. @throws RangeError for no instant of years 0 to 9999 */
export function formatRun(runMs: number): string {
  const text = new Date(runMs).toISOString().replaceAll(/[-:]/g, '');
  if (text.length !== '20261123T230000.000Z'.length) {
    throw new RangeError(`${runMs} ms is outside of the years that a run's name can hold`);
  }
  return text;
}

/** Milliseconds since 1970, or undefined for any text that `formatRun` would not write. */
export function parseRun(run: string): number | undefined {
  if (!/^\d{8}T\d{6}\.\d{3}Z$/.test(run)) return undefined;
  const runMs = Date.parse(run.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  // Date.parse turns 30 February into 2 March; a name must lead back to itself.
  return !Number.isNaN(runMs) && formatRun(runMs) === run ? runMs : undefined;
}

export interface RunQuestion {
  /** What the message says, if it says anything. */
  run?: string | undefined;
  /** Whole milliseconds since 1970 (`PubsubEvent.publishTimeMs`); undefined where the push carried none. */
  publishTimeMs?: number | undefined;
  /** True for `{"trigger":"scheduler"}`. */
  scheduled: boolean;
  nowMs: number;
}

/**
 * The instant a message asks for, in milliseconds since 1970 (DESIGN section 3).
 * - Cloud Scheduler may fire twice: its publish time floored to the minute. Whole minutes also stay
 *   readable for 7 days where point-in-time recovery is on, anything else for an hour.
 * - A person's: the next millisecond after the publish time. Pub/Sub cuts its times off to
 *   milliseconds, so only the next one is sure to hold what was written before the message.
 *
 * The run may still be a few seconds ahead of this machine's clock: `waitForRun` before reading.
 * @throws FiresinkError refused `bad-run`, `no-publish-time`, `run-ahead`; retry `run-ahead`
 */
export function resolveRun({ run, publishTimeMs, scheduled, nowMs }: RunQuestion): number {
  const runMs = run === undefined ? runOfPublishTime(publishTimeMs, scheduled) : runOfName(run);
  checkAhead(runMs, nowMs);
  return runMs;
}

export interface Waiting {
  clock?: () => number;
  sleep?: (ms: number) => Promise<unknown>;
}

/** Waits until the clock has reached the run. @throws FiresinkError retry `run-ahead` where that takes longer than 5 s */
export async function waitForRun(
  runMs: number,
  { clock = Date.now, sleep = sleepMs }: Waiting = {},
): Promise<void> {
  for (;;) {
    const nowMs = clock();
    if (runMs <= nowMs) return;
    checkAhead(runMs, nowMs);
    await sleep(runMs - nowMs);
  }
}

function runOfName(run: string): number {
  const runMs = parseRun(run);
  if (runMs !== undefined) return runMs;
  throw refusal('bad-run', `${JSON.stringify(run)} is not a run`, {
    hint: 'A run looks like 20261123T230000.000Z: an instant in UTC with milliseconds',
  });
}

function runOfPublishTime(publishTimeMs: number | undefined, scheduled: boolean): number {
  if (publishTimeMs === undefined) {
    throw refusal('no-publish-time', 'the message carries neither a publish time nor a run', {
      hint: 'Add "run":"20261123T230000.000Z"; Google\'s Pub/Sub emulator, for one, sends no publish time',
    });
  }
  return scheduled ? publishTimeMs - (publishTimeMs % MINUTE_MS) : publishTimeMs + 1;
}

function checkAhead(runMs: number, nowMs: number): void {
  const aheadMs = runMs - nowMs;
  if (aheadMs <= MAX_WAIT_IN_PLACE_MS) return;
  const waits = aheadMs <= MAX_AHEAD_MS;
  throw new FiresinkError({
    outcome: waits ? 'retry' : 'refused',
    code: 'run-ahead',
    what: `run ${formatRun(runMs)} is ahead of the clock (${formatRun(nowMs)})`,
    hint: waits
      ? 'It is tried again until its time has come'
      : 'Ask for an instant that has passed, or leave the run out',
  });
}
