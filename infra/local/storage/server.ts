// A stand-in for Cloud Storage's JSON API (v1, as of November 2026): what firesink, its tests, the official
// clients and `gcloud storage` ask for. What is served, what is not, and what differs on purpose: README.md.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StandIn, StandInOptions } from '../stand-in.ts';
import { createReleases, type Releases } from '../system/releases.ts';
import { BlobStore } from './blobs.ts';
import { header, type Reply } from './call.ts';
import { StorageError } from './errors.ts';
import { Journal } from './journal.ts';
import { Outbox, type Publish } from './outbox.ts';
import { dispatch } from './routes.ts';
import type { Services } from './services.ts';
import { Sessions } from './sessions.ts';
import { Store } from './store.ts';

/** Milliseconds. Longer than clients keep idle connections, so that they close them, not we under their request. */
const KEEP_ALIVE_MS = 120_000;

export interface StorageOptions extends StandInOptions {
  /** Takes a bucket's notifications to Pub/Sub; without it no notification can be configured. */
  publish?: Publish;
}

/** `idle()` resolves when no notification waits to be published. */
export async function startStorage(options: StorageOptions): Promise<StandIn> {
  const releases = createReleases();
  try {
    return await open(options, releases);
  } catch (error) {
    await releases.release();
    throw error;
  }
}

async function open(options: StorageOptions, releases: Releases): Promise<StandIn> {
  const { port, dataDir, clock = Date.now, publish } = options;
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'firesink-storage-')));
  if (dataDir === undefined) releases.add(() => rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  const journal = new Journal(join(folder, 'journal.ndjson'));
  releases.add(() => journal.close());
  let host = '';
  const baseUrl = () => `http://${host}`;
  const blobs = new BlobStore(join(folder, 'blobs'));
  const store = new Store({ journal, blobs, clock, baseUrl });
  const outbox = publish && connectOutbox(store, publish);
  releases.add(() => outbox?.close());
  const services: Services = { store, sessions: new Sessions(store), outbox };
  await blobs.open();

  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const served = serve(request, response, services).finally(() => running.delete(served));
    running.add(served);
  });
  // A streamed upload takes as long as its source does.
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const boundPort = await listen(server, port);
  host = `127.0.0.1:${boundPort}`;
  releases.add(() => Promise.all(running).then(() => undefined));
  releases.add(() => close(server));

  return {
    host,
    port: boundPort,
    idle: () => outbox?.idle() ?? Promise.resolve(),
    [Symbol.asyncDispose]: () => releases.release(),
  };
}

function connectOutbox(store: Store, publish: Publish): Outbox {
  const outbox = new Outbox(publish, (message) => store.forgetMessages([message]));
  store.onMessages((messages) => outbox.add(messages));
  outbox.add(store.unpublished);
  return outbox;
}

function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  // Connections waiting to be accepted; what comes beyond them in one burst is reset.
  const options = { port, host: '127.0.0.1', backlog: 4096 };
  server.listen(options, () => resolve((server.address() as AddressInfo).port));
  return promise;
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  return promise;
}

/** Never throws: whatever happens is the answer, or the end of the connection. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
): Promise<void> {
  // Who reads the body learns of a cut connection from reading it; who does not, need not know.
  request.on('error', () => undefined);
  try {
    const url = new URL(
      request.url ?? '',
      `http://${header(request.headers, 'host') ?? 'localhost'}`,
    );
    const { pathname, searchParams: query, origin: baseUrl } = url;
    const call = { query, headers: request.headers, request, baseUrl };
    try {
      await send(response, await dispatch(request.method ?? '', pathname, call, services));
    } catch (error) {
      sendError(response, error, query.get('alt') === 'media');
    }
  } catch {
    response.destroy();
  }
  discardRest(request);
}

/** What no operation read. Many clients send all of a request before they look at the answer. */
function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  request.unpipe();
  request.removeAllListeners('readable');
  request.resume();
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  const { status, headers = {}, json, stream } = reply;
  if (stream !== undefined) {
    response.writeHead(status, headers);
    await pipeline(stream, response);
    return;
  }
  if (json === undefined) {
    response.writeHead(status, { ...headers, ...(status === 204 ? {} : { 'content-length': 0 }) });
    response.end();
    return;
  }
  const body = Buffer.from(JSON.stringify(json));
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=UTF-8',
    'content-length': body.length,
  });
  response.end(body);
}

/** @param asText  failed downloads are explained in bare text */
function sendError(response: ServerResponse, error: unknown, asText: boolean): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = error instanceof StorageError ? error : internalError(error);
  const text = asText || known.asText;
  const body = text ? known.message : JSON.stringify(known);
  response.writeHead(known.status, {
    ...known.headers,
    'content-type': text ? 'text/plain; charset=utf-8' : 'application/json; charset=UTF-8',
    ...(known.status === 304 ? {} : { 'content-length': Buffer.byteLength(body) }),
  });
  response.end(known.status === 304 ? undefined : body);
}

const internalError = (error: unknown): StorageError =>
  new StorageError({
    status: 500,
    reason: 'backendError',
    message: `firesink's local Cloud Storage failed: ${error instanceof Error ? error.message : error}`,
  });
