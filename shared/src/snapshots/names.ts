// Names in the bucket, beyond what messages speak of (messages/object-name.ts):
//   <folder>/<stem>.ndjson                         a snapshot
//   parts/<name of the snapshot>/<nnnn>.ndjson     what its readers write before it is composed
import { type Folder, formatFolder } from '../messages/object-name.ts';

export const formatSnapshotName = (folder: Folder, stem: string): string =>
  `${formatFolder(folder)}${stem}.ndjson`;

export const formatPartsFolder = (snapshotName: string): string => `parts/${snapshotName}/`;

export const formatPartName = (snapshotName: string, index: number): string =>
  `${formatPartsFolder(snapshotName)}${index.toString().padStart(4, '0')}.ndjson`;
