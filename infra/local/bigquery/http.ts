// Requests in, answers out: JSON over HTTP/1.1, as much of it as Google's clients use.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { ApiError } from './errors.ts';
import { isObject, type JsonMap } from './json-body.ts';

/** BigQuery quotas, "Streaming inserts": bytes of a request. Other bodies are far smaller. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface Call {
  method: string;
  /** Without `/bigquery/v2`, percent-decoded segment by segment: `['projects', 'p', 'datasets']`. */
  path: readonly string[];
  query: URLSearchParams;
  /** Reads the body once. */
  body: () => Promise<Buffer>;
  headers: IncomingMessage['headers'];
  /** `http://127.0.0.1:8695`, as the caller addressed us. */
  baseUrl: string;
}

/** The answer to a call; an empty body is 204. */
export interface Reply {
  status?: number;
  body?: unknown;
}

export function toCall(request: IncomingMessage): Call {
  const baseUrl = `http://${request.headers.host ?? 'localhost'}`;
  const url = new URL(request.url ?? '/', baseUrl);
  const path = url.pathname.replace(/^\/bigquery\/v2(?=\/)/, '').replace(/\/+$/, '');
  return {
    method: request.method ?? 'GET',
    path: path.split('/').slice(1).map(decode),
    query: url.searchParams,
    body: () => readBody(request),
    headers: request.headers,
    baseUrl,
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiError('badRequest', `Invalid percent-encoding in the path: ${segment}`);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new ApiError(
        'badRequest',
        `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

/** The body as an object; an empty one is `{}`. */
export async function readObject(call: Call): Promise<JsonMap> {
  const text = (await call.body()).toString('utf8');
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ApiError('parseError', `Parse Error: ${String(cause)}`, { cause });
  }
  if (!isObject(value)) throw new ApiError('parseError', 'Parse Error: an object is expected');
  return value;
}

export function send(response: ServerResponse, { status = 200, body }: Reply): void {
  if (body === undefined) {
    response.writeHead(status === 200 ? 204 : status).end();
    return;
  }
  const text = Buffer.from(JSON.stringify(body), 'utf8');
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': text.length,
  });
  response.end(text);
}

/** `maxResults`, `startIndex`: unsigned integers in the query. */
export function queryInteger(call: Call, name: string): number | undefined {
  const text = call.query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new ApiError('invalid', `Invalid value for ${name}: ${text} is not a valid value`);
  }
  return Number(text);
}

/** A page of a list, by an opaque token. */
export function page<T>(
  call: Call,
  items: readonly T[],
  defaultSize: number,
): { items: readonly T[]; nextPageToken?: string } {
  const token = call.query.get('pageToken');
  const start = token ? Number(Buffer.from(token, 'base64url').toString()) : 0;
  if (!Number.isSafeInteger(start) || start < 0) {
    throw new ApiError('invalid', `Invalid value for pageToken: ${token}`);
  }
  const end = start + (queryInteger(call, 'maxResults') ?? defaultSize);
  return {
    items: items.slice(start, end),
    ...(end < items.length ? { nextPageToken: formatPageToken(end) } : {}),
  };
}

export const formatPageToken = (index: number): string =>
  Buffer.from(String(index)).toString('base64url');
