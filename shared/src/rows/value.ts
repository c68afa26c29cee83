// What a document holds, whoever sent it: Firestore's wire, a Kubernetes object, a line of an upload.

/** Seconds since 1970, UTC; `nanos` from 0 to 999,999,999 always count forward, also before 1970. */
export interface Timestamp {
  seconds: bigint;
  nanos: number;
}

/** Names and values in the order they were received. */
export type Fields = ReadonlyMap<string, Value>;

/**
 * Firestore's types, 64-bit integers and doubles kept apart.
 * A string may hold lone surrogates: they stand for what was no valid Unicode.
 */
export type Value =
  | { kind: 'null' }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'integer'; value: bigint }
  | { kind: 'double'; value: number }
  | { kind: 'timestamp'; seconds: bigint; nanos: number }
  | { kind: 'string'; value: string }
  | { kind: 'bytes'; value: Uint8Array }
  /** Full name, `projects/P/databases/D/documents/…`. */
  | { kind: 'reference'; value: string }
  | { kind: 'geopoint'; latitude: number; longitude: number }
  | { kind: 'array'; values: readonly Value[] }
  | { kind: 'map'; fields: Fields }
  | { kind: 'vector'; values: readonly number[] };
