// jobs.insert, get, list, cancel over HTTP. What concerns results of queries is in query/.
import { ApiError, invalid, notServed } from './errors.ts';
import { type Call, page, queryInteger, type Reply, readObject } from './http.ts';
import { toJobListEntry, toJobResource } from './job-resource.ts';
import type { Jobs } from './jobs.ts';
import {
  type JsonMap,
  optionalBoolean,
  optionalLabels,
  optionalObject,
  optionalString,
} from './json-body.ts';
import { parseLoadConfig } from './load/load-config.ts';
import { type LoadServices, loadWork } from './load/load-job.ts';
import { parseLocation } from './location.ts';
import { insertQueryJob, type QueryServices } from './query/operations.ts';
import type { JobRecord, JobState } from './records.ts';
import { datasetKey } from './records.ts';
import type { Store } from './store.ts';

export interface JobServices extends LoadServices, QueryServices {}

export async function insertJob(
  services: JobServices,
  call: Call,
  project: string,
): Promise<Reply> {
  const body = await readObject(call);
  const configuration = optionalObject(body, 'configuration');
  const reference = optionalObject(body, 'jobReference') ?? {};
  if (configuration?.query !== undefined && configuration.query !== null) {
    return insertQueryJob(services, call, project, body);
  }
  const load = configuration && optionalObject(configuration, 'load');
  if (configuration === undefined || load === undefined) throw refuse(configuration ?? {});
  const labels = optionalLabels(configuration);
  if (optionalBoolean(configuration, 'dryRun')) throw notServed('dryRun of a load job');
  const config = parseLoadConfig(load);
  const { datasetId, project: owner } = config.destination;
  const given = optionalString(reference, 'location');
  const job = await services.jobs.insert({
    project,
    location: jobLocation(services.store, owner, datasetId, given),
    jobId: optionalString(reference, 'jobId'),
    configuration: {
      jobType: 'LOAD',
      load: { ...load, writeDisposition: config.writeDisposition },
      ...(labels === undefined ? {} : { labels }),
    },
    work: loadWork(services, config, load),
  });
  return { body: toJobResource(job, call.baseUrl) };
}

function refuse(configuration: JsonMap): ApiError {
  for (const kind of ['copy', 'extract']) {
    if (configuration[kind]) return notServed(`A ${kind} job`);
  }
  return new ApiError('required', 'Required parameter is missing: configuration.load or query');
}

/** A job runs where its dataset is; asked for elsewhere, the dataset is not there. */
function jobLocation(
  store: Store,
  project: string,
  datasetId: string,
  given: string | undefined,
): string {
  const dataset = store.dataset(project, datasetId);
  const location = given === undefined ? dataset.location : parseLocation(given);
  if (location === dataset.location) return location;
  throw new ApiError(
    'notFound',
    `Not found: Dataset ${datasetKey(project, datasetId)} was not found in location ${location}`,
  );
}

function findJob(jobs: Jobs, call: Call, project: string, jobId: string): JobRecord {
  const location = call.query.get('location');
  return jobs.get(project, jobId, location ? parseLocation(location) : undefined);
}

export const getJob = (jobs: Jobs, call: Call, project: string, jobId: string): Reply => ({
  body: toJobResource(findJob(jobs, call, project, jobId), call.baseUrl),
});

export async function cancelJob(
  jobs: Jobs,
  call: Call,
  project: string,
  jobId: string,
): Promise<Reply> {
  const job = findJob(jobs, call, project, jobId);
  jobs.cancel(job);
  return {
    body: { kind: 'bigquery#jobCancelResponse', job: toJobResource(job, call.baseUrl) },
  };
}

const STATES: Readonly<Record<string, JobState>> = {
  pending: 'PENDING',
  running: 'RUNNING',
  done: 'DONE',
};

/** Newest first. `allUsers` changes nothing: there is one user. */
export function listJobs(store: Store, call: Call, project: string): Reply {
  const states = call.query.getAll('stateFilter').map((word) => {
    const state = STATES[word.toLowerCase()];
    if (state === undefined) throw invalid(`Invalid value for stateFilter: ${word}`);
    return state;
  });
  if (call.query.get('parentJobId')) throw notServed('jobs.list by parentJobId');
  const since = queryInteger(call, 'minCreationTime') ?? 0;
  const until = queryInteger(call, 'maxCreationTime') ?? Number.POSITIVE_INFINITY;
  const jobs = [...store.jobs.values()]
    .filter((job) => job.project === project)
    .filter((job) => states.length === 0 || states.includes(job.state))
    .filter((job) => job.creationTimeMs >= since && job.creationTimeMs <= until)
    .sort((a, b) => b.sequence - a.sequence);
  const { items, nextPageToken } = page(call, jobs, 50);
  const full = call.query.get('projection')?.toLowerCase() === 'full';
  return {
    body: {
      kind: 'bigquery#jobList',
      etag: String(items.length),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      ...(items.length === 0
        ? {}
        : { jobs: items.map((job) => toJobListEntry(job, full, call.baseUrl)) }),
    },
  };
}
