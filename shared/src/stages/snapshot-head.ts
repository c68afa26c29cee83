import type { FirestoreSource } from '../config/environment.ts';
import type { SnapshotHead } from '../rows/encode.ts';

/** What all rows of a snapshot have in common. @param readTimeMs  milliseconds since 1970 */
export const snapshotHead = (
  { name, slice, project, database }: FirestoreSource,
  run: string,
  readTimeMs: number,
): SnapshotHead => ({
  slice,
  run,
  source: name,
  projectId: project,
  databaseId: database,
  readTime: {
    seconds: BigInt(Math.floor(readTimeMs / 1000)),
    nanos: (readTimeMs % 1000) * 1_000_000,
  },
});
