// Cloud Storage's own words for what goes wrong, as the JSON API sent them in 2025 and 2026 (seen in
// clients' issue threads and their recorded answers). Clients decide by status and `reason`, people read
// `message`; both are kept as the service writes them.

interface Details {
  status: number;
  reason: string;
  message: string;
  /** Which request field the complaint is about, where the service says so. */
  location?: { locationType: 'header' | 'parameter'; location: string };
  /** The service answers a few errors, and every failed download, as bare text instead of JSON. */
  asText?: boolean;
  headers?: Record<string, string>;
}

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly status: number;
  readonly reason: string;
  readonly location: Details['location'];
  readonly asText: boolean;
  readonly headers: Record<string, string>;

  constructor({ status, reason, message, location, asText = false, headers = {} }: Details) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.location = location;
    this.asText = asText;
    this.headers = headers;
  }

  /** `{"error":{"code":404,"message":"…","errors":[{"message":"…","domain":"global","reason":"notFound"}]}}` */
  toJSON(): unknown {
    const { status: code, message, reason, location } = this;
    return {
      error: { code, message, errors: [{ message, domain: 'global', reason, ...location }] },
    };
  }
}

export const invalid = (message: string) =>
  new StorageError({ status: 400, reason: 'invalid', message });

export const required = (parameter: string) =>
  new StorageError({
    status: 400,
    reason: 'required',
    message: `Required parameter: ${parameter}`,
    location: { locationType: 'parameter', location: parameter },
  });

export const parseError = (message = 'Parse Error') =>
  new StorageError({ status: 400, reason: 'parseError', message });

export const noSuchBucket = () =>
  new StorageError({
    status: 404,
    reason: 'notFound',
    message: 'The specified bucket does not exist.',
  });

export const noSuchObject = (bucket: string, name: string) =>
  new StorageError({
    status: 404,
    reason: 'notFound',
    message: `No such object: ${bucket}/${name}`,
  });

export const noSuchSource = (name: string, generation = 0) =>
  new StorageError({
    status: 404,
    reason: 'notFound',
    message: `Object ${name} (generation: ${generation}) not found.`,
  });

export const noSuchNotification = (id: string) =>
  new StorageError({
    status: 404,
    reason: 'notFound',
    message: `Notification ${id} not found.`,
  });

export const noSuchUpload = () =>
  new StorageError({
    status: 404,
    reason: 'notFound',
    message: 'The resumable upload session does not exist or has ended. Start a new upload.',
  });

export const notFound = () =>
  new StorageError({ status: 404, reason: 'notFound', message: 'Not Found', asText: true });

export const conflict = (message: string) =>
  new StorageError({ status: 409, reason: 'conflict', message });

export const conditionNotMet = () =>
  new StorageError({
    status: 412,
    reason: 'conditionNotMet',
    message: 'At least one of the pre-conditions you specified did not hold.',
    location: { locationType: 'header', location: 'If-Match' },
  });

export const notModified = () =>
  new StorageError({ status: 304, reason: 'notModified', message: '', asText: true });

export const rangeNotSatisfiable = (size: number) =>
  new StorageError({
    status: 416,
    reason: 'requestedRangeNotSatisfiable',
    message: 'The requested range cannot be satisfied.',
    asText: true,
    headers: { 'content-range': `bytes */${size}` },
  });

export const hashMismatch = (name: 'CRC32C' | 'MD5 hash', provided: string, calculated: string) =>
  invalid(`Provided ${name} "${provided}" doesn't match calculated ${name} "${calculated}".`);

// Text, not JSON: Google's clients tell a lost chunk from a passing 503 by the content type.
export const uploadGap = (offset: number, uploaded: number) =>
  new StorageError({
    status: 503,
    reason: 'backendError',
    message: `Invalid request.  According to the Content-Range header, the upload offset is ${offset} byte(s), which exceeds already uploaded size of ${uploaded} byte(s).`,
    asText: true,
  });

export const uploadLength = (sent: number, expected: number, first: number, last: number) =>
  new StorageError({
    status: 400,
    reason: 'badContent',
    message: `Invalid request.  There were ${sent} byte(s) in the request body.  There should have been ${expected} byte(s) (starting at offset ${first} and ending at offset ${last}) according to the Content-Range header.`,
    asText: true,
  });

/**
 * For what the real service does and this stand-in does not: never a wrong answer instead. Not 501, which
 * gcloud tries again for half a minute.
 */
export const notServed = (what: string) =>
  new StorageError({
    status: 400,
    reason: 'notImplemented',
    message: `${what} is not served by firesink's local Cloud Storage. What is served: infra/local/storage/README.md.`,
  });
