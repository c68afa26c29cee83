// Which operation a request asks for. `/bigquery/v2` in front is optional: Node's client leaves it out
// where it was told of an emulator.
import {
  deleteDataset,
  getDataset,
  insertDataset,
  listDatasets,
  updateDataset,
} from './datasets.ts';
import { ApiError } from './errors.ts';
import type { Call, Reply } from './http.ts';
import { insertAll, type RecentInserts } from './insert-all.ts';
import { cancelJob, getJob, insertJob, type JobServices, listJobs } from './job-operations.ts';
import { getDiscovery, getServiceAccount, listProjects } from './projects.ts';
import { getQueryResults, runQuery } from './query/operations.ts';
import { listTableData } from './tabledata.ts';
import { deleteTable, getTable, insertTable, listTables, updateTable } from './tables.ts';

export interface Services extends JobServices {
  recent: RecentInserts;
}

type Handler = (
  services: Services,
  call: Call,
  ...ids: [string, string, string]
) => Reply | Promise<Reply>;

type Route = readonly [method: string, path: string, handler: Handler];

const D = '/projects/:/datasets';
const T = '/projects/:/datasets/:/tables';
const J = '/projects/:/jobs';

const ROUTES: readonly Route[] = [
  ['GET', '/$discovery/rest', (_services, call) => getDiscovery(call)],
  ['GET', '/discovery/v1/apis/bigquery/v2/rest', (_services, call) => getDiscovery(call)],
  ['GET', '/projects', ({ store }, call) => listProjects(store, call)],
  ['GET', '/projects/:/serviceAccount', (_services, _call, p) => getServiceAccount(p)],
  ['GET', D, ({ store }, call, p) => listDatasets(store, call, p)],
  ['POST', D, ({ store }, call, p) => insertDataset(store, call, p)],
  ['GET', `${D}/:`, ({ store }, call, p, d) => getDataset(store, call, p, d)],
  ['PATCH', `${D}/:`, ({ store }, call, p, d) => updateDataset(store, call, p, d)],
  ['PUT', `${D}/:`, ({ store }, call, p, d) => updateDataset(store, call, p, d)],
  ['DELETE', `${D}/:`, ({ store }, call, p, d) => deleteDataset(store, call, p, d)],
  ['GET', T, ({ store }, call, p, d) => listTables(store, call, p, d)],
  ['POST', T, ({ store }, call, p, d) => insertTable(store, call, p, d)],
  ['GET', `${T}/:`, ({ store }, call, p, d, t) => getTable(store, call, p, d, t)],
  ['PATCH', `${T}/:`, ({ store }, call, p, d, t) => updateTable(store, call, p, d, t)],
  ['PUT', `${T}/:`, ({ store }, call, p, d, t) => updateTable(store, call, p, d, t)],
  ['DELETE', `${T}/:`, ({ store }, _call, p, d, t) => deleteTable(store, p, d, t)],
  ['GET', `${T}/:/data`, ({ store }, call, p, d, t) => listTableData(store, call, p, d, t)],
  ['GET', J, ({ store }, call, p) => listJobs(store, call, p)],
  ['POST', J, (services, call, p) => insertJob(services, call, p)],
  ['POST', '/projects/:/queries', (services, call, p) => runQuery(services, call, p)],
  ['GET', '/projects/:/queries/:', (services, call, p, j) => getQueryResults(services, call, p, j)],
  [
    'POST',
    `${T}/:/insertAll`,
    ({ store, recent }, call, p, d, t) => insertAll(store, recent, call, p, d, t),
  ],
  ['GET', `${J}/:`, ({ jobs }, call, p, j) => getJob(jobs, call, p, j)],
  ['POST', `${J}/:/cancel`, ({ jobs }, call, p, j) => cancelJob(jobs, call, p, j)],
];

/** @throws {ApiError} 404 for what BigQuery has not, 501 for what only this stand-in has not */
export async function dispatch(services: Services, call: Call): Promise<Reply> {
  for (const [method, path, handler] of ROUTES) {
    const ids = method === call.method ? match(path, call.path) : undefined;
    if (ids === undefined) continue;
    const [first = '', second = '', third = ''] = ids;
    return handler(services, call, first, second, third);
  }
  throw unknownOperation(call);
}

/** The values of the path's `:`. */
function match(pattern: string, path: readonly string[]): string[] | undefined {
  const parts = pattern.split('/').slice(1);
  if (parts.length !== path.length) return undefined;
  const ids: string[] = [];
  for (const [index, part] of parts.entries()) {
    const segment = path[index] ?? '';
    if (part === ':' && segment !== '') ids.push(segment);
    else if (part !== segment) return undefined;
  }
  return ids;
}

/** What BigQuery has and this stand-in has not. */
const UNSERVED =
  /^(upload\/|projects\/[^/]+\/(datasets\/[^/]+\/(models|routines)|datasets\/[^/:]+:undelete|datasets\/[^/]+\/tables\/[^/]+(\/rowAccessPolicies|:[a-zA-Z]+)|jobs\/[^/]+\/delete))/;

function unknownOperation(call: Call): ApiError {
  const path = call.path.join('/');
  if (UNSERVED.test(path)) {
    return new ApiError(
      'notImplemented',
      `${call.method} /${path} is not served by firesink's local BigQuery stand-in`,
    );
  }
  return new ApiError('notFound', `Not Found: ${call.method} /${path}`);
}
