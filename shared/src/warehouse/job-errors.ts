// Why a job failed, and what follows from it. Source: BigQuery "Error messages" (reason → meaning).
import type { JobState } from './chain.ts';

type Because = Extract<JobState, { state: 'failed' }>['because'];

const BECAUSE: Readonly<Record<string, Because>> = {
  invalid: 'data',
  invalidQuery: 'data',
  accessDenied: 'final',
  billingNotEnabled: 'final',
  blocked: 'final',
  notFound: 'final',
  backendError: 'passing',
  internalError: 'passing',
  jobBackendError: 'passing',
  jobInternalError: 'passing',
  jobRateLimitExceeded: 'passing',
  quotaExceeded: 'passing',
  rateLimitExceeded: 'passing',
  resourceInUse: 'passing',
  resourcesExceeded: 'passing',
  stopped: 'passing',
  tableUnavailable: 'passing',
  timeout: 'passing',
};

/** A reason this table does not know is tried again: nothing says that the snapshot is at fault. */
export const becauseOf = (reason: string): Because => BECAUSE[reason] ?? 'passing';
