// A file that a person or another system put into the bucket becomes a snapshot of the moment it was
// finalized. That one's own event loads it.
import type { Bucket } from '@google-cloud/storage';
import type { Pair } from '../config/lookup.ts';
import { FiresinkError } from '../errors.ts';
import { isStatus } from '../google-errors.ts';
import { formatStem, uploadMark } from '../messages/stem.ts';
import { compileRow, encodeRow, type SnapshotHead } from '../rows/encode.ts';
import { schemaDigest } from '../rows/schema.ts';
import type { Services } from '../services.ts';
import { compose } from '../snapshots/compose.ts';
import { LineWriter } from '../snapshots/line-writer.ts';
import type { ObjectResource } from '../snapshots/list.ts';
import { type Counts, formatMetadata } from '../snapshots/metadata.ts';
import { formatPartName, formatSnapshotName } from '../snapshots/names.ts';
import type { Upload } from '../snapshots/part-upload.ts';
import { uploadObject } from '../snapshots/upload-object.ts';
import { readUpload } from '../snapshots/upload-reader.ts';
import { compileUploadRow } from '../snapshots/upload-row.ts';
import { sliceTarget } from '../warehouse/targets.ts';
import { snapshotHead } from './snapshot-head.ts';
import type { StepResult } from './step.ts';

/**
 * @returns with `snapshot`, the name of the object made; without, where the file went while it was read
 * @throws {FiresinkError} refused `bad-upload`, naming lines and reasons; they are left in the metadata of
 *   the file too (`firesink_error`). Nothing is kept of a refused file
 */
export async function convertUpload(
  services: Services,
  pair: Pair,
  object: ObjectResource,
): Promise<StepResult> {
  const bucket = await services.bucket();
  const source = uploaded(object);
  const stem = formatStem({
    runMs: source.finalizedMs,
    upload: uploadMark(source.name, source.generation),
  });
  const { folder } = sliceTarget(services.environment, pair);
  const snapshot = formatSnapshotName(folder, stem);
  const [exists] = await bucket.file(snapshot).exists();
  if (exists) return { state: 'skipped', run: stem, snapshot };
  const part = formatPartName(snapshot, 0);
  const uploadedRows = await uploadObject(
    { bucket, name: part, contentType: 'application/x-ndjson' },
    (upload) => writeRows(bucket, source, upload, pair, stem),
  ).catch(async (error) => {
    if (isStatus(error, 404) && (await isGone(bucket, source))) return undefined;
    await explain(bucket, source, error);
    throw error;
  });
  if (uploadedRows === undefined) return { state: 'skipped', error: GONE };
  const { stored, written: counts } = uploadedRows;
  const metadata = formatMetadata({
    ...counts,
    name: snapshot,
    readTimeMs: source.finalizedMs,
    allowEmpty: false,
    allowShrink: true,
    schema: schemaDigest(pair.collection.schema),
  });
  await compose({ bucket, name: snapshot, parts: [{ name: part, ...stored }], metadata });
  const { documents, rows } = counts;
  return { state: 'exported', run: stem, snapshot, documents, rows, bytes: stored.sizeBytes };
}

/** Where it was replaced, the event of the file in its place brings that one's rows. */
const GONE = 'the file was replaced or removed while it was read';

async function isGone(bucket: Bucket, { name, generation }: Uploaded): Promise<boolean> {
  const [exists] = await bucket.file(name, { generation }).exists();
  return !exists;
}

interface Uploaded {
  name: string;
  generation: string;
  finalizedMs: number;
}

const uploaded = ({ name = '', generation, timeCreated = '' }: ObjectResource): Uploaded => ({
  name,
  generation: String(generation),
  finalizedMs: Date.parse(timeCreated),
});

async function writeRows(
  bucket: Bucket,
  { name, generation, finalizedMs }: Uploaded,
  upload: Upload,
  { source, collection }: Pair,
  stem: string,
): Promise<Counts> {
  const { schema: columns, columns: columnPaths, redact, data } = collection;
  const program = compileRow({ columns, columnPaths, redact, data, input: 'json' });
  const head: SnapshotHead = snapshotHead(source, stem, finalizedMs);
  const toRow = compileUploadRow(collection);
  // As it lies there: what is packed is unpacked by us, whatever its headers say.
  const bytes = bucket
    .file(name, { generation })
    .createReadStream({ decompress: false, validation: false });
  const writer = new LineWriter(upload);
  const counts = { documents: 0, rows: 0, rowErrors: 0, redacted: 0 };
  const rows = readUpload(bytes, { name }, (value, number) => {
    const { head: own, fields, columnFields } = toRow(value, number);
    return encodeRow(program, { ...head, ...own }, fields, columnFields);
  });
  for await (const { line, rowErrors, redacted } of rows) {
    counts.documents++;
    counts.rows++;
    counts.rowErrors += rowErrors;
    counts.redacted += redacted;
    await writer.write(line);
  }
  await writer.flush();
  return counts;
}

/** For whoever looks at the file to see what became of it. */
async function explain(
  bucket: Bucket,
  { name, generation }: Uploaded,
  error: unknown,
): Promise<void> {
  if (!(error instanceof FiresinkError) || error.outcome !== 'refused') return;
  const metadata = { firesink_error: error.message.slice(0, 4_000) };
  await bucket
    .file(name, { generation })
    .setMetadata({ metadata })
    .catch(() => {});
}
