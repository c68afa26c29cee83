// Queries over HTTP: jobs.insert with a query, jobs.query, jobs.getQueryResults, and dry runs.
import { parseTimestampFormat, type TimestampFormat } from '../cells.ts';
import { etagOf } from '../datasets.ts';
import { ApiError, invalid, type Reason } from '../errors.ts';
import { type Call, formatPageToken, queryInteger, type Reply, readObject } from '../http.ts';
import { toJobResource } from '../job-resource.ts';
import type { Jobs } from '../jobs.ts';
import {
  isObject,
  type JsonMap,
  optionalBoolean,
  optionalInteger,
  optionalLabels,
  optionalObject,
  optionalString,
} from '../json-body.ts';
import { parseLocation } from '../location.ts';
import { ANONYMOUS_DATASET, type JobRecord, physicalName } from '../records.ts';
import type { Store } from '../store.ts';
import { readRows, startIndex } from '../tabledata.ts';
import { normalizeJsonCells } from './json-cells.ts';
import { parseQueryConfig } from './query-config.ts';
import type { Results } from './results.ts';
import {
  bytesOf,
  locationOf,
  type PreparedQuery,
  prepareQuery,
  queryWork,
  resultTable,
  toQueryFailure,
} from './run-query.ts';

export interface QueryServices {
  store: Store;
  jobs: Jobs;
  results: Results;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 200_000;

/** `configuration.query` of jobs.insert. */
export async function insertQueryJob(
  services: QueryServices,
  call: Call,
  project: string,
  body: JsonMap,
): Promise<Reply> {
  const configuration = optionalObject(body, 'configuration') ?? {};
  const query = optionalObject(configuration, 'query') ?? {};
  const reference = optionalObject(body, 'jobReference') ?? {};
  const location = optionalString(reference, 'location');
  const request = {
    project,
    query,
    location: location && parseLocation(location),
    labels: optionalLabels(configuration),
  };
  if (optionalBoolean(configuration, 'dryRun')) {
    return { body: await dryRunResource(services, request, call.baseUrl) };
  }
  const job = await submit(services, request, optionalString(reference, 'jobId'));
  return { body: toJobResource(job, call.baseUrl) };
}

interface QueryRequest {
  project: string;
  /** As `configuration.query`. */
  query: JsonMap;
  location: string | undefined;
  labels: Record<string, string> | undefined;
}

async function submit(
  { store, jobs, results }: QueryServices,
  { project, query, location, labels }: QueryRequest,
  jobId: string | undefined,
): Promise<JobRecord> {
  const config = parseQueryConfig(query, project);
  return jobs.insert({
    project,
    location: location ?? locationOf(store, config, project) ?? 'US',
    jobId,
    configuration: {
      jobType: 'QUERY',
      query: { priority: 'INTERACTIVE', useLegacySql: false, ...query },
      ...(labels === undefined ? {} : { labels }),
    },
    work: queryWork(store, results, config, query),
  });
}

async function checkDryRun(
  { store }: QueryServices,
  { project, query, location }: QueryRequest,
): Promise<{ prepared: PreparedQuery; bytes: string; location: string }> {
  const config = parseQueryConfig(query, project);
  const prepared = prepareQuery(store, config, { project, location });
  try {
    await store.database.run(`EXPLAIN ${prepared.statement.sql}`);
  } catch (error) {
    throw toQueryFailure(error);
  }
  const where = location ?? locationOf(store, config, project) ?? 'US';
  return { prepared, bytes: String(await bytesOf(store, prepared)), location: where };
}

async function dryRunResource(
  services: QueryServices,
  request: QueryRequest,
  baseUrl: string,
): Promise<JsonMap> {
  const { prepared, bytes, location } = await checkDryRun(services, request);
  const { statement } = prepared;
  const now = services.store.clock();
  const resource = toJobResource(
    {
      sequence: 0,
      project: request.project,
      location,
      jobId: '',
      state: 'DONE',
      configuration: { jobType: 'QUERY', dryRun: true, query: request.query },
      creationTimeMs: now,
      statistics: {
        totalBytesProcessed: bytes,
        query: {
          statementType: statement.kind === 'select' ? 'SELECT' : statement.verb,
          totalBytesProcessed: bytes,
          totalBytesBilled: '0',
          cacheHit: false,
          ...(statement.kind === 'select' ? { schema: { fields: statement.fields } } : {}),
        },
      },
    },
    baseUrl,
  );
  return { ...resource, jobReference: { projectId: request.project, location } };
}

const NOT_CONFIGURATION = new Set([
  'kind',
  'timeoutMs',
  'dryRun',
  'labels',
  'location',
  'maxResults',
  'formatOptions',
  'requestId',
  'jobCreationMode',
  'jobTimeoutMs',
  'writeIncrementalResults',
  'preserveNulls',
]);

/** jobs.query: waits for the result, and sends the first page with it. */
export async function runQuery(
  services: QueryServices,
  call: Call,
  project: string,
): Promise<Reply> {
  const body = await readObject(call);
  const location = optionalString(body, 'location');
  const query = Object.fromEntries(
    Object.entries(body).filter(([name]) => !NOT_CONFIGURATION.has(name)),
  );
  const request = {
    project,
    query,
    location: location && parseLocation(location),
    labels: optionalLabels(body),
  };
  if (optionalBoolean(body, 'dryRun')) return { body: await dryRunAnswer(services, request) };
  const job = await services.jobs.once(optionalString(body, 'requestId'), () =>
    submit(services, request, undefined),
  );
  const timeoutMs = Math.min(
    optionalInteger(body, 'timeoutMs') ?? DEFAULT_TIMEOUT_MS,
    MAX_TIMEOUT_MS,
  );
  await services.jobs.wait(job, timeoutMs);
  const format = isObject(body.formatOptions) ? body.formatOptions : {};
  const answer = await toAnswer(services, job, {
    start: 0,
    maxResults: optionalInteger(body, 'maxResults'),
    timestamps: parseTimestampFormat((name) => format[name]),
  });
  return { body: { ...answer, kind: 'bigquery#queryResponse' } };
}

async function dryRunAnswer(services: QueryServices, request: QueryRequest): Promise<JsonMap> {
  const { prepared, bytes, location } = await checkDryRun(services, request);
  const { statement } = prepared;
  return {
    kind: 'bigquery#queryResponse',
    ...(statement.kind === 'select' ? { schema: { fields: statement.fields } } : {}),
    jobReference: { projectId: request.project, location },
    totalBytesProcessed: bytes,
    jobComplete: true,
    cacheHit: false,
  };
}

export async function getQueryResults(
  services: QueryServices,
  call: Call,
  project: string,
  jobId: string,
): Promise<Reply> {
  const location = call.query.get('location');
  const job = services.jobs.get(project, jobId, location ? parseLocation(location) : undefined);
  if (job.configuration.jobType !== 'QUERY') {
    throw invalid(`Cannot retrieve results of a job that is no query: ${jobId}`);
  }
  const timeoutMs = queryInteger(call, 'timeoutMs') ?? DEFAULT_TIMEOUT_MS;
  await services.jobs.wait(job, Math.min(timeoutMs, MAX_TIMEOUT_MS));
  const answer = await toAnswer(services, job, {
    start: startIndex(call),
    maxResults: queryInteger(call, 'maxResults'),
    timestamps: parseTimestampFormat(
      (name) => call.query.get(`formatOptions.${name}`) ?? undefined,
    ),
  });
  return {
    body: {
      ...answer,
      kind: 'bigquery#getQueryResultsResponse',
      etag: etagOf([jobId, answer.pageToken]),
    },
  };
}

/** @see docs "Error messages", jobBackendError and jobInternalError */
const JOB_REASONS: Partial<Record<Reason, Reason>> = {
  backendError: 'jobBackendError',
  internalError: 'jobInternalError',
};

interface PageOptions {
  start: number;
  maxResults: number | undefined;
  timestamps: TimestampFormat;
}

async function toAnswer(
  { store }: QueryServices,
  job: JobRecord,
  { start, maxResults, timestamps }: PageOptions,
): Promise<JsonMap> {
  const { project, jobId, location } = job;
  const jobReference = { projectId: project, jobId, location };
  if (job.state !== 'DONE') return { jobReference, jobComplete: false };
  if (job.errorResult !== undefined) {
    const { reason, message, location: where } = job.errorResult;
    throw new ApiError(
      JOB_REASONS[reason] ?? reason,
      message,
      where === undefined ? {} : { location: where },
    );
  }
  const statistics = isObject(job.statistics.query) ? job.statistics.query : {};
  const common = {
    jobReference,
    jobComplete: true,
    cacheHit: false,
    totalBytesProcessed: String(statistics.totalBytesProcessed ?? '0'),
  };
  const fields = job.resultFields;
  if (fields === undefined) {
    return {
      ...common,
      totalRows: '0',
      numDmlAffectedRows: String(statistics.numDmlAffectedRows ?? '0'),
    };
  }
  const query = isObject(job.configuration.query) ? job.configuration.query : {};
  const table = resultTable(
    store,
    isObject(query.destinationTable) ? query.destinationTable : undefined,
  );
  return store.database.transaction(async (snapshot) => {
    const { rows: counted } = await snapshot.run(`SELECT count(*) FROM ${physicalName(table)}`);
    const total = Number(counted[0]?.[0] ?? 0);
    const rows = await readRows(
      table,
      { fields, start, maxResults: maxResults ?? 100_000, timestamps },
      snapshot,
    );
    const end = start + rows.length;
    const shown = table.datasetId === ANONYMOUS_DATASET ? normalizeJsonCells(fields, rows) : rows;
    return {
      ...common,
      schema: { fields },
      totalRows: String(total),
      ...(end < total && maxResults !== 0 ? { pageToken: formatPageToken(end) } : {}),
      ...(rows.length > 0 ? { rows: shown } : {}),
    };
  });
}
