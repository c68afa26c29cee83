// Where everything listens. One number moves it all, so that two systems can run beside each other.
import { createServer } from 'node:net';
import { LocalError } from './local-error.ts';

export const STAND_IN_NAMES = ['firestore', 'pubsub', 'storage', 'bigquery'] as const;
export const FUNCTION_NAMES = ['scheduler', 'export', 'load'] as const;

export type StandInName = (typeof STAND_IN_NAMES)[number];
export type FunctionName = (typeof FUNCTION_NAMES)[number];
export type PartName = StandInName | FunctionName;

export const LOOPBACK = '127.0.0.1';

const DEFAULT_BASE = 8680;

/** What is added to the base: DESIGN section 13. 16 to 18 and 30 are GKE's, Kubernetes' and the console's. */
const OFFSETS: Record<PartName, number> = {
  firestore: 0,
  pubsub: 5,
  storage: 10,
  bigquery: 15,
  scheduler: 20,
  export: 21,
  load: 22,
};

/** Port by part; 0 where a free one is to be picked. */
export type Ports = Readonly<Record<PartName, number>>;

/** @param base  0 for free ports everywhere */
export function portsFrom(base: number): Ports {
  const port = (part: PartName) => (base === 0 ? 0 : base + OFFSETS[part]);
  return {
    firestore: port('firestore'),
    pubsub: port('pubsub'),
    storage: port('storage'),
    bigquery: port('bigquery'),
    scheduler: port('scheduler'),
    export: port('export'),
    load: port('load'),
  };
}

/** @param text  of FIRESINK_PORT_BASE */
export function parsePortBase(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_BASE;
  const base = Number(text);
  if (/^\d+$/.test(text) && (base === 0 || (base >= 1024 && base <= 65_500))) return base;
  throw new LocalError(
    `FIRESINK_PORT_BASE is ${JSON.stringify(text)}: give a number from 1024 to 65500, or 0 for any free ports`,
  );
}

/**
 * Before anything is started: the servers' own complaints name neither the part nor the remedy.
 *
 * @throws {LocalError} naming every port that is taken
 */
export async function assertPortsFree(ports: Ports, parts: readonly PartName[]): Promise<void> {
  const taken = await Promise.all(
    parts.map(async (part) =>
      (await isFree(ports[part])) ? [] : [`port ${ports[part]} (${part})`],
    ),
  );
  const names = taken.flat();
  if (names.length === 0) return;
  throw new LocalError(
    `in use by another process: ${names.join(', ')} on ${LOOPBACK}. ` +
      'Stop that, or move all of firesink: FIRESINK_PORT_BASE=9680 pnpm start',
  );
}

async function isFree(port: number): Promise<boolean> {
  if (port === 0) return true;
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
    else reject(error);
  });
  server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}
