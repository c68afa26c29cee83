// datasets.*
import { createHash } from 'node:crypto';
import { ApiError, duplicate, invalid } from './errors.ts';
import { type Call, page, type Reply, readObject } from './http.ts';
import {
  type JsonMap,
  optionalInteger,
  optionalLabels,
  optionalObject,
  optionalString,
} from './json-body.ts';
import { parseLocation } from './location.ts';
import { type DatasetRecord, datasetKey, describeTable } from './records.ts';
import type { Store } from './store.ts';

const DATASET_ID = /^[A-Za-z0-9_]{1,1024}$/;

export async function insertDataset(store: Store, call: Call, project: string): Promise<Reply> {
  const body = await readObject(call);
  const reference = optionalObject(body, 'datasetReference') ?? {};
  const datasetId = optionalString(reference, 'datasetId');
  if (datasetId === undefined) throw new ApiError('required', 'Dataset reference is missing');
  if (!DATASET_ID.test(datasetId)) {
    throw invalid(
      `Invalid dataset ID "${datasetId}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
  }
  const key = datasetKey(project, datasetId);
  if (store.datasets.has(key)) throw duplicate(`Dataset ${key}`);
  const now = store.clock();
  const dataset: DatasetRecord = {
    project,
    datasetId,
    location: parseLocation(optionalString(body, 'location') ?? 'US'),
    labels: {},
    creationTimeMs: now,
    lastModifiedMs: now,
  };
  applyBody(dataset, body);
  // Reserved before the first await: of two inserts one must lose.
  store.datasets.set(key, dataset);
  await store.saveDataset(dataset);
  return { body: toResource(dataset, call) };
}

/** patch and update differ only in what happens to properties that are not sent. */
export async function updateDataset(
  store: Store,
  call: Call,
  project: string,
  datasetId: string,
): Promise<Reply> {
  const body = await readObject(call);
  const current = store.dataset(project, datasetId);
  const location = optionalString(body, 'location');
  if (location !== undefined && parseLocation(location) !== current.location) {
    throw invalid('Cannot change dataset location');
  }
  const dataset = { ...current, lastModifiedMs: store.clock() };
  if (call.method === 'PUT') {
    dataset.labels = {};
    delete dataset.friendlyName;
    delete dataset.description;
    delete dataset.defaultTableExpirationMs;
  }
  applyBody(dataset, body);
  await store.saveDataset(dataset);
  return { body: toResource(dataset, call) };
}

function applyBody(dataset: DatasetRecord, body: JsonMap): void {
  for (const name of ['friendlyName', 'description'] as const) {
    if (body[name] === null) delete dataset[name];
    const value = optionalString(body, name);
    if (value !== undefined) dataset[name] = value;
  }
  if ('labels' in body) dataset.labels = mergeLabels(dataset.labels, body);
  const expirationMs = optionalInteger(body, 'defaultTableExpirationMs');
  if (body.defaultTableExpirationMs === null) delete dataset.defaultTableExpirationMs;
  if (expirationMs !== undefined) dataset.defaultTableExpirationMs = String(expirationMs);
  if (Array.isArray(body.access)) dataset.access = body.access;
}

/** A label sent as null is taken away. */
export function mergeLabels(labels: Record<string, string>, body: JsonMap): Record<string, string> {
  const merged = { ...labels, ...optionalLabels(body) };
  for (const [key, value] of Object.entries(optionalObject(body, 'labels') ?? {})) {
    if (value === null) delete merged[key];
  }
  return merged;
}

export const getDataset = (
  store: Store,
  call: Call,
  project: string,
  datasetId: string,
): Reply => ({
  body: toResource(store.dataset(project, datasetId), call),
});

export function listDatasets(store: Store, call: Call, project: string): Reply {
  const datasets = [...store.datasets.values()]
    .filter((dataset) => dataset.project === project)
    .sort((a, b) => (a.datasetId < b.datasetId ? -1 : 1));
  const { items, nextPageToken } = page(call, datasets, 1000);
  return {
    body: {
      kind: 'bigquery#datasetList',
      etag: etagOf(items),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      ...(items.length === 0 ? {} : { datasets: items.map(toListEntry) }),
    },
  };
}

export async function deleteDataset(
  store: Store,
  call: Call,
  project: string,
  datasetId: string,
): Promise<Reply> {
  const dataset = store.dataset(project, datasetId);
  const tables = store.tablesOf(project, datasetId);
  if (tables.length > 0 && call.query.get('deleteContents') !== 'true') {
    throw new ApiError(
      'resourceInUse',
      `Dataset ${datasetKey(project, datasetId)} is still in use`,
    );
  }
  for (const table of tables) {
    await store.writers.run(describeTable(table), () => store.deleteTable(table));
  }
  await store.deleteDataset(dataset);
  return {};
}

export const etagOf = (value: unknown): string =>
  createHash('md5').update(JSON.stringify(value)).digest('base64');

const toListEntry = (dataset: DatasetRecord): JsonMap => ({
  kind: 'bigquery#dataset',
  id: datasetKey(dataset.project, dataset.datasetId),
  datasetReference: { datasetId: dataset.datasetId, projectId: dataset.project },
  ...(Object.keys(dataset.labels).length > 0 ? { labels: dataset.labels } : {}),
  ...(dataset.friendlyName === undefined ? {} : { friendlyName: dataset.friendlyName }),
  location: dataset.location,
  type: 'DEFAULT',
});

const OWNER = [
  { role: 'OWNER', specialGroup: 'projectOwners' },
  { role: 'WRITER', specialGroup: 'projectWriters' },
  { role: 'READER', specialGroup: 'projectReaders' },
];

const toResource = (dataset: DatasetRecord, call: Call): JsonMap => ({
  ...toListEntry(dataset),
  etag: etagOf(dataset),
  selfLink: `${call.baseUrl}/bigquery/v2/projects/${dataset.project}/datasets/${dataset.datasetId}`,
  ...(dataset.description === undefined ? {} : { description: dataset.description }),
  ...(dataset.defaultTableExpirationMs === undefined
    ? {}
    : { defaultTableExpirationMs: dataset.defaultTableExpirationMs }),
  access: dataset.access ?? OWNER,
  creationTime: String(dataset.creationTimeMs),
  lastModifiedTime: String(dataset.lastModifiedMs),
  maxTimeTravelHours: '168',
});
