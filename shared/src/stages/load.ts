// The last stage: an object has been finalized. A snapshot moves its slice on; anything else in a folder of
// snapshots, and whatever lies under `uploads/`, is an upload and becomes a snapshot first, whose own event
// then loads it: there is one way to load.

import type { Pair } from '../config/lookup.ts';
import { FiresinkError } from '../errors.ts';
import { isStatus } from '../google-errors.ts';
import type { LoadTask } from '../messages/load.ts';
import { formatRun } from '../messages/run.ts';
import type { Services } from '../services.ts';
import { type ObjectResource, type Snapshot, toSnapshot } from '../snapshots/list.ts';
import type { Refusal } from '../warehouse/chain.ts';
import { type FollowOptions, followChain, type Settled } from '../warehouse/follow.ts';
import type { SyncEvent } from '../warehouse/sync-events.ts';
import { sliceTarget } from '../warehouse/targets.ts';
import { runStep, type StepResult } from './step.ts';
import { convertUpload } from './upload.ts';

/** `deadlineMs`: clock time, in milliseconds, after which a redelivery is to go on. */
export type LoadOptions = FollowOptions;

/** @throws {FiresinkError} as `runStep` */
export async function load(
  task: LoadTask,
  services: Services,
  options: LoadOptions,
): Promise<SyncEvent> {
  const pair = pairOf(task);
  const subject = {
    stage: 'load',
    source: task.source.name,
    collection: pair.collection.name,
    table: pair.collection.table,
    object: task.object.name,
    generation: task.object.generation,
  } as const;
  return runStep(services, subject, async () => {
    const object = await readObject(services, task);
    if (object === undefined) return { state: 'skipped', error: 'the object is gone' };
    const snapshot = task.upload ? undefined : toSnapshot(object);
    if (snapshot) return loadSnapshot(services, pair, snapshot, options);
    const converted = await convertUpload(services, pair, object);
    return converted.snapshot === undefined ? converted : { ...converted, state: 'exported' };
  });
}

/** A cluster's objects need the reader of clusters, which comes with GKE inventory. */
function pairOf(task: LoadTask): Pair {
  if (task.origin === 'firestore') return task;
  throw new FiresinkError({
    outcome: 'refused',
    code: 'unsupported',
    where: task.object.name,
    what: 'objects of GKE clusters are not loaded by this version',
  });
}

/** Undefined where the object, or the generation the event is about, is gone. */
async function readObject(
  services: Services,
  { object: { name, generation } }: LoadTask,
): Promise<ObjectResource | undefined> {
  const bucket = await services.bucket();
  try {
    const [resource] = await bucket.file(name, generation ? { generation } : {}).getMetadata();
    return resource;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Its rows would stay the newest until then, whatever is exported meanwhile. */
function refuseFutureRun({ name, stem, readTimeMs, createdMs }: Snapshot): void {
  if (readTimeMs <= createdMs) return;
  throw new FiresinkError({
    outcome: 'refused',
    code: 'run-ahead',
    where: name,
    what: `its run ${stem} is later than the object itself (${formatRun(createdMs)})`,
    hint: 'Check the clock of the machine that wrote it, then resync',
  });
}

async function loadSnapshot(
  services: Services,
  pair: Pair,
  snapshot: Snapshot,
  options: LoadOptions,
): Promise<StepResult> {
  refuseFutureRun(snapshot);
  const target = sliceTarget(services.environment, pair);
  const settled = await followChain(services, target, options);
  throwIfLeftOut(settled, snapshot);
  return {
    state: stateOf(settled, snapshot),
    run: snapshot.stem,
    documents: snapshot.documents,
    rows: snapshot.rows,
    bytes: snapshot.sizeBytes,
    jobId: settled.jobId,
  };
}

function stateOf({ shows, rows }: Settled, { stem }: Snapshot): 'loaded' | 'empty' | 'skipped' {
  if (shows === stem) return 'loaded';
  return rows === 0 ? 'empty' : 'skipped';
}

/** The chain has settled on another snapshot because this one would not do: that is this event's result. */
function throwIfLeftOut({ bad, refused }: Settled, snapshot: Snapshot): void {
  const where = snapshot.name;
  const error = bad.get(snapshot.stem);
  if (error !== undefined) {
    const hint = 'The table is as it was. Mend the schema or the data, then resync';
    throw new FiresinkError({ outcome: 'failed', code: 'bad-snapshot', where, what: error, hint });
  }
  const refusal = refused.get(snapshot.stem);
  if (refusal)
    throw new FiresinkError({ outcome: 'refused', where, ...describe(refusal, snapshot) });
}

function describe(
  { why, shownRows }: Refusal,
  { rows }: Snapshot,
): { code: string; what: string; hint: string } {
  if (why === 'empty') {
    return {
      code: 'empty-snapshot',
      what: `has no rows, and the table shows ${shownRows}: they are kept`,
      hint: 'If the collection is meant to be empty, resync it with "allowEmpty":true',
    };
  }
  return {
    code: 'shrunken-snapshot',
    what: `has ${rows} rows, and the table shows ${shownRows}: more are gone than maxShrink allows`,
    hint: 'If that is right, resync the collection with "allowShrink":true',
  };
}
