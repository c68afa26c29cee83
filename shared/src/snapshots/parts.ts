// What lies in `parts/<snapshot>/` while a snapshot is being made: the split, written once, and the parts
// read so far. All state of an export is here: it may be killed, delivered twice, or run twice at once at any
// moment, and whoever goes on reads only what is missing.
import type { Bucket } from '@google-cloud/storage';
import { FiresinkError } from '../errors.ts';
import { isStatus } from '../google-errors.ts';
import type { ComposedPart } from './compose.ts';
import { parseCrc32c } from './crc32c.ts';
import type { Counts } from './metadata.ts';
import { formatPartsFolder } from './names.ts';

/** A range of document names, and how many documents are in it at the snapshot's instant. */
export interface PlannedPart {
  start?: string | undefined;
  end?: string | undefined;
  documents: number;
}

const planName = (snapshot: string): string => `${formatPartsFolder(snapshot)}plan.json`;

/** Undefined where nobody has planned yet. */
export async function readPlan(
  bucket: Bucket,
  snapshot: string,
): Promise<PlannedPart[] | undefined> {
  try {
    const [text] = await bucket.file(planName(snapshot)).download();
    return JSON.parse(text.toString()) as PlannedPart[];
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Writes the plan unless there is one. @returns the one that counts */
export async function writePlan(
  bucket: Bucket,
  snapshot: string,
  parts: readonly PlannedPart[],
): Promise<readonly PlannedPart[]> {
  try {
    await bucket.file(planName(snapshot)).save(JSON.stringify(parts), {
      resumable: false,
      contentType: 'application/json',
      preconditionOpts: { ifGenerationMatch: 0 },
    });
    return parts;
  } catch (error) {
    if (!isStatus(error, 412)) throw error;
    return (await readPlan(bucket, snapshot)) ?? parts;
  }
}

/** A part as it lies in the bucket; without counts whoever wrote it did not come to the end. */
export interface StoredPart extends ComposedPart {
  counts: Counts | undefined;
}

/** By name. */
export async function listParts(
  bucket: Bucket,
  snapshot: string,
): Promise<Map<string, StoredPart>> {
  const [files] = await bucket.getFiles({ prefix: formatPartsFolder(snapshot) });
  const parts = files.map(({ name, metadata }): [string, StoredPart] => [
    name,
    {
      name,
      generation: String(metadata.generation),
      sizeBytes: Number(metadata.size),
      crc32c: parseCrc32c(metadata.crc32c ?? '') ?? Number.NaN,
      counts: parseCounts(metadata.metadata),
    },
  ]);
  return new Map(parts);
}

/** From here on the part counts as read. */
export async function markPartDone(
  bucket: Bucket,
  { name, generation }: ComposedPart,
  counts: Counts,
): Promise<void> {
  const metadata = Object.fromEntries(
    Object.entries(counts).map(([key, count]) => [key, `${count}`]),
  );
  try {
    await bucket.file(name, { generation }).setMetadata({ metadata });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    throw new FiresinkError({
      outcome: 'retry',
      code: 'part-replaced',
      where: name,
      what: 'was replaced while its counts were being written: the same task runs twice',
    });
  }
}

function parseCounts(metadata: Record<string, unknown> | undefined): Counts | undefined {
  const count = (key: keyof Counts) => Number(metadata?.[key]);
  const counts: Counts = {
    documents: count('documents'),
    rows: count('rows'),
    rowErrors: count('rowErrors'),
    redacted: count('redacted'),
  };
  return Object.values(counts).every(Number.isSafeInteger) ? counts : undefined;
}
