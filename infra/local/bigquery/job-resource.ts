// A job as the API shows it.
import { etagOf } from './datasets.ts';
import type { JsonMap } from './json-body.ts';
import type { JobRecord } from './records.ts';
import { jobKey } from './store.ts';

const USER = 'local@firesink.invalid';

const times = (job: JobRecord): JsonMap => ({
  creationTime: String(job.creationTimeMs),
  ...(job.startTimeMs === undefined ? {} : { startTime: String(job.startTimeMs) }),
  ...(job.endTimeMs === undefined ? {} : { endTime: String(job.endTimeMs) }),
});

export function toJobResource(job: JobRecord, baseUrl: string): JsonMap {
  const { project, jobId, location } = job;
  return {
    kind: 'bigquery#job',
    etag: etagOf([job.sequence, job.state, job.endTimeMs]),
    id: jobKey(job),
    selfLink: `${baseUrl}/bigquery/v2/projects/${project}/jobs/${jobId}?location=${location}`,
    user_email: USER,
    configuration: job.configuration,
    jobReference: { projectId: project, jobId, location },
    statistics: {
      ...times(job),
      ...(job.state === 'DONE'
        ? { totalSlotMs: '0', finalExecutionDurationMs: duration(job) }
        : {}),
      ...job.statistics,
    },
    status: {
      state: job.state,
      ...(job.errorResult === undefined ? {} : { errorResult: job.errorResult }),
      ...(job.errors === undefined ? {} : { errors: job.errors }),
    },
    principal_subject: `user:${USER}`,
    jobCreationReason: { code: 'REQUESTED' },
  };
}

const duration = (job: JobRecord): string =>
  String((job.endTimeMs ?? 0) - (job.startTimeMs ?? job.creationTimeMs));

/** An entry of jobs.list. */
export function toJobListEntry(job: JobRecord, full: boolean, baseUrl: string): JsonMap {
  const { configuration, user_email, principal_subject, ...rest } = toJobResource(job, baseUrl);
  const { kind, id, jobReference, statistics, status } = rest;
  return {
    kind,
    id,
    jobReference,
    state: job.state,
    statistics,
    status,
    ...(job.errorResult === undefined ? {} : { errorResult: job.errorResult }),
    ...(full ? { configuration, user_email, principal_subject } : {}),
  };
}
