// A discovery document of what is served: Google's `bq` builds its client from one before it does
// anything. Written for this stand-in; bodies are described as any JSON.
import type { JsonMap } from './json-body.ts';

interface Method {
  http: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** After `bigquery/v2/`; parameters in braces. */
  path: string;
  /** In the query; `name*` may be repeated. */
  query?: readonly string[];
  /** `bq` passes every job through the method that could upload a file. */
  takesMedia?: boolean;
}

const PROJECT = 'projects/{+projectId}';
const DATASETS = `${PROJECT}/datasets`;
const DATASET = `${DATASETS}/{+datasetId}`;
const TABLE = `${DATASET}/tables/{+tableId}`;
const JOB = `${PROJECT}/jobs/{+jobId}`;
const PAGE = ['maxResults', 'pageToken'];
const FORMAT = ['formatOptions.useInt64Timestamp', 'formatOptions.timestampOutputFormat'];

const RESOURCES: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  projects: {
    list: { http: 'GET', path: 'projects', query: PAGE },
    getServiceAccount: { http: 'GET', path: `${PROJECT}/serviceAccount` },
  },
  datasets: {
    list: { http: 'GET', path: DATASETS, query: [...PAGE, 'all', 'filter'] },
    get: { http: 'GET', path: DATASET, query: ['datasetView', 'accessPolicyVersion'] },
    insert: { http: 'POST', path: DATASETS, query: ['accessPolicyVersion'] },
    patch: { http: 'PATCH', path: DATASET, query: ['updateMode', 'accessPolicyVersion'] },
    update: { http: 'PUT', path: DATASET, query: ['updateMode', 'accessPolicyVersion'] },
    delete: { http: 'DELETE', path: DATASET, query: ['deleteContents'] },
  },
  tables: {
    list: { http: 'GET', path: `${DATASET}/tables`, query: PAGE },
    get: { http: 'GET', path: TABLE, query: ['selectedFields', 'view'] },
    insert: { http: 'POST', path: `${DATASET}/tables` },
    patch: { http: 'PATCH', path: TABLE, query: ['autodetect_schema'] },
    update: { http: 'PUT', path: TABLE, query: ['autodetect_schema'] },
    delete: { http: 'DELETE', path: TABLE },
  },
  tabledata: {
    list: {
      http: 'GET',
      path: `${TABLE}/data`,
      query: [...PAGE, 'startIndex', 'selectedFields', ...FORMAT],
    },
    insertAll: { http: 'POST', path: `${TABLE}/insertAll` },
  },
  jobs: {
    list: {
      http: 'GET',
      path: `${PROJECT}/jobs`,
      query: [
        ...PAGE,
        'allUsers',
        'projection',
        'stateFilter*',
        'minCreationTime',
        'maxCreationTime',
        'parentJobId',
      ],
    },
    get: { http: 'GET', path: JOB, query: ['location'] },
    insert: { http: 'POST', path: `${PROJECT}/jobs`, takesMedia: true },
    cancel: { http: 'POST', path: `${JOB}/cancel`, query: ['location'] },
    query: { http: 'POST', path: `${PROJECT}/queries` },
    getQueryResults: {
      http: 'GET',
      path: `${PROJECT}/queries/{+jobId}`,
      query: [...PAGE, 'location', 'startIndex', 'timeoutMs', ...FORMAT],
    },
  },
};

export function discoveryDocument(baseUrl: string): JsonMap {
  const resources = Object.entries(RESOURCES).map(([name, methods]) => {
    const described = Object.entries(methods).map(([method, definition]) => [
      method,
      describe(`bigquery.${name}.${method}`, definition),
    ]);
    return [name, { methods: Object.fromEntries(described) }];
  });
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'bigquery:v2',
    name: 'bigquery',
    version: 'v2',
    title: "firesink's local BigQuery stand-in",
    protocol: 'rest',
    rootUrl: `${baseUrl}/`,
    servicePath: 'bigquery/v2/',
    baseUrl: `${baseUrl}/bigquery/v2/`,
    basePath: '/bigquery/v2/',
    batchPath: 'batch/bigquery/v2',
    parameters: Object.fromEntries(
      ['alt', 'fields', 'key', 'prettyPrint', 'quotaUser', 'trace'].map((name) => [
        name,
        { type: 'string', location: 'query' },
      ]),
    ),
    schemas: { Any: { id: 'Any', type: 'object', additionalProperties: { type: 'any' } } },
    resources: Object.fromEntries(resources),
  };
}

function describe(id: string, { http, path, query = [], takesMedia }: Method): JsonMap {
  const upload = { multipart: true, path: `/upload/bigquery/v2/${path}` };
  const inPath = [...path.matchAll(/\{\+(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = Object.fromEntries([
    ...inPath.map((name) => [name, { type: 'string', location: 'path', required: true }]),
    ...query.map((name) => [
      name.replace('*', ''),
      { type: 'string', location: 'query', ...(name.endsWith('*') ? { repeated: true } : {}) },
    ]),
  ]);
  const hasBody = http === 'POST' || http === 'PUT' || http === 'PATCH';
  return {
    id,
    path,
    httpMethod: http,
    parameters,
    parameterOrder: inPath,
    ...(hasBody ? { request: { $ref: 'Any' } } : {}),
    ...(http === 'DELETE' ? {} : { response: { $ref: 'Any' } }),
    ...(takesMedia
      ? {
          supportsMediaUpload: true,
          mediaUpload: { accept: ['*/*'], protocols: { simple: upload, resumable: upload } },
        }
      : {}),
  };
}
