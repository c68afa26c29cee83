// The whole of firesink on one machine: the stand-ins in this process, the functions in processes of their
// own, and between them what Terraform makes in a project. `pnpm start` runs one, tests run many.
import { fileURLToPath } from 'node:url';
import type { Environment } from '@firesink/shared/config/environment.ts';
import type { Publish } from './storage/outbox.ts';
import { createClients, type LocalClients } from './system/clients.ts';
import { readConfiguration } from './system/configuration.ts';
import { startFunctions } from './system/functions.ts';
import { type IdleOptions, waitUntilIdle } from './system/idle.ts';
import { openLogs } from './system/logs.ts';
import type { Part } from './system/parts.ts';
import {
  assertPortsFree,
  FUNCTION_NAMES,
  type FunctionName,
  type PartName,
  type Ports,
  portsFrom,
  type StandInName,
} from './system/ports.ts';
import { assertEmulatorsReachable } from './system/reachable.ts';
import { createReleases, type Releases } from './system/releases.ts';
import { EMULATOR_HOSTS, standInsToStart, startStandIns } from './system/stand-ins.ts';
import { wire } from './system/wiring.ts';

export interface LocalOptions {
  /** Path of a configuration; default: the sample's. */
  config?: string | undefined;
  /** Default: as the configuration has it (DESIGN section 3). */
  environment?: string | undefined;
  /** Default: all three. */
  functions?: readonly FunctionName[];
  /** Default: free ones. */
  ports?: Ports;
  /** Folder that keeps everything, logs too; default: in memory, and logs that go with the system. */
  dataDir?: string | undefined;
  /** Of the stand-ins; milliseconds since 1970, UTC. The functions keep the machine's. */
  clock?: () => number;
  /** Holds a folder per function; default: the repository's own. */
  functionsDir?: string;
  /** What runs already (`*_EMULATOR_HOST`), and whatever else the functions should see. */
  env?: NodeJS.ProcessEnv;
  /** Told of what happens by itself, such as a function that crashed and is started again. */
  onNotice?: (notice: string) => void;
}

export interface LocalSystem extends AsyncDisposable {
  readonly environment: Environment;
  /** `127.0.0.1:8680` */
  readonly firestoreHost: string;
  readonly pubsubHost: string;
  /** `http://127.0.0.1:8690` */
  readonly storageUrl: string;
  readonly bigqueryUrl: string;
  readonly functionUrls: Partial<Record<FunctionName, string>>;
  /** The variables that lead Google's clients, and firesink, here. */
  readonly env: Readonly<Record<string, string>>;
  readonly clients: LocalClients;
  /** Holds `<function>.log`. */
  readonly logsDir: string;
  /** Waits until nothing is queued, in delivery or running any more. Rejects where an emulator is used: it would not say. */
  idle(options?: IdleOptions): Promise<void>;
  /** Delivers once more what the functions have acknowledged, as Pub/Sub may at any time. @returns how many messages */
  redeliverAll(): number;
  /** Ends a part at once, as a crash would: a function is killed, a stand-in hangs up. */
  stop(part: PartName): Promise<void>;
  /** Starts it again where it was. What a stand-in then remembers is what it has in `dataDir`. */
  start(part: PartName): Promise<void>;
}

const FUNCTIONS_DIR = fileURLToPath(new URL('../../functions', import.meta.url));

/** @throws {LocalError} where the user must do something first, such as free a port; FiresinkError for the configuration */
export async function startLocal(options: LocalOptions = {}): Promise<LocalSystem> {
  const releases = createReleases();
  try {
    return await assemble(options, releases);
  } catch (error) {
    await releases.release();
    throw error;
  }
}

async function assemble(options: LocalOptions, releases: Releases): Promise<LocalSystem> {
  const { functions: names = FUNCTION_NAMES, ports = portsFrom(0), dataDir, clock } = options;
  const { env: outerEnv = process.env, onNotice = () => {} } = options;
  const { path, environment } = await readConfiguration({ ...options, env: outerEnv });
  await assertEmulatorsReachable(outerEnv);
  await assertPortsFree(ports, [...standInsToStart(outerEnv), ...names]);

  // Cloud Storage may have notifications left from the last time, before we know where Pub/Sub is.
  const ready = Promise.withResolvers<LocalClients>();
  const publish: Publish = async (topic, message) => {
    const pubsub = await (await ready.promise).pubsub();
    await pubsub.topic(topic).publishMessage(message);
  };
  const standInsOptions = { ports, dataDir, clock, env: outerEnv, publish };
  const { hosts, running, redeliverAll } = await startStandIns(standInsOptions, releases);
  const clients = createClients(environment.warehouse.project, hosts);
  releases.add(clients.close);
  ready.resolve(clients);

  const env = variables(path, environment, hosts);
  const logs = openLogs(dataDir, names);
  releases.add(logs.release);
  const { functionsDir = FUNCTIONS_DIR } = options;
  const functions = await startFunctions(
    { names, ports, functionsDir, env: { ...outerEnv, ...env }, logs, onNotice },
    releases,
  );
  const urls = [...functions].map(([name, { url }]) => [name, url] as const);
  await wire({ environment, clients, functionUrls: new Map(urls) });

  const parts = new Map<PartName, Part>([...running, ...functions]);
  const part = (name: PartName): Part => {
    const found = parts.get(name);
    if (!found) throw new Error(`${name} is no part of this system`);
    return found;
  };
  return {
    environment,
    firestoreHost: hosts.firestore,
    pubsubHost: hosts.pubsub,
    storageUrl: `http://${hosts.storage}`,
    bigqueryUrl: `http://${hosts.bigquery}`,
    functionUrls: Object.fromEntries(urls),
    env,
    clients,
    logsDir: logs.dir,
    idle: (idleOptions) => waitUntilIdle(running, idleOptions),
    redeliverAll,
    stop: (name) => part(name).stop(),
    start: (name) => part(name).start(),
    [Symbol.asyncDispose]: () => releases.release(),
  };
}

/** All that a function deployed by Terraform is given, and where Google's services are instead. */
function variables(
  configPath: string,
  environment: Environment,
  hosts: Record<StandInName, string>,
): Record<string, string> {
  return {
    FIRESINK_CONFIG: configPath,
    FIRESINK_ENVIRONMENT: environment.name,
    GOOGLE_CLOUD_PROJECT: environment.warehouse.project,
    [EMULATOR_HOSTS.firestore]: hosts.firestore,
    [EMULATOR_HOSTS.pubsub]: hosts.pubsub,
    [EMULATOR_HOSTS.storage]: `http://${hosts.storage}`,
    [EMULATOR_HOSTS.bigquery]: `http://${hosts.bigquery}`,
    // No credentials are needed; without this Google's clients look for a metadata server first.
    METADATA_SERVER_DETECTION: 'none',
  };
}
