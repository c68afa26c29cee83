// Every reason BigQuery gives, as the result of a job or as the answer to a request, and what follows from
// it: the one table of what is tried again, how patiently, and what only a person mends.
// Source: BigQuery "Error messages" (read 2026-08); delays: BigQuery quotas, "Load jobs", "Partitioned tables".

/** Milliseconds: the first delay, doubled from then on up to the longest. */
export interface Patience {
  first: number;
  longest: number;
}

export type Meaning =
  /** The snapshot, or the statement, cannot be taken as it is. */
  | { because: 'data' }
  /** The next attempt may succeed. */
  | { because: 'passing'; backOffMs: Patience; onlyOfJobs?: true }
  /** Another attempt helps only once somebody has done what the hint says. */
  | { because: 'final'; hint: string };

/** The service's own trouble is over in seconds. */
const TROUBLE = { because: 'passing', backOffMs: { first: 1_000, longest: 30_000 } } as const;
/** Limits count over ten seconds to a day, and failed jobs count as well. */
const LIMIT = { because: 'passing', backOffMs: { first: 5_000, longest: 300_000 } } as const;
const DATA: Meaning = { because: 'data' };

const giveUp = (hint: string): Meaning => ({ because: 'final', hint });

const RIGHTS = giveUp(
  'Give the account firesink runs as the role that the message names; the next run tries again',
);

const REASONS: Readonly<Record<string, Meaning>> = {
  accessDenied: RIGHTS,
  attributeError: DATA,
  backendError: TROUBLE,
  badRequest: DATA,
  billingNotEnabled: giveUp('Enable billing for the project; the next run tries again'),
  billingTierLimitExceeded: giveUp('Raise the billing tier of the project'),
  blocked: giveUp('Google has blocked the operation for a while: ask its support'),
  internalError: TROUBLE,
  invalid: DATA,
  invalidQuery: DATA,
  invalidUser: RIGHTS,
  jobBackendError: TROUBLE,
  jobInternalError: TROUBLE,
  jobRateLimitExceeded: LIMIT,
  // The table was there, or made, when the job was sent off, and its snapshot listed: dropped meanwhile, the
  // next attempt finds another. A request that finds nothing will not find it later.
  notFound: { ...TROUBLE, onlyOfJobs: true },
  notImplemented: DATA,
  proxyAuthenticationRequired: giveUp('Give the proxy its credentials; the next run tries again'),
  quotaExceeded: LIMIT,
  rateLimitExceeded: LIMIT,
  resourceInUse: TROUBLE,
  resourcesExceeded: LIMIT,
  responseTooLarge: DATA,
  stopped: TROUBLE,
  tableUnavailable: TROUBLE,
  timeout: TROUBLE,
};

/**
 * What follows for a job that failed for this reason. One that the table does not know is tried again:
 * nothing says that the snapshot is at fault.
 */
export const meaningOf = (reason: string): Meaning =>
  Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? TROUBLE) : TROUBLE;

/** Of a request's answer: whether the table says so itself. Several of these come with status 400 or 403. */
export function isKnownToPass(reason: string): boolean {
  const meaning = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return meaning?.because === 'passing' && !meaning.onlyOfJobs;
}
