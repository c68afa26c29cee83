// The stand-ins together. One whose variable is set already is not started: so Google's emulators, or
// anything else, drop in.
import { join } from 'node:path';
import type { PubsubStandIn } from '../pubsub/server.ts';
import type { StandIn, StandInOptions } from '../stand-in.ts';
import type { Publish } from '../storage/outbox.ts';
import { type SupervisedStandIn, superviseStandIn } from './parts.ts';
import { type Ports, STAND_IN_NAMES, type StandInName } from './ports.ts';
import { type Releases, settled } from './releases.ts';

export const EMULATOR_HOSTS = {
  firestore: 'FIRESTORE_EMULATOR_HOST',
  pubsub: 'PUBSUB_EMULATOR_HOST',
  storage: 'STORAGE_EMULATOR_HOST',
  bigquery: 'BIGQUERY_EMULATOR_HOST',
} as const satisfies Record<StandInName, string>;

interface StandInsOptions {
  ports: Ports;
  dataDir?: string | undefined;
  clock?: (() => number) | undefined;
  env: NodeJS.ProcessEnv;
  /** What Cloud Storage does with a notification. */
  publish: Publish;
}

interface StandIns {
  /** `127.0.0.1:8680` */
  hosts: Record<StandInName, string>;
  /** Those that run here. */
  running: ReadonlyMap<StandInName, SupervisedStandIn>;
  /** Delivers what was acknowledged once more. @returns how many messages */
  redeliverAll(): number;
}

/** The names of those to be started, for nothing else is there in their place. */
export function standInsToStart(env: NodeJS.ProcessEnv): StandInName[] {
  return STAND_IN_NAMES.filter((name) => !env[EMULATOR_HOSTS[name]]);
}

type Starter = (options: StandInOptions) => Promise<StandIn>;

/** Their code is imported only where they are started: DuckDB and gRPC take a while. */
export async function startStandIns(
  options: StandInsOptions,
  releases: Releases,
): Promise<StandIns> {
  const running = new Map<StandInName, SupervisedStandIn>();

  async function hostOf(name: StandInName, starter: () => Promise<Starter>): Promise<string> {
    const emulator = options.env[EMULATOR_HOSTS[name]];
    if (emulator) return emulator.replace(/^https?:\/\//, '').replace(/\/+$/, '');
    const part = await superviseStandIn(standInOptions(name, options), await starter());
    releases.add(part.stop);
    running.set(name, part);
    return part.host;
  }

  const firestore = hostOf('firestore', async () => {
    return (await import('../firestore/server.ts')).startFirestore;
  });
  let pubsubStandIn: PubsubStandIn | undefined;
  const pubsub = hostOf('pubsub', async () => {
    const { startPubsub } = await import('../pubsub/server.ts');
    return async (own) => {
      pubsubStandIn = await startPubsub(own);
      return pubsubStandIn;
    };
  });
  const storage = hostOf('storage', async () => {
    const { startStorage } = await import('../storage/server.ts');
    return (own) => startStorage({ ...own, publish: options.publish });
  });
  const bigquery = hostOf('bigquery', async () => {
    const { startBigquery } = await import('../bigquery/server.ts');
    const storageUrl = `http://${await storage}`;
    return (own) => startBigquery({ ...own, storageUrl });
  });
  await settled([firestore, pubsub, storage, bigquery]);
  const hosts = {
    firestore: await firestore,
    pubsub: await pubsub,
    storage: await storage,
    bigquery: await bigquery,
  };
  const redeliverAll = () => {
    if (pubsubStandIn) return pubsubStandIn.redeliverAll();
    throw new Error('an emulator of Pub/Sub does not deliver twice when asked');
  };
  return { hosts, running, redeliverAll };
}

function standInOptions(
  name: StandInName,
  { ports, dataDir, clock }: StandInsOptions,
): StandInOptions {
  return {
    port: ports[name],
    ...(dataDir === undefined ? {} : { dataDir: join(dataDir, name) }),
    ...(clock === undefined ? {} : { clock }),
  };
}
