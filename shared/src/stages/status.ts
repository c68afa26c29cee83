// What everybody asks first: is it all there, how old is it, and if not, why? The tables and the bucket
// answer; only the reasons of failures come from `sync_events`, and without it a slice is what its table shows.

import { mapConcurrently } from '../concurrency.ts';
import type { Pair } from '../config/lookup.ts';
import { tasks } from '../config/lookup.ts';
import { toFiresinkError } from '../google-errors.ts';
import { formatRun } from '../messages/run.ts';
import { parseStem } from '../messages/stem.ts';
import type { Services } from '../services.ts';
import { listSnapshots, type Snapshot } from '../snapshots/list.ts';
import { type LastEvents, readLastEvents } from '../warehouse/last-events.ts';
import { readSlice, type SliceHead } from '../warehouse/slice.ts';
import type { SyncEvent } from '../warehouse/sync-events.ts';
import { sliceTarget } from '../warehouse/targets.ts';
import { isLate } from './late.ts';

export type SliceState =
  | 'loaded'
  | 'empty'
  | 'loading'
  | 'late'
  | 'failed'
  | 'refused'
  | 'expired'
  | 'never'
  | 'unknown';

/** As `firesink status --json` prints it. */
export interface SliceStatus {
  table: string;
  source: string;
  collection: string;
  state: SliceState;
  /** Of the source at the read time of what is shown; null where nothing says. */
  documents: number | null;
  /** In the table. */
  rows: number;
  rowErrors: number | null;
  /** What the table shows; of an empty slice its newest snapshot. Null where there was none. */
  run: string | null;
  /** RFC 3339. */
  readTime: string | null;
  loadedAt: string | null;
  object: string | null;
  /** What went wrong since, and what to do. */
  error: string | null;
}

export interface Status {
  environment: string;
  /** The newest run that any slice shows. */
  run: string | null;
  slices: SliceStatus[];
  /** How many are failed, refused, expired, late or unknown. */
  failed: number;
}

/** Slices asked at the same time. */
const CONCURRENCY = 50;

const FAILED_STATES: ReadonlySet<SliceState> = new Set([
  'failed',
  'refused',
  'expired',
  'late',
  'unknown',
]);

/** @param pairs  the slices asked for; all of the environment by default */
export async function readStatus(
  services: Services,
  pairs: readonly Pair[] = tasks(services.environment),
): Promise<Status> {
  const events = await readLastEvents(services);
  const slices = await mapConcurrently(pairs, CONCURRENCY, (pair) =>
    readSliceStatus(services, pair, events),
  );
  const runs = slices.map(({ run }) => run?.slice(0, 20)).filter((run) => run !== undefined);
  return {
    environment: services.environment.name,
    run: runs.toSorted().at(-1) ?? null,
    slices,
    failed: countFailed(slices),
  };
}

async function readSliceStatus(
  services: Services,
  pair: Pair,
  events: LastEvents,
): Promise<SliceStatus> {
  const subject = {
    table: pair.collection.table,
    source: pair.source.name,
    collection: pair.collection.name,
  };
  try {
    return { ...subject, ...(await ask(services, pair, events)) };
  } catch (cause) {
    const error = toFiresinkError(cause);
    // A slice with somebody else's rows is refused; a service that does not answer says nothing of it.
    const state = error.outcome === 'refused' ? 'refused' : 'unknown';
    return { ...subject, ...NOTHING, state, error: error.message };
  }
}

const NOTHING = {
  documents: null,
  rows: 0,
  rowErrors: null,
  run: null,
  readTime: null,
  loadedAt: null,
  object: null,
  error: null,
};

async function ask(
  services: Services,
  pair: Pair,
  events: LastEvents,
): Promise<Omit<SliceStatus, 'table' | 'source' | 'collection'>> {
  const { address, folder } = sliceTarget(services.environment, pair);
  const head = await readSlice(await services.bigquery(), address, folder.source);
  const snapshots = await listSnapshots(await services.bucket(), folder, head.stem);
  const newest = snapshots.at(-1);
  const shown = head.stem === undefined ? newest : snapshots.find(({ stem }) => stem === head.stem);
  const run = head.stem ?? (newest?.rows === 0 ? newest.stem : null);
  const problem = events.problem(pair, run ?? undefined);
  return {
    state: problem?.state ?? stateOf(services, head, newest),
    documents: run === null ? null : (shown?.documents ?? null),
    rows: head.rows,
    rowErrors: run === null ? null : (shown?.rowErrors ?? null),
    run,
    readTime: run === null ? null : readTimeOf(run, shown),
    loadedAt: run === null ? null : (events.loadedAt(pair, run) ?? null),
    object: run === null ? null : (shown?.name ?? null),
    error: problem?.error ?? null,
  };
}

function stateOf(services: Services, head: SliceHead, newest: Snapshot | undefined): SliceState {
  if (head.stem === undefined) {
    if (newest === undefined) return 'never';
    if (newest.rows > 0) return 'loading';
  } else if (newest && newest.stem > head.stem) {
    return newest.rows === 0 && !newest.allowEmpty ? 'refused' : 'loading';
  }
  const runMs = parseStem(head.stem ?? newest?.stem ?? '')?.runMs ?? 0;
  if (isLate(services.environment.schedule, runMs, services.clock())) return 'late';
  return head.stem === undefined ? 'empty' : 'loaded';
}

function readTimeOf(run: string, shown: Snapshot | undefined): string | null {
  const readTimeMs = shown?.readTimeMs ?? parseStem(run)?.runMs;
  return readTimeMs === undefined ? null : new Date(readTimeMs).toISOString();
}

/** Failures that just happened, which `sync_events` may not show yet, or never. */
export function withFailures(status: Status, failures: readonly SyncEvent[]): Status {
  const slices = status.slices.map((slice) => {
    const event = failures.find(
      ({ source, collection }) => source === slice.source && collection === slice.collection,
    );
    if (!event) return slice;
    const error = [event.error, event.hint].filter((text) => text !== undefined).join('. ');
    return { ...slice, state: event.state as SliceState, error };
  });
  return { ...status, slices, failed: countFailed(slices) };
}

const countFailed = (slices: readonly SliceStatus[]): number =>
  slices.filter(({ state }) => FAILED_STATES.has(state)).length;

/** Whether the slice has got as far as the run asked for, or has failed to. */
export function hasEnded({ state, run }: SliceStatus, runMs: number): boolean {
  if (state === 'loaded' || state === 'empty') return run !== null && run >= formatRun(runMs);
  return state === 'failed' || state === 'refused' || state === 'expired';
}
