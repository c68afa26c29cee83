// buckets: insert, get, list, patch, update, delete; and the little that clients ask of a project.
import { type Call, isRecord, noContent, ok, param, readJson } from './call.ts';
import { conditionNotMet, invalid, notServed, required } from './errors.ts';
import { parseMaxResults } from './listing.ts';
import { parsePreconditions } from './preconditions.ts';
import type { BucketRecord } from './records.ts';
import { bucketResource, projectNumber } from './resources.ts';
import type { Operation } from './services.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;

/** What the server alone says about a bucket; in a request's resource it is ignored. */
const READ_ONLY = new Set([
  'kind',
  'id',
  'selfLink',
  'name',
  'projectNumber',
  'metageneration',
  'etag',
  'timeCreated',
  'updated',
  'softDeletePolicy',
  'acl',
  'defaultObjectAcl',
]);

export const insertBucket: Operation = async (call, { store }) => {
  const resource = await readJson(call);
  const project = call.query.get('project');
  if (!project) throw required('project');
  const name = resource.name;
  if (typeof name !== 'string') throw required('name');
  if (!NAME.test(name)) throw invalid(`Invalid bucket name: '${name}'`);
  const timeMs = store.now();
  const record: BucketRecord = {
    name,
    project,
    metageneration: 1,
    createdMs: timeMs,
    updatedMs: timeMs,
    attributes: mergeAttributes({}, resource),
    notifications: [],
    nextNotificationId: 1,
  };
  store.createBucket(record);
  return ok(bucketResource(record, call.baseUrl));
};

export const getBucket: Operation = (call, { store }) => {
  const record = store.bucket(param(call, 'bucket'));
  checkMetageneration(call, record);
  return ok(bucketResource(record, call.baseUrl));
};

export const listBuckets: Operation = (call, { store }) => {
  const { query, baseUrl } = call;
  const project = query.get('project');
  if (!project) throw required('project');
  const prefix = query.get('prefix') ?? '';
  const after = query.get('pageToken') ?? '';
  const found = store
    .buckets(project)
    .filter(({ name }) => name.startsWith(prefix) && (after === '' || name > after));
  const page = found.slice(0, parseMaxResults(query.get('maxResults')));
  const last = page.at(-1);
  return ok({
    kind: 'storage#buckets',
    ...(page.length < found.length && last !== undefined ? { nextPageToken: last.name } : {}),
    items: page.map((record) => bucketResource(record, baseUrl)),
  });
};

export const patchBucket: Operation = async (call, { store }) => {
  const resource = await readJson(call);
  const record = store.bucket(param(call, 'bucket'));
  checkMetageneration(call, record);
  const patched: BucketRecord = {
    ...record,
    attributes: mergeAttributes(record.attributes, resource),
    metageneration: record.metageneration + 1,
    updatedMs: store.now(),
  };
  store.replaceBucket(patched);
  return ok(bucketResource(patched, call.baseUrl));
};

export const deleteBucket: Operation = (call, { store }) => {
  const record = store.bucket(param(call, 'bucket'));
  checkMetageneration(call, record);
  store.deleteBucket(record.name);
  return noContent();
};

/** gcloud asks whether the bucket has folders of its own. */
export const getStorageLayout: Operation = (call, { store }) => {
  const { name, location, locationType } = bucketResource(
    store.bucket(param(call, 'bucket')),
    call.baseUrl,
  );
  return ok({
    kind: 'storage#storageLayout',
    bucket: name,
    location,
    locationType,
    hierarchicalNamespace: { enabled: false },
  });
};

/** gcloud asks for them before it deletes a bucket; there never are any. */
export const listManagedFolders: Operation = (call, { store }) => {
  store.bucket(param(call, 'bucket'));
  return ok({ kind: 'storage#managedFolders' });
};

/** Whom a Pub/Sub topic must let publish, so that a bucket's notifications arrive. */
export const getServiceAccount: Operation = (call) =>
  ok({
    kind: 'storage#serviceAccount',
    email_address: `service-${projectNumber(param(call, 'project'))}@gs-project-accounts.iam.gserviceaccount.com`,
  });

function checkMetageneration({ query }: Call, { metageneration }: BucketRecord): void {
  const { ifMetagenerationMatch, ifMetagenerationNotMatch } = parsePreconditions(query);
  if ((ifMetagenerationMatch ?? metageneration) !== metageneration) throw conditionNotMet();
  if (ifMetagenerationNotMatch === metageneration) throw conditionNotMet();
}

/** JSON merge patch over what is kept as the owner gave it. */
function mergeAttributes(
  attributes: Record<string, unknown>,
  resource: Record<string, unknown>,
): Record<string, unknown> {
  const { versioning, retentionPolicy, hierarchicalNamespace } = resource;
  if (isRecord(versioning) && versioning.enabled === true) throw notServed('Object versioning');
  if (isRecord(retentionPolicy)) throw notServed('A retention policy');
  if (isRecord(hierarchicalNamespace) && hierarchicalNamespace.enabled === true) {
    throw notServed('A hierarchical namespace');
  }
  const settable = Object.entries(resource).filter(([field]) => !READ_ONLY.has(field));
  return mergePatch(attributes, Object.fromEntries(settable));
}

function mergePatch(
  target: Record<string, unknown>,
  patch: Record<string, unknown>,
): Record<string, unknown> {
  const merged = new Map(Object.entries(target));
  for (const [field, value] of Object.entries(patch)) {
    const previous = merged.get(field);
    if (value === null) merged.delete(field);
    else if (isRecord(value))
      merged.set(field, mergePatch(isRecord(previous) ? previous : {}, value));
    else merged.set(field, value);
  }
  return Object.fromEntries(merged);
}
