// What firesink reads of Firestore's answers, the documents themselves aside. Field numbers: googleapis,
// google/firestore/v1 and google/firestore/admin/v1, as of November 2026.
import { fieldOf, fieldsOf, readTimestampMs } from './protobuf.ts';
import { COUNT } from './requests.ts';

/** Tag of `RunQueryResponse.document`, which comes first wherever it has been seen. */
const DOCUMENT_TAG = 0x0a;

/** A response may also carry nothing but how far the query has come. */
export const hasDocument = (buffer: Buffer, start: number, end: number): boolean =>
  buffer[start] === DOCUMENT_TAG || fieldOf(buffer.subarray(start, end), 1) !== undefined;

/** Of a `RunQueryResponse`; undefined if it has no document. */
export function documentNameIn(response: Buffer): string | undefined {
  const document = fieldOf(response, 1);
  return document && (fieldOf(document.bytes, 1)?.bytes.toString() ?? '');
}

/** Of a `RunAggregationQueryResponse`; undefined for one that only says how far the query has come. */
export function countIn(response: Buffer): number | undefined {
  const result = fieldOf(response, 1);
  if (!result) return undefined;
  for (const { number, bytes } of fieldsOf(result.bytes)) {
    const isCount = number === 2 && fieldOf(bytes, 1)?.bytes.toString() === COUNT;
    // An integer of 0 may be left out, its Value is there.
    if (isCount) return Number(fieldOf(fieldOf(bytes, 2)?.bytes ?? EMPTY, 2)?.varint ?? 0n);
  }
  return undefined;
}

export interface PartitionPageAnswer {
  /** Names at which the collection group may be cut. */
  names: string[];
  /** Empty after the last page. */
  nextPageToken: string;
}

/** Of a `PartitionQueryResponse`. */
export function partitionsIn(response: Buffer): PartitionPageAnswer {
  const names: string[] = [];
  let nextPageToken = '';
  for (const { number, bytes } of fieldsOf(response)) {
    if (number === 1) names.push(referenceIn(bytes));
    if (number === 2) nextPageToken = bytes.toString();
  }
  return { names, nextPageToken };
}

/** Of a `Cursor` over names: it has one value, a reference. */
const referenceIn = (cursor: Buffer): string =>
  fieldOf(fieldOf(cursor, 1)?.bytes ?? EMPTY, 5)?.bytes.toString() ?? '';

/** `Database.earliest_version_time`, in milliseconds since 1970. */
export function earliestVersionMsIn(database: Buffer): number | undefined {
  const time = fieldOf(database, 18);
  return time && readTimestampMs(time.bytes);
}

const EMPTY = Buffer.alloc(0);
