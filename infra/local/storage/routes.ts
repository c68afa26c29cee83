// Which operation a request asks for. Node's client leaves `/storage/v1` out where it was told of an emulator,
// gcloud sends resumable uploads to `/resumable/upload/…`; all forms are the same.

import {
  deleteBucket,
  getBucket,
  getServiceAccount,
  getStorageLayout,
  insertBucket,
  listBuckets,
  listManagedFolders,
  patchBucket,
} from './buckets.ts';
import type { Call, Reply } from './call.ts';
import { composeObject } from './compose.ts';
import { notFound, notServed, parseError } from './errors.ts';
import {
  deleteNotification,
  getNotification,
  insertNotification,
  listNotifications,
} from './notifications.ts';
import { deleteObject, getObject, listObjects, patchObject, updateObject } from './objects.ts';
import { copyObject, moveObject, rewriteObject } from './rewrite.ts';
import type { Operation, Services } from './services.ts';
import { insertObject } from './uploads.ts';

type Route = readonly [method: string, path: string, operation: Operation];

const putChunk: Operation = (call, { sessions }) => sessions.put(call);
const cancelUpload: Operation = (call, { sessions }) => sessions.cancel(call);
// Some clients POST their chunks.
const postUpload: Operation = (call, services) =>
  call.query.has('upload_id') ? putChunk(call, services) : insertObject(call, services);

const ROUTES: readonly Route[] = [
  ['GET', '/b', listBuckets],
  ['POST', '/b', insertBucket],
  ['GET', '/b/:bucket', getBucket],
  ['PATCH', '/b/:bucket', patchBucket],
  ['DELETE', '/b/:bucket', deleteBucket],
  ['GET', '/b/:bucket/storageLayout', getStorageLayout],
  ['GET', '/b/:bucket/managedFolders', listManagedFolders],
  ['GET', '/b/:bucket/o', listObjects],
  ['GET', '/b/:bucket/o/:object', getObject],
  ['PATCH', '/b/:bucket/o/:object', patchObject],
  ['PUT', '/b/:bucket/o/:object', updateObject],
  ['DELETE', '/b/:bucket/o/:object', deleteObject],
  ['POST', '/b/:bucket/o/:object/compose', composeObject],
  ['POST', '/b/:bucket/o/:object/copyTo/b/:targetBucket/o/:target', copyObject],
  ['POST', '/b/:bucket/o/:object/rewriteTo/b/:targetBucket/o/:target', rewriteObject],
  ['POST', '/b/:bucket/o/:object/moveTo/o/:target', moveObject],
  ['GET', '/b/:bucket/notificationConfigs', listNotifications],
  ['POST', '/b/:bucket/notificationConfigs', insertNotification],
  ['GET', '/b/:bucket/notificationConfigs/:notification', getNotification],
  ['DELETE', '/b/:bucket/notificationConfigs/:notification', deleteNotification],
  ['GET', '/projects/:project/serviceAccount', getServiceAccount],
  ['POST', '/upload/b/:bucket/o', postUpload],
  ['PUT', '/upload/b/:bucket/o', putChunk],
  ['DELETE', '/upload/b/:bucket/o', cancelUpload],
];

/** @throws {StorageError} 404 where Cloud Storage has nothing, 400 where this stand-in has not. */
export async function dispatch(
  method: string,
  pathname: string,
  call: Omit<Call, 'params'>,
  services: Services,
): Promise<Reply> {
  const segments = parsePath(pathname);
  for (const [routeMethod, path, operation] of ROUTES) {
    const params = routeMethod === method ? matchPath(path, segments) : undefined;
    if (params !== undefined) return await operation({ ...call, params }, services);
  }
  const isKnown = segments[0] === 'b' || segments[0] === 'upload' || segments[0] === 'projects';
  throw isKnown ? notServed(`${method} ${pathname}`) : notFound();
}

/** `/upload/storage/v1/b/x/o` → `['upload', 'b', 'x', 'o']`, decoded */
function parsePath(pathname: string): string[] {
  const [, upload = '', rest = ''] =
    /^(?:\/resumable)?(?:(\/upload)|\/download)?(?:\/storage\/v1)?(\/.*)$/.exec(pathname) ?? [];
  return `${upload}${rest}`.slice(1).split('/').map(decodeSegment);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw parseError(`Invalid percent-encoding in '${segment}'.`);
  }
}

function matchPath(path: string, segments: readonly string[]): Record<string, string> | undefined {
  const pattern = path.slice(1).split('/');
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (expected.startsWith(':') && segment !== '') params[expected.slice(1)] = segment;
    else if (expected !== segment) return undefined;
  }
  return params;
}
