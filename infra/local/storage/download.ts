// alt=media: an object's bytes, whole or a range of them, unpacked where the object is gzip and the reader
// did not say that it takes that (decompressive transcoding).
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { BlobStore } from './blobs.ts';
import { type Call, header, type Reply } from './call.ts';
import { rangeNotSatisfiable } from './errors.ts';
import { formatCrc32c } from './hashes.ts';
import type { ObjectRecord } from './records.ts';
import { objectResource } from './resources.ts';

/** First byte, and the one after the last. */
interface Range {
  start: number;
  end: number;
}

export function download(call: Call, object: ObjectRecord, blobs: BlobStore): Reply {
  const { content } = object;
  const headers = mediaHeaders(object, call.baseUrl);
  if (isUnpacked(object, call.headers)) return unpacked(object, blobs, headers);
  const range = parseRange(header(call.headers, 'range'), content.size);
  const { start, end } = range ?? { start: 0, end: content.size };
  if (range !== undefined) headers['content-range'] = `bytes ${start}-${end - 1}/${content.size}`;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      ...(isGzip(object) ? { 'content-encoding': 'gzip' } : {}),
      'accept-ranges': 'bytes',
      'content-length': end - start,
    },
    stream: blobs.read(content, start, end),
  };
}

/** The whole object, whatever range was asked for: nobody knows where it would lie. */
function unpacked(object: ObjectRecord, blobs: BlobStore, headers: MediaHeaders): Reply {
  const packed = blobs.read(object.content, 0, object.content.size);
  return {
    status: 200,
    headers: { ...headers, warning: '214 UploadServer gunzipped' },
    stream: pipeline(packed, createGunzip(), () => undefined),
  };
}

const isGzip = ({ attributes }: ObjectRecord): boolean => attributes.contentEncoding === 'gzip';

function isUnpacked(object: ObjectRecord, headers: IncomingHttpHeaders): boolean {
  const kept = String(object.attributes.cacheControl ?? '').includes('no-transform');
  const accepted = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(
    header(headers, 'accept-encoding') ?? '',
  );
  return isGzip(object) && !kept && !accepted;
}

/**
 * undefined where all is wanted: no range, several, or not one.
 *
 * @throws {StorageError} 416
 */
export function parseRange(text: string | undefined, size: number): Range | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(text?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= end) throw rangeNotSatisfiable(size);
  return { start, end };
}

type MediaHeaders = Record<string, string>;

/** Of what is stored: hashes and sizes are the same whether it is sent unpacked or not. */
function mediaHeaders(object: ObjectRecord, baseUrl: string): MediaHeaders {
  const { content, attributes } = object;
  const crc32c = `crc32c=${formatCrc32c(content.crc32c)}`;
  const headers: MediaHeaders = {
    'content-type': String(attributes.contentType ?? 'application/octet-stream'),
    etag: objectResource(object, baseUrl).etag,
    'last-modified': new Date(object.updatedMs).toUTCString(),
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-hash': content.md5 === undefined ? crc32c : `${crc32c},md5=${content.md5}`,
    'x-goog-storage-class': String(attributes.storageClass ?? 'STANDARD'),
    'x-goog-stored-content-encoding': String(attributes.contentEncoding ?? 'identity'),
    'x-goog-stored-content-length': String(content.size),
  };
  for (const [field, name] of COPIED_HEADERS) {
    const value = attributes[field];
    if (value !== undefined) headers[name] = encodeHeader(String(value));
  }
  return headers;
}

const COPIED_HEADERS = [
  ['cacheControl', 'cache-control'],
  ['contentDisposition', 'content-disposition'],
  ['contentLanguage', 'content-language'],
] as const;

/** Headers are Latin-1 without line breaks; what an owner set may be neither. */
const encodeHeader = (value: string): string =>
  value.replaceAll(/[^\t\x20-\x7e]/gu, (character) => encodeURIComponent(character));
