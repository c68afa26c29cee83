// The middle stage: a collection, read at the run's instant, becomes one NDJSON object.
import { FiresinkError } from '../errors.ts';
import { type ExportTask, type FirestoreTask, formatExportMessage } from '../messages/export.ts';
import { formatRun, waitForRun } from '../messages/run.ts';
import { schemaDigest } from '../rows/schema.ts';
import type { Services } from '../services.ts';
import { compose } from '../snapshots/compose.ts';
import { type Counts, formatMetadata } from '../snapshots/metadata.ts';
import { formatPartName, formatSnapshotName } from '../snapshots/names.ts';
import {
  listParts,
  type PlannedPart,
  readPlan,
  type StoredPart,
  writePlan,
} from '../snapshots/parts.ts';
import type { Caller } from '../sources/firestore/call.ts';
import { checkReadable } from '../sources/firestore/retention.ts';
import { splitCollection } from '../sources/firestore/split.ts';
import type { SyncEvent } from '../warehouse/sync-events.ts';
import { sliceTarget } from '../warehouse/targets.ts';
import { exportPart } from './export-part.ts';
import { runStep, type StepResult } from './step.ts';

export interface ExportOptions {
  /** Clock time, in milliseconds, after which no part is begun: the rest is handed on to a redelivery. */
  deadlineMs: number;
  /** About so many; half as many again at most. Default 50,000. */
  documentsPerPart?: number;
}

/** Two or three seconds of reading, so that little is read twice when a task is killed. */
const DOCUMENTS_PER_PART = 50_000;
/** Milliseconds beyond the deadline that a part under way may take: begun again, it would be read twice. */
const GRACE_MS = 40_000;
/** Parts read at the same time: while one waits for Firestore, another is encoded. */
const STREAMS = 2;

/** @throws {FiresinkError} as `runStep` */
export async function exportCollection(
  task: ExportTask,
  services: Services,
  options: ExportOptions,
): Promise<SyncEvent> {
  if (task.origin === 'gke') throw unsupported(task.source.name);
  const { source, collection, runMs } = task;
  const run = formatRun(runMs);
  const { folder } = sliceTarget(services.environment, task);
  const object = formatSnapshotName(folder, run);
  const subject = {
    stage: 'export',
    run,
    source: source.name,
    collection: collection.name,
    table: collection.table,
    object,
  } as const;
  return runStep(services, subject, () => exportOnce(task, services, object, options));
}

async function exportOnce(
  task: FirestoreTask,
  services: Services,
  object: string,
  options: ExportOptions,
): Promise<StepResult> {
  const { collection, runMs, allowEmpty, allowShrink } = task;
  const bucket = await services.bucket();
  const [exists] = await bucket.file(object).exists();
  if (exists) return { state: 'skipped' };
  await waitForRun(runMs, { clock: services.clock });
  const caller = { channel: services.firestore(), clock: services.clock };
  const plan = await planParts(task, services, object, { caller, ...options });
  const parts = await readParts(task, services, object, plan, options);
  if (parts === undefined) {
    await services.publish('export', { data: Buffer.from(formatExportMessage(task)) });
    return { state: 'continued' };
  }
  const counts = parts.map(({ counts: each }) => each).reduce(addCounts);
  const schema = schemaDigest(collection.schema);
  const metadata = { ...counts, name: object, readTimeMs: runMs, allowEmpty, allowShrink, schema };
  await compose({ bucket, name: object, parts, metadata: formatMetadata(metadata) });
  const bytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { state: 'exported', documents: counts.documents, rows: counts.rows, bytes };
}

/** The split is made once, so that whoever goes on agrees with whoever began. */
async function planParts(
  { source, collection, runMs: readTimeMs }: FirestoreTask,
  services: Services,
  object: string,
  {
    caller,
    documentsPerPart = DOCUMENTS_PER_PART,
  }: Pick<ExportOptions, 'documentsPerPart'> & { caller: Caller },
): Promise<readonly PlannedPart[]> {
  const bucket = await services.bucket();
  const known = await readPlan(bucket, object);
  if (known) return known;
  await checkReadable(caller, { source, readTimeMs });
  const scope = { source, collection, readTimeMs };
  const split = await splitCollection(caller, scope, { documentsPerPart });
  const documents = split.reduce((sum, part) => sum + part.documents, 0);
  const { budget } = collection;
  if (budget !== undefined && documents > budget) throw overBudget(object, documents, budget);
  const parts = split.map(({ range, documents: each }) => ({ ...range, documents: each }));
  return writePlan(bucket, object, parts);
}

type DonePart = StoredPart & { counts: Counts };

/** @returns all parts in order; undefined where the deadline came first */
async function readParts(
  task: FirestoreTask,
  services: Services,
  object: string,
  plan: readonly PlannedPart[],
  { deadlineMs }: ExportOptions,
): Promise<DonePart[] | undefined> {
  const stored = await listParts(await services.bucket(), object);
  const done: DonePart[] = [];
  const queue = plan.entries();
  let handedOver = false;
  const over = new AbortController();
  const { signal } = over;
  const isLate = () => services.clock() >= deadlineMs;
  const timer = setTimeout(() => over.abort(), deadlineMs + GRACE_MS - services.clock());
  const stream = async () => {
    for (const [index, planned] of queue) {
      const name = formatPartName(object, index);
      const present = stored.get(name);
      if (present?.counts) {
        done[index] = { ...present, counts: present.counts };
      } else if (isLate()) {
        handedOver = true;
      } else {
        const replaces = present?.generation;
        done[index] = await exportPart(task, services, { name, planned, replaces, signal });
      }
    }
  };
  const streams = Array.from({ length: STREAMS }, stream);
  try {
    await Promise.all(streams);
  } catch (error) {
    // A part that was cut off is read by the next delivery.
    if (!signal.aborted || !isAbort(error)) throw error;
    handedOver = true;
  } finally {
    clearTimeout(timer);
    // Where one stream fails, the task does: nothing of it may go on behind the next delivery's back.
    over.abort();
    await Promise.allSettled(streams);
  }
  return handedOver ? undefined : done;
}

const addCounts = (a: Counts, b: Counts): Counts => ({
  documents: a.documents + b.documents,
  rows: a.rows + b.rows,
  rowErrors: a.rowErrors + b.rowErrors,
  redacted: a.redacted + b.redacted,
});

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || isAbort(error.cause));

const overBudget = (where: string, documents: number, budget: number): FiresinkError =>
  new FiresinkError({
    outcome: 'refused',
    code: 'over-budget',
    where,
    what: `the collection has ${documents} documents, and its budget allows to read ${budget}`,
    hint: 'Nothing was read. Raise `budget` of the collection if the reads are wanted',
  });

const unsupported = (where: string): FiresinkError =>
  new FiresinkError({
    outcome: 'refused',
    code: 'unsupported',
    where,
    what: 'GKE clusters are not read by this version',
  });
