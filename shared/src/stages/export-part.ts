// One part of a collection: Firestore's stream in, rows out, each document counted.
import { FiresinkError } from '../errors.ts';
import type { FirestoreTask } from '../messages/export.ts';
import { formatRun } from '../messages/run.ts';
import { compileRow } from '../rows/encode.ts';
import type { Services } from '../services.ts';
import type { Counts } from '../snapshots/metadata.ts';
import type { Upload } from '../snapshots/part-upload.ts';
import { markPartDone, type PlannedPart, type StoredPart } from '../snapshots/parts.ts';
import { uploadObject } from '../snapshots/upload-object.ts';
import { readCollection } from '../sources/firestore/run-query.ts';
import { createTranscoder } from '../sources/firestore/wire/transcoder.ts';
import { snapshotHead } from './snapshot-head.ts';

export interface PartOptions {
  /** Of the object to write. */
  name: string;
  planned: PlannedPart;
  /** Generation of what lies there from a try that did not come to its end. */
  replaces: string | undefined;
  signal: AbortSignal;
}

/** Bytes of rows that are handed to the upload at a time. */
const CHUNK_BYTES = 256 * 1024;

/** @throws {FiresinkError} retry `count-differs`, both numbers named, and whatever reading and writing throw */
export async function exportPart(
  task: FirestoreTask,
  services: Services,
  { name, planned, replaces, signal }: PartOptions,
): Promise<StoredPart & { counts: Counts }> {
  const bucket = await services.bucket();
  const target = { bucket, name, contentType: 'application/x-ndjson' };
  const { stored, written: counts } = await uploadObject(
    { ...target, ifGenerationMatch: replaces ?? 0 },
    async (upload) => {
      const read = await readRows(task, services, { planned, signal, upload });
      if (read.documents === planned.documents) return read;
      throw countDiffers(name, planned.documents, read.documents);
    },
  );
  const part = { name, ...stored };
  await markPartDone(bucket, part, counts);
  return { ...part, counts };
}

async function readRows(
  { source, collection, runMs: readTimeMs }: FirestoreTask,
  services: Services,
  { planned, signal, upload }: Pick<PartOptions, 'planned' | 'signal'> & { upload: Upload },
): Promise<Counts> {
  const { schema: columns, columns: columnPaths, redact, data } = collection;
  const program = compileRow({ columns, columnPaths, redact, data });
  const head = snapshotHead(source, formatRun(readTimeMs), readTimeMs);
  const transcoder = createTranscoder(program, head);
  const caller = { channel: services.firestore(), clock: services.clock, signal };
  const { start, end } = planned;
  await readCollection(caller, {
    source,
    collection,
    readTimeMs,
    range: { start, end },
    onMessage: (buffer, from, to) => {
      transcoder.transcode(buffer, from, to);
      return transcoder.pendingBytes >= CHUNK_BYTES ? upload.write(transcoder.take()) : undefined;
    },
  });
  await upload.write(transcoder.take());
  const { rows, rowErrors, redacted } = transcoder;
  return { documents: rows, rows, rowErrors, redacted };
}

const countDiffers = (where: string, counted: number, read: number): FiresinkError =>
  new FiresinkError({
    outcome: 'retry',
    code: 'count-differs',
    where,
    what: `Firestore counts ${counted} documents at this instant, and ${read} were read`,
    hint: 'Nothing is loaded; it is read again',
  });
