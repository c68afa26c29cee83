// The stem of a snapshot's name, which is also what its rows carry as `_run`: the run, and for what came
// from an upload the upload's mark: 20261123T230000.000Z_upload_0f3a9c21d4e5.
import { createHash } from 'node:crypto';
import { formatRun, parseRun } from './run.ts';

const STEM = /^(?<run>[^_]+)(?:_upload_(?<upload>[0-9a-f]{12}))?$/;

export interface Stem {
  /** The instant of the snapshot; of an upload the moment it was finalized. Milliseconds since 1970. */
  runMs: number;
  /** 12 hexadecimal digits, `uploadMark` of the uploaded object. */
  upload?: string;
}

export function formatStem({ runMs, upload }: Stem): string {
  return upload === undefined ? formatRun(runMs) : `${formatRun(runMs)}_upload_${upload}`;
}

/** Undefined for any text that `formatStem` would not write. */
export function parseStem(stem: string): Stem | undefined {
  const { run = '', upload } = STEM.exec(stem)?.groups ?? {};
  const runMs = parseRun(run);
  if (runMs === undefined) return undefined;
  return upload === undefined ? { runMs } : { runMs, upload };
}

/**
 * Marks the snapshot made of an upload: two files of the same moment do not meet, the same file twice does.
 * @param name  of the uploaded object, e.g. `uploads/firestore/orders-dev/apis/by-hand.json`
 * @param generation  as Cloud Storage writes it, digits
 */
export function uploadMark(name: string, generation: string): string {
  return createHash('sha256').update(`${name}#${generation}`).digest('hex').slice(0, 12);
}
