// Export and load of many slices in one process: what the functions do between them, for a command, a
// container or Airflow.
import { Backoff } from '../backoff.ts';
import { mapConcurrently } from '../concurrency.ts';
import type { Pair } from '../config/lookup.ts';
import { toFiresinkError } from '../google-errors.ts';
import type { LoadTask } from '../messages/load.ts';
import { parseObjectName } from '../messages/object-name.ts';
import { formatRun } from '../messages/run.ts';
import type { Services } from '../services.ts';
import type { SyncEvent } from '../warehouse/sync-events.ts';
import { exportCollection } from './export.ts';
import { load } from './load.ts';
import { failureOf } from './step.ts';
import { findDue } from './sweep.ts';

export interface SyncOptions {
  runMs: number;
  allowEmpty: boolean;
  allowShrink: boolean;
  /** Slices at work at the same time. */
  concurrency: number;
  signal: AbortSignal;
  onStep(event: SyncEvent): void;
}

/** Here no redelivery follows, so a step that may succeed later is tried again on the spot. */
const RETRIES = { firstDelayMs: 1_000, longestDelayMs: 30_000, tries: 6 };
/** Milliseconds that one step may take: nobody ends this process as they would a function. */
const STEP_MS = 6 * 3_600_000;

/** @returns the slices left undone because the signal came */
export async function syncSlices(
  services: Services,
  pairs: readonly Pair[],
  options: SyncOptions,
): Promise<Pair[]> {
  const undone: Pair[] = [];
  await mapConcurrently(pairs, options.concurrency, async (pair) => {
    if (options.signal.aborted) {
      undone.push(pair);
      return;
    }
    for await (const event of syncSlice(services, pair, options)) options.onStep(event);
  });
  return undone;
}

async function* syncSlice(
  services: Services,
  pair: Pair,
  { runMs, allowEmpty, allowShrink }: SyncOptions,
): AsyncGenerator<SyncEvent> {
  const deadline = () => ({ deadlineMs: services.clock() + STEP_MS });
  const subject = {
    run: formatRun(runMs),
    source: pair.source.name,
    collection: pair.collection.name,
  };
  let stage: SyncEvent['stage'] = 'export';
  try {
    const task = { origin: 'firestore', ...pair, runMs, allowEmpty, allowShrink } as const;
    const exported = await retrying(() => exportCollection(task, services, deadline()));
    yield exported;
    stage = 'load';
    const loading = loadTaskOf(services, pair, exported.object ?? '');
    yield await retrying(() => load(loading, services, deadline()));
  } catch (cause) {
    yield { ...subject, stage, ...failureOf(toFiresinkError(cause)) };
    // There may still be something newer in the bucket than in the table.
    if (stage === 'export') yield* mendSlice(services, pair);
  }
}

async function* mendSlice(services: Services, pair: Pair): AsyncGenerator<SyncEvent> {
  try {
    const due = await findDue(services, pair);
    if (!due) return;
    const deadlineMs = services.clock() + STEP_MS;
    const task = loadTaskOf(services, pair, due.name);
    yield await retrying(() => load(task, services, { deadlineMs }));
  } catch (cause) {
    // The export's failure, which has been told, is the one to mend first.
    const { code, message: error } = toFiresinkError(cause);
    services.log.warn('the snapshots there are could not be loaded either', { code, error });
  }
}

/** What the load function does with an uploaded object, and then with the snapshot made of it. */
export async function loadUpload(services: Services, pair: Pair, name: string): Promise<SyncEvent> {
  const step = (object: string) => {
    const deadlineMs = services.clock() + STEP_MS;
    return retrying(() => load(loadTaskOf(services, pair, object), services, { deadlineMs }));
  };
  const converted = await step(name);
  return converted.snapshot === undefined ? converted : step(converted.snapshot);
}

/** The task that the event of a finalized object would have brought. */
function loadTaskOf(services: Services, pair: Pair, name: string): LoadTask {
  const place = parseObjectName(name);
  return {
    origin: 'firestore',
    ...pair,
    object: { bucket: services.environment.warehouse.bucket, name },
    folder: { origin: 'firestore', source: pair.source.name, collection: pair.collection.name },
    upload: place?.area === 'uploads',
    stem: place?.area === 'snapshots' ? place.stem : undefined,
  };
}

async function retrying<T>(work: () => Promise<T>): Promise<T> {
  const backoff = new Backoff(RETRIES);
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      const error = toFiresinkError(cause);
      if (error.outcome !== 'retry' || !(await backoff.again())) throw error;
    }
  }
}
