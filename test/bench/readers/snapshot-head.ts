import type { SnapshotHead } from '@firesink/shared/rows/encode.ts';

/** Of a snapshot that no bench stores. */
export const head = (project: string): SnapshotHead => ({
  slice: 4711,
  run: '20261123T230000.000Z',
  source: project,
  projectId: project,
  databaseId: '(default)',
  readTime: { seconds: 1_795_474_800n, nanos: 0 },
});
