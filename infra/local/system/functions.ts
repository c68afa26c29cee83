// Functions that stay up: started again where they crash, as Cloud Run would, and always on the port they
// had first, for that is where their messages are pushed to.
import { type FunctionOptions, type FunctionProcess, startFunction } from './function-process.ts';
import type { Logs } from './logs.ts';
import type { Part } from './parts.ts';
import type { FunctionName, Ports } from './ports.ts';
import { type Releases, settled } from './releases.ts';

interface SupervisedFunction extends Part {
  /** `http://127.0.0.1:8701` */
  readonly url: string;
}

interface FunctionsOptions extends Pick<FunctionOptions, 'functionsDir' | 'env'> {
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
  let current: FunctionProcess = await startFunction({ ...options, onCrash });
  let starting = Promise.resolve();
  let revival: NodeJS.Timeout | undefined;
  const { port, url } = current;

  function onCrash(how: string): void {
    onNotice(`the function ${name} ended (${how}) and is started again. Its log: ${logFile}`);
    revival = setTimeout(() => start().catch((error) => onNotice(String(error))), RESTART_DELAY_MS);
  }

  function start(): Promise<void> {
    clearTimeout(revival);
    starting = startFunction({ ...options, port, onCrash }).then((started) => {
      current = started;
    });
    return starting;
  }

  async function stop(): Promise<void> {
    clearTimeout(revival);
    await Promise.allSettled([starting]);
    await current.kill();
  }

  return { url, start, stop };
}
