// What each of gRPC's codes means for a task: whether the call is made again here, how the task ends if
// not, and what mends it. Source: google.rpc.Code, and Firestore's "Error codes".
import { FiresinkError, type Outcome } from '../../errors.ts';
import { GrpcError, type GrpcName } from './grpc-status.ts';
import { type Database, databaseName, rootName } from './names.ts';

interface Treatment {
  /** Tried again at once, within the budget; the outcome is that of a spent budget. */
  transient: boolean;
  outcome: Outcome;
  code: string;
  hint: (source: Database) => string;
}

const later: Treatment = {
  transient: true,
  outcome: 'retry',
  code: 'firestore-unavailable',
  hint: () => 'Try again later',
};
const refused: Treatment = {
  transient: false,
  outcome: 'failed',
  code: 'firestore-refused',
  hint: () => 'Firestore will not take this request however often it is sent',
};
const role = ({ project }: Database) =>
  `Give the account firesink runs as the role roles/datastore.viewer on project ${project}`;

const TREATMENTS: Readonly<Record<GrpcName, Treatment>> = {
  CANCELLED: later,
  UNKNOWN: later,
  INVALID_ARGUMENT: refused,
  DEADLINE_EXCEEDED: later,
  NOT_FOUND: {
    transient: false,
    outcome: 'failed',
    code: 'database-not-found',
    hint: ({ project, database }) =>
      `Create the database ${database} in project ${project}, or correct project and database of the source`,
  },
  ALREADY_EXISTS: refused,
  PERMISSION_DENIED: { transient: false, outcome: 'failed', code: 'access-denied', hint: role },
  RESOURCE_EXHAUSTED: {
    ...later,
    code: 'firestore-quota',
    hint: ({ project }) =>
      `Look at the Firestore quotas of project ${project}; the task tries again later`,
  },
  FAILED_PRECONDITION: {
    ...refused,
    code: 'firestore-precondition',
    hint: () => 'Mend what the message names (an index to create, a database in another mode)',
  },
  ABORTED: later,
  OUT_OF_RANGE: refused,
  UNIMPLEMENTED: refused,
  INTERNAL: later,
  UNAVAILABLE: later,
  DATA_LOSS: refused,
  UNAUTHENTICATED: {
    transient: false,
    outcome: 'failed',
    code: 'access-denied',
    hint: () => 'Check the application default credentials',
  },
};

/** FAILED_PRECONDITION where the instant is no longer kept; the service has no word for it but its text. */
const EXPIRED: Treatment = {
  transient: false,
  outcome: 'expired',
  code: 'read-time-expired',
  hint: ({ project, database }) =>
    `The next run replaces it. To keep instants for 7 days: gcloud firestore databases update --database='${database}' --enable-pitr --project=${project}`,
};

/** INVALID_ARGUMENT where Firestore's clock is behind the one that named the run; it catches up by itself. */
const AHEAD: Treatment = {
  ...later,
  transient: false,
  code: 'run-ahead',
  hint: () => 'It is tried again until its time has come',
};

/** Milliseconds. Without point-in-time recovery, Firestore keeps versions for so long. */
export const KEPT_MS = 3_600_000;
/** Milliseconds by which our clock and the service's may differ. */
const CLOCK_SLACK_MS = 60_000;

/** Worth the same call again, or one that goes on where it stopped. */
export const isTransient = (error: unknown): boolean =>
  error instanceof GrpcError && TREATMENTS[error.status].transient;

export interface FailedCall {
  source: Database;
  /** Of what was read, e.g. `apis`; empty for the database itself. */
  what: string;
  readTimeMs: number;
  nowMs: number;
}

/** What is no error of gRPC's is handed back as it is: it came from whoever takes the documents. */
export function describeFailure(error: unknown, call: FailedCall): unknown {
  if (!(error instanceof GrpcError)) return error;
  const { outcome, code, hint } = meaningOf(error, call);
  return new FiresinkError({
    outcome,
    code,
    // The hint follows behind a full stop of ours.
    what: error.message.replace(/\.+$/, ''),
    where: whereOf(call),
    hint: hint(call.source),
    cause: error,
  });
}

const whereOf = ({ source, what }: FailedCall): string =>
  what === '' ? databaseName(source) : `${rootName(source)}/${what}`;

function meaningOf(error: GrpcError, call: FailedCall): Treatment {
  if (isTooOld(error, call)) return EXPIRED;
  const isAhead = error.status === 'INVALID_ARGUMENT' && /future/i.test(error.message);
  return isAhead ? AHEAD : TREATMENTS[error.status];
}

/** By age first: the wording has changed before (java-firestore, pull request 670). */
const isTooOld = ({ status, message }: GrpcError, { readTimeMs, nowMs }: FailedCall): boolean =>
  status === 'FAILED_PRECONDITION' &&
  (nowMs - readTimeMs > KEPT_MS - CLOCK_SLACK_MS || /too old/i.test(message));

export function expired(call: FailedCall, what: string): FiresinkError {
  const { outcome, code, hint } = EXPIRED;
  return new FiresinkError({
    outcome,
    code,
    what,
    where: whereOf(call),
    hint: hint(call.source),
  });
}
