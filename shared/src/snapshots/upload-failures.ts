// What can go wrong with an upload, who may try again, and what mends it.
import { FiresinkError, type Outcome } from '../errors.ts';
import { formatCrc32c } from './crc32c.ts';
import { type SessionTarget, StorageAnswer } from './resumable-session.ts';

/** HTTP statuses tried again here. Source: Cloud Storage, "Retry strategy". */
const TRANSIENT_STATUSES = new Set([408, 429, 500, 502, 503, 504]);

/** Everything but an answer that says no: a connection that broke says nothing about the upload. */
export function isTransient(error: unknown): boolean {
  if (error instanceof FiresinkError) return false;
  if (error instanceof StorageAnswer) return TRANSIENT_STATUSES.has(error.status);
  return !isAboutCredentials(error);
}

const isAboutCredentials = (error: unknown): boolean =>
  error instanceof Error && /default credentials|invalid_grant|private key/i.test(error.message);

interface Treatment {
  outcome: Outcome;
  code: string;
  hint: (bucketName: string) => string;
}

const ROLE = (bucketName: string) =>
  `Give the account firesink runs as the role roles/storage.objectUser on gs://${bucketName}`;

/** Opening a session. */
const TREATMENTS: Readonly<Record<number, Treatment>> = {
  401: {
    outcome: 'failed',
    code: 'access-denied',
    hint: () => 'Check the application default credentials',
  },
  403: { outcome: 'failed', code: 'access-denied', hint: ROLE },
  404: {
    outcome: 'failed',
    code: 'bucket-not-found',
    hint: (bucketName) => `Create gs://${bucketName}, or correct warehouse.bucket`,
  },
  412: {
    outcome: 'retry',
    code: 'precondition',
    hint: () => 'The object exists already, or was replaced meanwhile',
  },
};

const LOST: Treatment = {
  outcome: 'retry',
  code: 'upload-lost',
  hint: () => 'The object has to be written again from its beginning',
};
const REFUSED: Treatment = {
  outcome: 'failed',
  code: 'storage-refused',
  hint: () => 'Cloud Storage will not take this request however often it is sent',
};
const UNAVAILABLE: Treatment = {
  outcome: 'retry',
  code: 'storage-unavailable',
  hint: () => 'Try again later',
};

const where = ({ bucket, name }: SessionTarget) => `gs://${bucket.name}/${name}`;

function treatmentOf(error: unknown, inSession: boolean): Treatment {
  if (isAboutCredentials(error)) return TREATMENTS[401] ?? REFUSED;
  if (!(error instanceof StorageAnswer) || TRANSIENT_STATUSES.has(error.status)) return UNAVAILABLE;
  if (inSession && (error.status === 404 || error.status === 410)) return LOST;
  // The session was told the checksum and saw another one: no object came of it.
  if (inSession && error.status === 400 && /crc32c|checksum|hash/i.test(error.message)) {
    return { ...LOST, code: 'checksum' };
  }
  return TREATMENTS[error.status] ?? REFUSED;
}

/** @param session  whether a session was open: what is gone then is the session, not the bucket */
export function describeFailure(
  error: unknown,
  target: SessionTarget,
  { session }: { session: boolean },
): FiresinkError {
  if (error instanceof FiresinkError) return error;
  const { outcome, code, hint } = treatmentOf(error, session);
  return new FiresinkError({
    outcome,
    code,
    what: error instanceof Error ? error.message : String(error),
    where: where(target),
    hint: hint(target.bucket.name),
    cause: error,
  });
}

export function lost(target: SessionTarget, what: string): FiresinkError {
  const { outcome, code, hint } = LOST;
  return new FiresinkError({
    outcome,
    code,
    what,
    where: where(target),
    hint: hint(target.bucket.name),
  });
}

export interface Damage {
  sent: number;
  stored: number;
  sizeBytes: number;
  generation: string;
  /** Why the damaged generation could not be deleted, if it could not. */
  cause: unknown;
}

export function damaged(target: SessionTarget, damage: Damage): FiresinkError {
  const { sent, stored, sizeBytes, generation, cause } = damage;
  return new FiresinkError({
    outcome: 'retry',
    code: 'checksum',
    what: `${sizeBytes} bytes of CRC32C ${formatCrc32c(sent)} arrived as ${formatCrc32c(stored)}`,
    where: `${where(target)}#${generation}`,
    hint: cause === undefined ? 'It was deleted' : 'It could not be deleted',
    cause,
  });
}
