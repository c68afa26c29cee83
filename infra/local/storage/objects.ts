// objects: get, list, patch, update, delete. Uploads, downloads, compose and copies have files of their own.
import { mergeAttributes, parseAttributes } from './attributes.ts';
import { type Call, noContent, ok, param, readJson } from './call.ts';
import { download } from './download.ts';
import { invalid, notServed } from './errors.ts';
import {
  type Entry,
  formatPageToken,
  listNames,
  parseMaxResults,
  parsePageToken,
} from './listing.ts';
import { checkRead, checkWrite, parseGeneration, parsePreconditions } from './preconditions.ts';
import type { ObjectRecord } from './records.ts';
import { objectResource } from './resources.ts';
import type { Operation } from './services.ts';
import type { Store } from './store.ts';

/** The object that path and `generation=` name. @throws {StorageError} 404 */
export function findObject(call: Call, store: Store): ObjectRecord {
  if (call.query.get('softDeleted') === 'true') throw notServed('Soft delete');
  const generation = call.query.get('generation');
  return store.object(
    param(call, 'bucket'),
    param(call, 'object'),
    generation === null ? undefined : parseGeneration('generation', generation),
  );
}

export const getObject: Operation = (call, { store }) => {
  const object = findObject(call, store);
  checkRead(parsePreconditions(call.query), object);
  if (call.query.get('alt') === 'media') return download(call, object, store.blobs);
  return ok(objectResource(object, call.baseUrl));
};

export const patchObject: Operation = async (call, { store }) => {
  const resource = await readJson(call);
  const object = findObject(call, store);
  checkWrite(parsePreconditions(call.query), object);
  const updated = store.updateObject(object, mergeAttributes(object.attributes, resource));
  return ok(objectResource(updated, call.baseUrl));
};

export const updateObject: Operation = async (call, { store }) => {
  const resource = await readJson(call);
  const object = findObject(call, store);
  checkWrite(parsePreconditions(call.query), object);
  return ok(objectResource(store.updateObject(object, parseAttributes(resource)), call.baseUrl));
};

export const deleteObject: Operation = (call, { store }) => {
  const object = findObject(call, store);
  checkWrite(parsePreconditions(call.query), object);
  store.deleteObject(object);
  return noContent();
};

export const listObjects: Operation = (call, { store }) => {
  const { query } = call;
  const bucket = param(call, 'bucket');
  for (const parameter of ['matchGlob', 'filter']) {
    if (query.get(parameter)) throw notServed(`Listing with ${parameter}`);
  }
  if (query.get('softDeleted') === 'true') throw notServed('Soft delete');
  const { entries, more } = listNames(store.names(bucket), {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') ?? '',
    includeTrailingDelimiter: query.get('includeTrailingDelimiter') === 'true',
    maxResults: parseMaxResults(query.get('maxResults')),
    after: parseAfter(query.get('pageToken')),
  });
  const last = entries.at(-1);
  const named = (kind: Entry['kind']) => entries.filter((entry) => entry.kind === kind);
  const items = named('object').map(({ name }) =>
    objectResource(store.object(bucket, name), call.baseUrl),
  );
  const prefixes = named('prefix').map(({ name }) => name);
  return ok({
    kind: 'storage#objects',
    ...(more && last !== undefined ? { nextPageToken: formatPageToken(last) } : {}),
    ...(prefixes.length > 0 ? { prefixes } : {}),
    ...(items.length > 0 ? { items } : {}),
  });
};

function parseAfter(token: string | null): Entry | undefined {
  if (!token) return undefined;
  const after = parsePageToken(token);
  if (after === undefined) throw invalid(`Invalid argument: pageToken '${token}'.`);
  return after;
}
