// BigQuery's REST API v2 on DuckDB, for a laptop and for tests. What is served, and what differs on
// purpose, is in README.md.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StandIn, StandInOptions } from '../stand-in.ts';
import { toApiError } from './errors.ts';
import { send, toCall } from './http.ts';
import { RecentInserts } from './insert-all.ts';
import { Jobs } from './jobs.ts';
import { ParsePool } from './load/pool.ts';
import { Results } from './query/results.ts';
import { dispatch, type Services } from './routes.ts';
import { Store } from './store.ts';

interface BigqueryOptions extends StandInOptions {
  /** Where `gs://` objects are read: `http://127.0.0.1:8690`. */
  storageUrl: string;
}

/** Milliseconds. Longer than clients keep idle connections, so that they close them, not we under their request. */
const KEEP_ALIVE_MS = 120_000;

/** @throws where the port is in use, or another process has the data */
export async function startBigquery({
  port,
  dataDir,
  clock = Date.now,
  storageUrl,
}: BigqueryOptions): Promise<StandIn> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await Store.open(dataDir, clock));
  const pool = stack.use(new ParsePool());
  const jobs = new Jobs(store);
  stack.defer(() => jobs.stop());
  await jobs.recover();
  const results = new Results(store);
  const recent = new RecentInserts();
  const services: Services = { store, jobs, pool, storageUrl, results, recent };
  const server = createServer((request, response) => void answer(services, request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, port);
  stack.defer(() => close(server));
  const { port: actualPort } = server.address() as AddressInfo;
  const owned = stack.move();
  return {
    host: `127.0.0.1:${actualPort}`,
    port: actualPort,
    idle: () => jobs.idle(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function answer(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    send(response, await dispatch(services, toCall(request)));
  } catch (error) {
    const apiError = toApiError(error);
    send(response, { status: apiError.code, body: apiError.toBody() });
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
