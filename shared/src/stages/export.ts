// The middle stage: a collection, read at the run's instant, becomes one NDJSON object.
import { FiresinkError } from '../errors.ts';
import type { ExportTask, FirestoreTask } from '../messages/export.ts';
import { formatRun, waitForRun } from '../messages/run.ts';
import { compileRow, encodeRow } from '../rows/encode.ts';
import { schemaDigest } from '../rows/schema.ts';
import type { Services } from '../services.ts';
import { compose } from '../snapshots/compose.ts';
import { formatMetadata } from '../snapshots/metadata.ts';
import { formatPartName, formatSnapshotName } from '../snapshots/names.ts';
import { startUpload } from '../snapshots/part-upload.ts';
import { countDocuments, readDocuments } from '../sources/firestore/client-reader.ts';
import type { SyncEvent } from '../warehouse/sync-events.ts';
import { sliceTarget } from '../warehouse/targets.ts';
import { snapshotHead } from './snapshot-head.ts';
import { runStep, type StepResult } from './step.ts';

export interface ExportOptions {
  /** Clock time, in milliseconds, after which the task is to be handed on. */
  deadlineMs: number;
}

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
  _options: ExportOptions,
): Promise<StepResult> {
  const { source, collection, runMs, allowEmpty, allowShrink } = task;
  const bucket = await services.bucket();
  const [exists] = await bucket.file(object).exists();
  if (exists) return { state: 'skipped' };
  await waitForRun(runMs, { clock: services.clock });
  const counted = await countDocuments(source, collection, runMs);
  const program = compileRow({
    columns: collection.schema,
    columnPaths: collection.columns,
    redact: collection.redact,
    data: collection.data,
  });
  const head = snapshotHead(source, formatRun(runMs), runMs);
  const name = formatPartName(object, 0);
  const upload = await startUpload({ bucket, name, contentType: 'application/x-ndjson' });
  const counts = { documents: 0, rows: 0, rowErrors: 0, redacted: 0 };
  for await (const page of readDocuments(source, collection, runMs)) {
    const lines = page.map((document) => {
      const row = encodeRow(program, { ...head, ...document.head }, document.fields);
      counts.documents++;
      counts.rows++;
      if (row.rowErrors > 0) counts.rowErrors++;
      counts.redacted += row.redacted;
      return `${row.line}\n`;
    });
    await upload.write(Buffer.from(lines.join('')));
  }
  const part = await upload.finish();
  if (counted !== counts.documents)
    throw new FiresinkError({
      outcome: 'retry',
      code: 'count-differs',
      where: object,
      what: `Firestore counts ${counted} documents at this read time, ${counts.documents} were read`,
    });
  const metadata = formatMetadata({
    ...counts,
    name: object,
    readTimeMs: runMs,
    allowEmpty,
    allowShrink,
    schema: schemaDigest(collection.schema),
  });
  await compose({ bucket, name: object, parts: [{ name, ...part }], metadata });
  return {
    state: 'exported',
    documents: counts.documents,
    rows: counts.rows,
    bytes: part.sizeBytes,
  };
}

const unsupported = (where: string): FiresinkError =>
  new FiresinkError({
    outcome: 'refused',
    code: 'unsupported',
    where,
    what: 'GKE clusters are not read by this version',
  });
