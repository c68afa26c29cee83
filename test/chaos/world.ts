// Everything that a campaign of chaos happens in: the stand-ins, doors in front of them, functions in
// processes that are killed, and subscriptions that push through a door.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBigquery } from '../../infra/local/bigquery/server.ts';
import { type FunctionProcess, startFunction } from '../../infra/local/system/function-process.ts';
import type { FunctionName } from '../../infra/local/system/ports.ts';
import { createReleases } from '../../infra/local/system/releases.ts';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import type { Guard } from '../support/chain-guards.ts';
import { openDoor } from '../support/http-door.ts';
import { configOf } from '../support/load-world.ts';
import { temporaryFolder } from '../support/local.ts';
import { PUSH_FAULTS, SERVICE_FAULTS, SLOW_READS, seededFaults } from './faults.ts';

export interface ChaosWorld extends AsyncDisposable {
  /** Its clients lead past the doors. */
  readonly system: LocalSystem;
  /** Ends one function process, as a crash would, and starts another in its place. */
  kill(which: number): Promise<void>;
  readonly processes: number;
  /** What the functions logged about a collection, the newest lines. */
  logOf(collection: string): string[];
}

export interface ChaosWorldOptions {
  seeds: readonly number[];
  /** Left out of the load function. */
  without?: Guard | undefined;
  seedOf: (text: string) => number | undefined;
}

const LOG_LINES = 30;

export const SOURCES = ['shop', 'mart'] as const;

const REAL = fileURLToPath(new URL('../../functions', import.meta.url));
const GUARDLESS = fileURLToPath(new URL('functions', import.meta.url));

export async function openChaosWorld(options: ChaosWorldOptions): Promise<ChaosWorld> {
  const releases = createReleases();
  try {
    return await assemble(options, releases);
  } catch (error) {
    await releases.release();
    throw error;
  }
}

async function assemble(
  { seeds, without, seedOf }: ChaosWorldOptions,
  releases: ReturnType<typeof createReleases>,
): Promise<ChaosWorld> {
  const keep = <T extends AsyncDisposable>(opened: T): T => {
    releases.add(() => opened[Symbol.asyncDispose]());
    return opened;
  };
  const folder = temporaryFolder();
  releases.add(() => folder[Symbol.dispose]());
  const config = join(folder.path, 'firesink.yaml');
  const collections = seeds.map((seed) => `{ collection: s${seed} }`);
  writeFileSync(config, configOf(SOURCES, collections));

  let storageUrl = '';
  const slow = keep(await openDoor(() => storageUrl, seededFaults(SLOW_READS, seedOf)));
  const bigquery = keep(await startBigquery({ port: 0, storageUrl: slow.url }));
  const env = { ...process.env, BIGQUERY_EMULATOR_HOST: `http://${bigquery.host}` };
  const system = keep(await startLocal({ config, functions: [], env }));
  storageUrl = system.storageUrl;

  const services = seededFaults(SERVICE_FAULTS, seedOf);
  const storageDoor = keep(await openDoor(system.storageUrl, services));
  const bigqueryDoor = keep(await openDoor(system.bigqueryUrl, services));
  const functionEnv = {
    ...process.env,
    ...system.env,
    STORAGE_EMULATOR_HOST: storageDoor.url,
    BIGQUERY_EMULATOR_HOST: bigqueryDoor.url,
    ...(without === undefined ? {} : { CHAOS_WITHOUT: without }),
  };
  const logFile = join(folder.path, 'functions.log');
  const start = (name: FunctionName) =>
    startFunction({
      name,
      functionsDir: name === 'load' && without !== undefined ? GUARDLESS : REAL,
      port: 0,
      env: functionEnv,
      logFile,
      onCrash: () => {},
    });
  const names: FunctionName[] = ['load', 'load', 'export'];
  const running: (FunctionProcess | undefined)[] = [];
  releases.add(() => Promise.all(running.map((each) => each?.kill())));
  for (const [index, name] of names.entries()) running[index] = await start(name);

  for (const name of ['load', 'export'] as const) {
    let turn = 0;
    const next = (): string => {
      const alive = running.filter((each, index) => each && names[index] === name);
      return alive[turn++ % Math.max(1, alive.length)]?.url ?? 'http://127.0.0.1:1';
    };
    const door = keep(await openDoor(next, seededFaults(PUSH_FAULTS, seedOf)));
    await subscribe(system, name, door.url);
  }
  return {
    system,
    processes: names.length,
    logOf(collection) {
      const about = new RegExp(`\\b(firestore_)?${collection}\\b`);
      const lines = readFileSync(logFile, 'utf8').split('\n');
      return lines.filter((line) => about.test(line)).slice(-LOG_LINES);
    },
    async kill(which) {
      const killed = running[which];
      const name = names[which];
      if (!killed || !name) return;
      running[which] = undefined;
      await killed.kill();
      running[which] = await start(name);
    },
    [Symbol.asyncDispose]: () => releases.release(),
  };
}

async function subscribe(system: LocalSystem, name: string, url: string): Promise<void> {
  const pubsub = await system.clients.pubsub();
  const topic = `firesink-${name}`;
  await pubsub.topic(topic).createSubscription(topic, {
    pushEndpoint: `${url}/projects/warehouse/topics/${topic}`,
    ackDeadlineSeconds: 120,
    retryPolicy: { minimumBackoff: { seconds: 0, nanos: 1e8 }, maximumBackoff: { seconds: 2 } },
    deadLetterPolicy: {
      deadLetterTopic: pubsub.topic('firesink-dead-letter').name,
      maxDeliveryAttempts: 100,
    },
  });
}
