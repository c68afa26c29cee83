// The Content-Range of a resumable upload's request.
import { invalid } from './errors.ts';

export interface ContentRange {
  /** Offset of the request's first byte; absent where it only asks. */
  first?: number;
  /** Offset of its last byte; absent where the end of the body is the end of the object. */
  last?: number;
  /** Bytes of the whole object, where they are known. */
  total?: number;
}

/** A request without the header brings all of it. */
const WHOLE: ContentRange = { first: 0 };

// Node's client writes `bytes 0--1/0` for an empty object uploaded in chunks.
const RANGE = /^bytes (?:(?<first>\d+)-(?<last>\d+|-1|\*)|\*)\/(?<total>\d+|\*)$/;

/**
 * | header | means |
 * | --- | --- |
 * | `bytes 0-262143/*` | a chunk, more follow |
 * | `bytes 262144-307209/307210` | the last chunk |
 * | `bytes 262144-* /*`, without the blank | all that is left, its end unknown |
 * | `bytes *` `/*` | how much is there? |
 * | `bytes * /307210`, without the blank | is that all? then it is complete |
 *
 * @throws {StorageError} 400
 */
export function parseContentRange(text: string | undefined): ContentRange {
  if (text === undefined) return WHOLE;
  const groups = RANGE.exec(text)?.groups;
  if (groups === undefined) throw invalid(`Failed to parse Content-Range header: ${text}`);
  return {
    ...numeric('first', groups.first),
    ...numeric('last', groups.last),
    ...numeric('total', groups.total),
  };
}

const numeric = (name: string, digits: string | undefined): Record<string, number> =>
  digits === undefined || digits === '*' ? {} : { [name]: Number(digits) };
