// objects.insert in its three forms: media (bytes alone), multipart (resource and bytes), resumable (a
// session, sessions.ts).
import type { IncomingHttpHeaders } from 'node:http';
import { checkObjectName, parseAttributes } from './attributes.ts';
import {
  body,
  type Call,
  header,
  ok,
  param,
  parseJson,
  type Reply,
  readJson,
  unpackedBody,
} from './call.ts';
import { invalid, notServed, required } from './errors.ts';
import { checkHashes, type ExpectedHashes, parseHashHeader } from './hashes.ts';
import { readMultipart } from './multipart.ts';
import { parsePreconditions } from './preconditions.ts';
import type { Upload } from './records.ts';
import { objectResource } from './resources.ts';
import type { Operation } from './services.ts';
import type { Store } from './store.ts';

export const insertObject: Operation = (call, services) => {
  if (header(call.headers, 'x-goog-encryption-algorithm') || call.query.get('kmsKeyName')) {
    throw notServed('Encryption with keys of your own');
  }
  const type = call.query.get('uploadType');
  if (type === 'resumable') return startResumable(call, services);
  if (type === 'multipart') return insertMultipart(call, services.store);
  if (type === 'media') return insertMedia(call, services.store);
  throw type === null ? required('uploadType') : invalid(`Invalid upload type: '${type}'.`);
};

const startResumable: Operation = async (call, { sessions }) => {
  const upload = parseUpload(call, await readJson(call), {
    contentType: header(call.headers, 'x-upload-content-type'),
    expected: parseHashHeader(call.headers['x-goog-hash']),
  });
  const length = header(call.headers, 'x-upload-content-length');
  return sessions.start(
    call,
    length === undefined ? upload : { ...upload, size: parseSize(length) },
  );
};

function parseSize(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw invalid(`Invalid value for X-Upload-Content-Length: ${text}.`);
  return Number(text);
}

async function insertMultipart(call: Call, store: Store): Promise<Reply> {
  const contentType = header(call.headers, 'content-type');
  const { resource, mediaHeaders, media } = await readMultipart(contentType, unpackedBody(call));
  const upload = parseUpload(call, parseJson(resource), {
    contentType: mediaHeaders.get('content-type'),
    expected: parseHashHeader(call.headers['x-goog-hash']),
  });
  return await insertStream(call, store, upload, media);
}

async function insertMedia(call: Call, store: Store): Promise<Reply> {
  const { headers } = call;
  const md5 = header(headers, 'content-md5');
  const upload = parseUpload(call, mediaResource(headers), {
    contentType: header(headers, 'content-type'),
    expected: { ...(md5 === undefined ? {} : { md5 }), ...parseHashHeader(headers['x-goog-hash']) },
  });
  return await insertStream(call, store, upload, body(call));
}

/** Here, and only here, the request's own encoding is the object's. */
const mediaResource = (headers: IncomingHttpHeaders): Record<string, unknown> => {
  const contentEncoding = header(headers, 'content-encoding');
  return contentEncoding === undefined ? {} : { contentEncoding };
};

interface Outside {
  /** Of the media; the resource's own goes first. */
  contentType: string | undefined;
  /** By header; the resource's own are added. */
  expected: ExpectedHashes;
}

function parseUpload(
  call: Call,
  resource: Record<string, unknown>,
  { contentType, expected }: Outside,
): Upload {
  const name = call.query.get('name') ?? resource.name;
  if (typeof name !== 'string') throw required('name');
  checkObjectName(name);
  const contentEncoding = call.query.get('contentEncoding');
  const { crc32c, md5Hash } = resource;
  return {
    bucket: param(call, 'bucket'),
    name,
    attributes: parseAttributes({
      ...(contentType === undefined ? {} : { contentType }),
      ...resource,
      ...(contentEncoding === null ? {} : { contentEncoding }),
    }),
    preconditions: parsePreconditions(call.query),
    expected: {
      ...(typeof crc32c === 'string' ? { crc32c } : {}),
      ...(typeof md5Hash === 'string' ? { md5: md5Hash } : {}),
      ...expected,
    },
  };
}

async function insertStream(
  call: Call,
  store: Store,
  { expected, ...upload }: Upload,
  media: AsyncIterable<Buffer>,
): Promise<Reply> {
  store.bucket(upload.bucket);
  const writer = store.blobs.create();
  try {
    for await (const bytes of media) await writer.write(bytes);
    const content = await writer.finish();
    checkHashes(content, expected);
    return ok(objectResource(store.createObject({ ...upload, content }), call.baseUrl));
  } finally {
    await writer.close();
    store.blobs.release([writer]);
  }
}
