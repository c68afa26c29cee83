// Functions that stay up: started again where they crash, as Cloud Run would, and always on the port they
// had first, for that is where their messages are pushed to.
import { setTimeout as sleep } from 'node:timers/promises';
import { type FunctionOptions, type FunctionProcess, startFunction } from './function-process.ts';
import type { Logs } from './logs.ts';
import type { Part } from './parts.ts';
import type { FunctionName, Ports } from './ports.ts';
import { type Releases, settled } from './releases.ts';

export interface SupervisedFunction extends Part {
  /** `http://127.0.0.1:8701` */
  readonly url: string;
}

export interface FunctionsOptions extends Pick<FunctionOptions, 'functionsDir' | 'env'> {
  names: readonly FunctionName[];
  ports: Ports;
  logs: Logs;
  /** Told of every crash. */
  onNotice: (notice: string) => void;
}

type SupervisionOptions = Omit<FunctionOptions, 'onCrash'> & Pick<FunctionsOptions, 'onNotice'>;

/** Milliseconds. A function that cannot live must not keep a core busy with dying. */
const RESTART_DELAY_MS = 1_000;

export async function startFunctions(
  { names, ports, logs, ...shared }: FunctionsOptions,
  releases: Releases,
): Promise<Map<FunctionName, SupervisedFunction>> {
  const functions = new Map<FunctionName, SupervisedFunction>();
  await settled(
    names.map(async (name) => {
      const own = { ...shared, name, port: ports[name], logFile: logs.file(name) };
      const supervised = await superviseFunction(own);
      releases.add(supervised.stop);
      functions.set(name, supervised);
    }),
  );
  return functions;
}

async function superviseFunction(options: SupervisionOptions): Promise<SupervisedFunction> {
  const { name, logFile, onNotice } = options;
  let wanted = true;
  let current: FunctionProcess = await startFunction({ ...options, onCrash });
  let starting = Promise.resolve();
  const { port, url } = current;

  function onCrash(how: string): void {
    onNotice(`the function ${name} ended (${how}) and is started again. Its log: ${logFile}`);
    void revive();
  }

  async function revive(): Promise<void> {
    await sleep(RESTART_DELAY_MS, undefined, { ref: false });
    if (wanted) await start().catch((error: Error) => onNotice(error.message));
  }

  function start(): Promise<void> {
    wanted = true;
    starting = startFunction({ ...options, port, onCrash }).then((started) => {
      current = started;
    });
    return starting;
  }

  return {
    url,
    start,
    async stop() {
      wanted = false;
      await Promise.allSettled([starting]);
      await current.kill();
    },
  };
}
