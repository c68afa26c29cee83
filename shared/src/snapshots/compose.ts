// Parts become the one object of a snapshot. The request carries the final metadata, which the client's
// `bucket.combine` cannot, so nothing is finalized under a snapshot's name before its counts are known.
import type { Bucket } from '@google-cloud/storage';
import { FiresinkError } from '../errors.ts';
import { isStatus } from '../google-errors.ts';
import { combineCrc32c, formatCrc32c } from './crc32c.ts';

/** Cloud Storage, "Objects: compose": at most 32 sources a request. */
const MAX_SOURCES = 32;

export interface ComposedPart {
  name: string;
  generation: string;
  sizeBytes: number;
  crc32c: number;
}

export interface Composition {
  bucket: Bucket;
  /** Of the object to make. */
  name: string;
  /** In order; at least one. */
  parts: readonly ComposedPart[];
  metadata: Record<string, string>;
}

/**
 * @returns generation of the object; undefined where an object of that name existed already
 * @throws {FiresinkError} retry `checksum` where the bytes are not those of the parts, `part-replaced` where
 *   one of them is gone
 */
export async function compose(composition: Composition): Promise<string | undefined> {
  const { bucket, name, metadata } = composition;
  const sources = await joinBelowLimit(composition);
  const expected = formatCrc32c(joinedChecksum(sources));
  const object = await requestCompose(bucket, name, sources, metadata);
  if (object === undefined) return undefined;
  if (object.crc32c === expected) return object.generation;
  await deleteGeneration(bucket, name, object.generation);
  throw new FiresinkError({
    outcome: 'retry',
    code: 'checksum',
    where: name,
    what: `composed object has CRC32C ${object.crc32c}, its parts together ${expected}`,
  });
}

/** More than 32 parts are joined 32 at a time first, in order, level by level. */
async function joinBelowLimit({ bucket, name, parts }: Composition): Promise<ComposedPart[]> {
  let level = [...parts];
  for (let depth = 1; level.length > MAX_SOURCES; depth++) {
    const groups = Array.from({ length: Math.ceil(level.length / MAX_SOURCES) }, (_, group) =>
      level.slice(group * MAX_SOURCES, (group + 1) * MAX_SOURCES),
    );
    level = await Promise.all(
      groups.map((sources, group) =>
        joinGroup(
          bucket,
          `parts/${name}/join-${depth}-${group.toString().padStart(4, '0')}`,
          sources,
        ),
      ),
    );
  }
  return level;
}

async function joinGroup(
  bucket: Bucket,
  name: string,
  sources: readonly ComposedPart[],
): Promise<ComposedPart> {
  const object = await requestCompose(bucket, name, sources, {}, { replace: true });
  return {
    name,
    generation: object?.generation ?? '',
    sizeBytes: sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    crc32c: joinedChecksum(sources),
  };
}

const joinedChecksum = (parts: readonly ComposedPart[]): number =>
  parts.reduce((crc, part) => combineCrc32c(crc, part.crc32c, part.sizeBytes), 0);

interface ComposedObject {
  generation: string;
  crc32c: string;
}

async function requestCompose(
  bucket: Bucket,
  name: string,
  sources: readonly ComposedPart[],
  metadata: Record<string, string>,
  { replace = false } = {},
): Promise<ComposedObject | undefined> {
  try {
    const [object] = await bucket.file(name).request({
      method: 'POST',
      uri: '/compose',
      qs: replace ? {} : { ifGenerationMatch: 0 },
      json: {
        destination: { contentType: 'application/x-ndjson', metadata },
        sourceObjects: sources.map(({ name: source, generation }) => ({
          name: source,
          generation,
          objectPreconditions: { ifGenerationMatch: generation },
        })),
      },
    });
    return object as ComposedObject;
  } catch (error) {
    // The same statuses tell of the object that exists and of a part that is no longer what it was.
    if (!isStatus(error, 412) && !isStatus(error, 404)) throw error;
    if (!replace && (await bucket.file(name).exists())[0]) return undefined;
    throw partReplaced(name, error);
  }
}

/** Two deliveries of one task write the same parts: whoever composes them first has done it for both. */
const partReplaced = (where: string, cause: unknown): FiresinkError =>
  new FiresinkError({
    outcome: 'retry',
    code: 'part-replaced',
    where,
    what: 'one of its parts was replaced or removed before they were composed: the same task runs twice',
    cause,
  });

async function deleteGeneration(bucket: Bucket, name: string, generation: string): Promise<void> {
  try {
    await bucket.file(name, { generation }).delete({ ifGenerationMatch: generation });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}
