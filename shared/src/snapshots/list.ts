// Which snapshots a folder holds. All else in it (uploads by hand, copies) is passed over.
import type { Bucket, FileMetadata } from '@google-cloud/storage';
import { type Folder, formatFolder, parseObjectName } from '../messages/object-name.ts';
import { formatStem } from '../messages/stem.ts';
import { parseMetadata, type SnapshotMetadata } from './metadata.ts';
import { formatSnapshotName } from './names.ts';

export interface Snapshot extends SnapshotMetadata {
  /** What its rows carry as `_run`. */
  stem: string;
  generation: string;
  sizeBytes: number;
  /** When the object was made, by Cloud Storage's clock. Milliseconds since 1970. */
  createdMs: number;
}

/** Cloud Storage's resource of an object, as far as we look at it. */
export type ObjectResource = FileMetadata;

/**
 * In the order of time, without those whose run is later than the object itself.
 * @param from  stem of the first one wanted; all where undefined
 */
export async function listSnapshots(
  bucket: Bucket,
  folder: Folder,
  from?: string,
): Promise<Snapshot[]> {
  const [files] = await bucket.getFiles({
    prefix: formatFolder(folder),
    delimiter: '/',
    ...(from === undefined ? {} : { startOffset: formatSnapshotName(folder, from) }),
  });
  return (
    files
      .map((file) => toSnapshot(file.metadata))
      .filter((snapshot) => snapshot !== undefined)
      // A run ahead of its own object would stay the newest for as long as the clock was wrong.
      .filter(({ readTimeMs, createdMs }) => readTimeMs <= createdMs)
      .sort((a, b) => (a.stem < b.stem ? -1 : 1))
  );
}

/** Undefined where the object is no snapshot of ours. */
export function toSnapshot(object: ObjectResource): Snapshot | undefined {
  const name = object.name ?? '';
  const place = parseObjectName(name);
  const metadata = parseMetadata(name, object.metadata);
  if (place?.area !== 'snapshots' || !place.stem || !metadata) return undefined;
  return {
    ...metadata,
    stem: formatStem(place.stem),
    generation: String(object.generation),
    sizeBytes: Number(object.size),
    createdMs: Date.parse(object.timeCreated ?? ''),
  };
}
