// One request and its answer, between the protocol (server.ts) and the operations (a file per resource).
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { invalid, parseError } from './errors.ts';

export interface Call {
  /** From the path, decoded: `{ bucket: 'b', object: 'a/b.txt' }`. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  request: IncomingMessage;
  /** `http://localhost:8690`: this server as the client named it. */
  baseUrl: string;
}

export interface Reply {
  status: number;
  headers?: Record<string, string | number>;
  json?: unknown;
  stream?: AsyncIterable<Buffer>;
}

export const ok = (json: unknown): Reply => ({ status: 200, json });

export const noContent = (): Reply => ({ status: 204 });

/** Bytes. Far above any resource: 8 KiB of custom metadata is the largest field. */
const MAX_JSON_BYTES = 1024 * 1024;

/** A header's value; the first where it was sent twice. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  return [headers[name] ?? []].flat()[0];
}

/** Leaving a loop early must not break the connection, for the answer has to go through it. */
const KEEP_OPEN = { destroyOnReturn: false };

/** The request's bytes as they came. */
export const body = ({ request }: Call): AsyncIterable<Buffer> => request.iterator(KEEP_OPEN);

/** The request's bytes, unpacked where it was sent gzipped (which says nothing about the object). */
export function unpackedBody(call: Call): AsyncIterable<Buffer> {
  return header(call.headers, 'content-encoding') === 'gzip' ? gunzipped(call.request) : body(call);
}

async function* gunzipped(request: IncomingMessage): AsyncGenerator<Buffer> {
  // A pipeline, because a cut connection must end the unpacking too.
  const gunzip = pipeline(request, createGunzip(), () => undefined);
  try {
    yield* gunzip.iterator(KEEP_OPEN);
  } catch (cause) {
    if (request.destroyed && !request.complete) throw cause;
    throw invalid('The request body is not the gzip its Content-Encoding says it is.');
  }
}

/** The JSON object in the request's body; an empty body is an empty object. */
export async function readJson(call: Call): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of unpackedBody(call)) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) throw invalid('Request payload size exceeds the limit.');
    chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks).toString());
}

/** @throws {StorageError} 400 `parseError` */
export function parseJson(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  const value = parseText(text);
  if (!isRecord(value)) throw parseError();
  return value;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw parseError();
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws where the router promised a parameter that its pattern lacks: a mistake of ours */
export function param({ params }: Call, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`the route has no :${name}`);
  return value;
}
