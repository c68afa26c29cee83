// The jobs that move slices on: their ids, what they do, and what has become of them.
import type { BigQuery } from '@google-cloud/bigquery';
import { meaningOf, type Patience } from '../bigquery-reasons.ts';
import type { FiresinkError } from '../errors.ts';
import { isStatus, toFiresinkError } from '../google-errors.ts';
import { type JobState, type Link, NONE } from './chain.ts';
import { hashSlice, type SliceAddress } from './slice.ts';

/** BigQuery's resource of a job, as far as we look at it. */
interface JobResource {
  configuration?: { labels?: Record<string, string> };
  status?: {
    state?: string;
    errorResult?: { reason?: string; message?: string };
    errors?: { message?: string }[];
  };
  statistics?: {
    load?: { outputRows?: string };
    query?: { numDmlAffectedRows?: string };
  };
}

/**
 * `firesink_<hash of the slice>_<from>_<attempt>`: only one job can ever follow `from`. A job's id holds
 * letters, digits, `_` and `-` only, so the stem's point is written `_`.
 */
export const formatJobId = (address: SliceAddress, { from, attempt }: Link): string =>
  `firesink_${hashSlice(address)}_${from.replaceAll('.', '_')}_${attempt}`;

/** Labels hold lower-case letters, digits, `_` and `-`; a stem has none that lower case would merge. */
export const formatTargetLabel = (stem: string): string => stem.toLowerCase().replaceAll('.', '-');

export const parseTargetLabel = (label: string): string =>
  label === NONE ? NONE : label.replace('-', '.').replace('t', 'T').replace('z', 'Z');

/** What a failed job says of the attempts after it. */
export type SeenJob = JobState & { backOffMs?: Patience };

/** @throws as the client does, but for a job that does not exist */
export async function getJob(bigquery: BigQuery, jobId: string): Promise<SeenJob> {
  try {
    const location = bigquery.location;
    const [resource] = await bigquery.job(jobId, location ? { location } : {}).getMetadata();
    return readJob(resource as JobResource);
  } catch (error) {
    if (isStatus(error, 404)) return { state: 'absent' };
    throw error;
  }
}

function readJob({ configuration, status, statistics }: JobResource): SeenJob {
  if (status?.state !== 'DONE') return { state: 'running' };
  const target = parseTargetLabel(configuration?.labels?.firesink_run ?? '');
  const { errorResult } = status;
  // `errors` may hold warnings of a job that did its work; only `errorResult` says that it failed.
  if (errorResult) {
    const { reason = '' } = errorResult;
    const lines = [errorResult, ...(status.errors ?? [])].map(({ message }) => message ?? reason);
    const error = [...new Set(lines)].slice(0, 5).join(' ');
    return { state: 'failed', target, error, ...meaningOf(reason) };
  }
  const expected = Number(configuration?.labels?.firesink_rows);
  const rows = expected === 0 ? 0 : Number(statistics?.load?.outputRows ?? 0);
  return { state: 'succeeded', target, rows, complete: rows === expected };
}

export interface JobRequest {
  jobId: string;
  target: string;
  rows: number;
  /** `load` or `query` of BigQuery's JobConfiguration. */
  configuration: object;
}

/**
 * @returns once the job exists or it is unclear whether it does, and then why; by whose hand, the walk finds out
 * @throws {FiresinkError} failed, where BigQuery refuses the request itself
 */
export async function insertJob(
  bigquery: BigQuery,
  { jobId, target, rows, configuration }: JobRequest,
): Promise<FiresinkError | undefined> {
  const labels = { firesink_run: formatTargetLabel(target), firesink_rows: `${rows}` };
  try {
    // Only a top-level jobId is kept by the client; one inside jobReference would be replaced silently.
    await bigquery.createJob({ jobId, configuration: { ...configuration, labels } });
    return undefined;
  } catch (error) {
    if (isStatus(error, 409)) return undefined;
    const known = toFiresinkError(error, `job ${jobId}`);
    if (known.outcome !== 'retry') throw known;
    return known;
  }
}
