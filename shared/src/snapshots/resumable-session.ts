// One resumable upload session of Cloud Storage's JSON API (as of November 2026): opening it, sending a
// piece, asking what has arrived. The client opens it, with its endpoint and its credentials; the pieces go
// over node:http, at a sixth of what `fetch` costs (facts: 290–350 µs of CPU per MiB against 1,760–2,120).
// The session's address is a secret of its own: no token goes with the pieces.
import http from 'node:http';
import https from 'node:https';
import type { Bucket } from '@google-cloud/storage';
import { parseCrc32c } from './crc32c.ts';

export interface SessionTarget {
  /** Its client is configured already: endpoint, credentials, user project. */
  bucket: Bucket;
  name: string;
  contentType: string;
  metadata?: Record<string, string>;
  /** 0: the object must not exist. Else: its generation must be this one. */
  ifGenerationMatch?: 0 | string;
}

export interface StoredObject {
  generation: string;
  sizeBytes: number;
  /** Unsigned 32-bit, as the service computed it. */
  crc32c: number;
}

export type SessionState =
  | { complete: false; persistedBytes: number }
  | { complete: true; object: StoredObject };

/** What the service answered where it did not say yes. */
export class StorageAnswer extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text.trim() === '' ? `HTTP ${status}` : `HTTP ${status}: ${text.trim().slice(0, 500)}`);
    this.status = status;
  }
}

/** @throws {StorageAnswer}, or what the client threw (no connection, no credentials) */
export function openSession(target: SessionTarget): Promise<URL> {
  const { bucket, name, contentType, metadata, ifGenerationMatch } = target;
  const { storage } = bucket;
  return new Promise((resolve, reject) => {
    storage.request(
      {
        method: 'POST',
        uri: `${storage.apiEndpoint}/upload/storage/v1/b/${encodeURIComponent(bucket.name)}/o`,
        qs: {
          uploadType: 'resumable',
          name,
          ...(ifGenerationMatch !== undefined && { ifGenerationMatch: String(ifGenerationMatch) }),
          ...(bucket.userProject !== undefined && { userProject: bucket.userProject }),
        },
        headers: { 'X-Upload-Content-Type': contentType },
        json: metadata === undefined ? {} : { metadata },
        maxRetries: 0,
      },
      (error, _body, response) => {
        const location: unknown = response?.headers.location;
        if (error) reject(asAnswer(error));
        else if (typeof location === 'string') resolve(new URL(location));
        else reject(new StorageAnswer(response?.statusCode ?? 0, 'no address of a session'));
      },
    );
  });
}

function asAnswer(error: Error & { code?: number | string }): Error {
  return typeof error.code === 'number' ? new StorageAnswer(error.code, error.message) : error;
}

/** Bytes `from` to `from + length − 1` of the object; `totalBytes` with the last of them only. */
export interface Piece {
  from: number;
  segments: readonly Buffer[];
  totalBytes?: number;
  /** Of the whole object, with the last piece: the service then refuses what arrived damaged. */
  crc32c?: string;
}

export function putPiece(session: URL, piece: Piece, signal: AbortSignal): Promise<SessionState> {
  const length = piece.segments.reduce((sum, segment) => sum + segment.length, 0);
  const range = length === 0 ? '*' : `${piece.from}-${piece.from + length - 1}`;
  const headers = {
    'content-length': length,
    'content-range': `bytes ${range}/${piece.totalBytes ?? '*'}`,
    ...(piece.crc32c !== undefined && { 'x-goog-hash': `crc32c=${piece.crc32c}` }),
  };
  return exchange(session, { method: 'PUT', headers, segments: piece.segments, signal });
}

/** Asks how much has arrived. (All of it, and the total known: this also ends the upload.) */
export function askState(
  session: URL,
  totalBytes: number | undefined,
  signal: AbortSignal,
): Promise<SessionState> {
  const headers = { 'content-length': 0, 'content-range': `bytes */${totalBytes ?? '*'}` };
  return exchange(session, { method: 'PUT', headers, segments: [], signal });
}

/** The service forgets what arrived; without this it does so after a week. */
export async function dropSession(session: URL, signal: AbortSignal): Promise<void> {
  const headers = { 'content-length': 0 };
  await exchange(session, { method: 'DELETE', headers, segments: [], signal });
}

/** Milliseconds without a byte moving in either direction. */
const IDLE_MS = 60_000;
/** Answers are a resource of some 2 KiB, or an error. */
const MAX_ANSWER_BYTES = 256 * 1024;

const agents = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
};

interface Exchange {
  method: 'PUT' | 'DELETE';
  headers: http.OutgoingHttpHeaders;
  segments: readonly Buffer[];
  signal: AbortSignal;
}

function exchange(session: URL, { method, headers, segments, signal }: Exchange) {
  return new Promise<SessionState>((resolve, reject) => {
    const secure = session.protocol === 'https:';
    const request = (secure ? https : http).request(session, {
      method,
      headers,
      signal,
      agent: agents[secure ? 'https:' : 'http:'],
    });
    request.setTimeout(IDLE_MS, () =>
      request.destroy(new Error(`nothing moved for ${IDLE_MS} ms`)),
    );
    request.on('error', reject);
    request.on('response', (response) => {
      readText(response)
        .then((text) => resolve(readAnswer(response, text)))
        .catch(reject);
    });
    for (const segment of segments) request.write(segment);
    request.end();
  });
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function readAnswer({ statusCode = 0, headers }: http.IncomingMessage, text: string): SessionState {
  if (statusCode === 308) {
    const [, last] = /^bytes=0-(\d+)$/.exec(String(headers.range ?? '')) ?? [];
    return { complete: false, persistedBytes: last === undefined ? 0 : Number(last) + 1 };
  }
  if (statusCode !== 200 && statusCode !== 201) throw new StorageAnswer(statusCode, text);
  return { complete: true, object: readResource(text, statusCode) };
}

function readResource(text: string, statusCode: number): StoredObject {
  const { generation, size, crc32c }: Record<string, unknown> = JSON.parse(text);
  const crc = parseCrc32c(String(crc32c));
  if (generation === undefined || size === undefined || crc === undefined) {
    throw new StorageAnswer(statusCode, `no resource of an object: ${text}`);
  }
  return { generation: String(generation), sizeBytes: Number(size), crc32c: crc };
}
