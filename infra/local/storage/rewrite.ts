// objects.rewrite, objects.copy and objects.move: another name for the same bytes. Nothing is copied, so a
// rewrite is always done in one call.
import { checkObjectName, parseAttributes } from './attributes.ts';
import { type Call, ok, param, readJson } from './call.ts';
import { noSuchObject, StorageError } from './errors.ts';
import { checkRead, checkWrite, parseGeneration, parsePreconditions } from './preconditions.ts';
import type { ObjectAttributes, ObjectRecord } from './records.ts';
import { OBJECT_ATTRIBUTES, objectResource } from './resources.ts';
import type { Operation } from './services.ts';
import type { Store } from './store.ts';

export const rewriteObject: Operation = async (call, { store }) => {
  const object = await copy(call, store);
  const size = String(object.content.size);
  return ok({
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: size,
    objectSize: size,
    done: true,
    resource: objectResource(object, call.baseUrl),
  });
};

export const copyObject: Operation = async (call, { store }) =>
  ok(objectResource(await copy(call, store), call.baseUrl));

export const moveObject: Operation = (call, { store }) => {
  const bucket = param(call, 'bucket');
  const name = param(call, 'target');
  checkObjectName(name);
  const source = store.object(bucket, param(call, 'object'));
  checkWrite(parsePreconditions(call.query, 'Source'), source);
  const { content, attributes } = source;
  const preconditions = parsePreconditions(call.query);
  const moved = store.createObject({ bucket, name, content, attributes, preconditions });
  if (name !== source.name) store.deleteObject(source);
  return ok(objectResource(moved, call.baseUrl));
};

async function copy(call: Call, store: Store): Promise<ObjectRecord> {
  const resource = await readJson(call);
  const name = param(call, 'target');
  checkObjectName(name);
  const source = findSource(call, store);
  return store.createObject({
    bucket: param(call, 'targetBucket'),
    name,
    content: source.content,
    attributes: copiedAttributes(source, resource),
    preconditions: parsePreconditions(call.query),
  });
}

function findSource(call: Call, store: Store): ObjectRecord {
  const bucket = param(call, 'bucket');
  const name = param(call, 'object');
  const generation = call.query.get('sourceGeneration');
  const source = store.live(bucket, name);
  if (
    source === undefined ||
    (generation !== null && parseGeneration('sourceGeneration', generation) !== source.generation)
  ) {
    throw noSuchObject(bucket, name);
  }
  checkRead(parsePreconditions(call.query, 'Source'), source);
  return source;
}

/** The source's, or, where the request has any, only the request's: the service does not mix them. */
function copiedAttributes(
  source: ObjectRecord,
  resource: Record<string, unknown>,
): ObjectAttributes {
  if (!OBJECT_ATTRIBUTES.some((field) => field in resource)) return source.attributes;
  if (typeof resource.contentType !== 'string') {
    throw new StorageError({
      status: 400,
      reason: 'required',
      message: 'You must specify the content type of the destination object.',
    });
  }
  return parseAttributes(resource);
}
