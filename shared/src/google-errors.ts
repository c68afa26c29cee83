// What an error of Google's clients means for a task. REST clients (Cloud Storage, BigQuery) carry an HTTP
// status in `code`, gRPC clients (Pub/Sub) a gRPC status; the two ranges do not meet.
import { isKnownToPass } from './bigquery-reasons.ts';
import { FiresinkError, type Outcome } from './errors.ts';

interface Meaning {
  outcome: Outcome;
  code: string;
  hint?: string;
}

const DENIED: Meaning = {
  outcome: 'failed',
  code: 'access-denied',
  hint: 'Give the account firesink runs as the role that the message names; the next run tries again',
};
const MISSING: Meaning = {
  outcome: 'failed',
  code: 'not-found',
  hint: 'Create it, or correct the configuration; the next run tries again',
};
const REFUSED: Meaning = { outcome: 'failed', code: 'bad-request' };
const PASSING: Meaning = { outcome: 'retry', code: 'unavailable' };

/** Sources: google.rpc.Code; Cloud Storage "HTTP status and error codes"; BigQuery "Error messages". */
const BY_CODE: Readonly<Record<number, Meaning>> = {
  3: REFUSED,
  5: MISSING,
  7: DENIED,
  16: DENIED,
  400: REFUSED,
  401: DENIED,
  403: DENIED,
  404: MISSING,
};

/** Anything that is no FiresinkError yet as one: final where Google says so, else worth another try. */
export function toFiresinkError(error: unknown, where?: string): FiresinkError {
  if (error instanceof FiresinkError) return error;
  const { outcome, code, hint } = isPassingReason(error)
    ? PASSING
    : (BY_CODE[statusOf(error) ?? Number.NaN] ?? PASSING);
  return new FiresinkError({
    outcome,
    code,
    what: error instanceof Error ? error.message : String(error),
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** @param status  HTTP's or gRPC's, e.g. 404 */
export const isStatus = (error: unknown, status: number): boolean => statusOf(error) === status;

function statusOf(error: unknown): number | undefined {
  const code = property(error, 'code');
  return typeof code === 'number' ? code : undefined;
}

function isPassingReason(error: unknown): boolean {
  const errors = property(error, 'errors');
  return (
    Array.isArray(errors) && errors.some((each) => isKnownToPass(String(property(each, 'reason'))))
  );
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
