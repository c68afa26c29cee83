// One function in a process of its own, under functions-framework, as Cloud Run runs it.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalError } from './local-error.ts';
import { type FunctionName, LOOPBACK } from './ports.ts';

export interface FunctionOptions {
  name: FunctionName;
  /** Holds a folder per function, each with a package.json whose `main` registers it. */
  functionsDir: string;
  /** 0 for any free port. */
  port: number;
  /** Everything the process gets to see of the environment. */
  env: NodeJS.ProcessEnv;
  /** Takes what the function prints. */
  logFile: string;
  /** Called if the process ends without having been told to. */
  onCrash: (how: string) => void;
}

export interface FunctionProcess {
  readonly port: number;
  /** `http://127.0.0.1:8701` */
  readonly url: string;
  readonly pid: number;
  /** Ends the process and waits for it: at once, as a crash would; work in hand is redelivered. */
  kill(): Promise<void>;
}

/** Milliseconds. A function is up after about one second; a slow machine under load takes several. */
const START_TIMEOUT_MS = 60_000;
const LOG_TAIL_LINES = 15;

const LEASH = fileURLToPath(new URL('leash.ts', import.meta.url));

/** @throws {LocalError} with the end of its log, where the function does not come up */
export async function startFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const child = spawnFunction(options);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  const port = await Promise.race([listening(child), exited.then(undefinedPort), timeout()]);
  if (port === undefined || child.pid === undefined) {
    child.kill('SIGKILL');
    throw new LocalError(
      `the function ${options.name} did not start (${options.logFile}):\n${tail(options.logFile)}`,
    );
  }
  let told = false;
  void exited.then((how) => told || options.onCrash(how));
  return {
    port,
    url: `http://${LOOPBACK}:${port}`,
    pid: child.pid,
    async kill() {
      told = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function spawnFunction({ name, functionsDir, port, env, logFile }: FunctionOptions): ChildProcess {
  const source = join(functionsDir, name);
  const log = openSync(logFile, 'a');
  try {
    return spawn(
      process.execPath,
      [
        ...['--import', LEASH, frameworkMain(source)],
        ...['--source', source, '--target', name, '--signature-type', 'http'],
        ...['--port', String(port)],
      ],
      {
        env,
        stdio: ['ignore', log, log, 'ipc'],
        // A process group of its own: Ctrl-C in the terminal is for the system, which ends us in order.
        detached: true,
        windowsHide: true,
      },
    );
  } finally {
    closeSync(log);
  }
}

/** The one the function itself registers with: it must be the same copy. */
function frameworkMain(source: string): string {
  const { resolve } = createRequire(join(source, 'package.json'));
  return join(dirname(resolve('@google-cloud/functions-framework')), 'main.js');
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      const port = typeof message === 'object' && message && 'port' in message && message.port;
      if (typeof port === 'number') resolve(port);
    });
  });
}

const undefinedPort = (): undefined => undefined;

const timeout = () =>
  new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), START_TIMEOUT_MS).unref();
  });

function tail(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  return lines
    .slice(-LOG_TAIL_LINES)
    .map((line) => `  ${line}`)
    .join('\n');
}
