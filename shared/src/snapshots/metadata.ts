// What a snapshot says of itself, as custom metadata of its object: written with the request that makes the
// object, so no snapshot exists without it, and with its own name in it, so that a copy is not taken for one.

/** Counted while the snapshot was written. */
export interface Counts {
  /** Documents of the source at the read time (for an upload: lines or elements). */
  documents: number;
  /** Lines of the object. */
  rows: number;
  /** Values that did not fit their column, in all rows; also those beyond the hundred that a row lists. */
  rowErrors: number;
  /** Values left out by `redact`. */
  redacted: number;
}

export interface SnapshotMetadata extends Counts {
  /** Of the object itself. */
  name: string;
  /** Milliseconds since 1970. */
  readTimeMs: number;
  allowEmpty: boolean;
  allowShrink: boolean;
  /** Digest of the columns it was written for. */
  schema: string;
}

const VERSION = '1';

/** All values are strings of at most a few dozen characters. */
export function formatMetadata(metadata: SnapshotMetadata): Record<string, string> {
  return {
    firesink: VERSION,
    name: metadata.name,
    documents: `${metadata.documents}`,
    rows: `${metadata.rows}`,
    rowErrors: `${metadata.rowErrors}`,
    redacted: `${metadata.redacted}`,
    readTime: new Date(metadata.readTimeMs).toISOString(),
    allowEmpty: `${metadata.allowEmpty}`,
    allowShrink: `${metadata.allowShrink}`,
    schema: metadata.schema,
  };
}

/** Undefined for metadata that is not ours, or is another object's (a copy). */
export function parseMetadata(
  objectName: string,
  custom: Readonly<Record<string, unknown>> | undefined,
): SnapshotMetadata | undefined {
  if (custom?.firesink !== VERSION || custom.name !== objectName) return undefined;
  const count = (key: string) => Number(custom[key]);
  const metadata: SnapshotMetadata = {
    name: objectName,
    documents: count('documents'),
    rows: count('rows'),
    rowErrors: count('rowErrors'),
    redacted: count('redacted'),
    readTimeMs: Date.parse(String(custom.readTime)),
    allowEmpty: custom.allowEmpty === 'true',
    allowShrink: custom.allowShrink === 'true',
    schema: String(custom.schema),
  };
  const numbers = [metadata.documents, metadata.rows, metadata.rowErrors, metadata.readTimeMs];
  return numbers.every(Number.isSafeInteger) ? metadata : undefined;
}
