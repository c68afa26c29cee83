// Google's own Firestore emulator, for the tests that hold our stand-in against it. It comes with the
// Google Cloud SDK (component cloud-firestore-emulator) and runs on Java.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface GoogleFirestore extends AsyncDisposable {
  /** `127.0.0.1:8080`, as FIRESTORE_EMULATOR_HOST takes it. */
  readonly host: string;
  readonly port: number;
}

const READY = 'Dev App Server is now running';
/** Two to six seconds on a quiet machine. */
const STARTUP_TIMEOUT_MS = 60_000;

/**
 * Starts an empty emulator on a free port. Needs `missing('java', 'gcloud')` to be empty.
 *
 * @throws with the emulator's own output where it does not start.
 */
export async function startGoogleFirestore(): Promise<GoogleFirestore> {
  const command = await findCommand();
  const port = await findFreePort();
  // A group of its own: the command is a shell script, and what has to end is the Java below it.
  const child = spawn(command, ['start', '--host=127.0.0.1', `--port=${port}`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => killGroup(child);
  process.once('exit', kill);
  try {
    await ready(child);
  } catch (error) {
    kill();
    throw error;
  }
  return {
    host: `127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      kill();
      await exited;
    },
  };
}

async function findCommand(): Promise<string> {
  const { stdout } = await promisify(execFile)('gcloud', [
    'info',
    '--format=value(installation.sdk_root)',
  ]);
  const command = join(stdout.trim(), 'platform/cloud-firestore-emulator/cloud_firestore_emulator');
  if (existsSync(command)) return command;
  throw new Error(
    `no ${command}: install the emulator with "gcloud components install cloud-firestore-emulator"`,
  );
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address === 'object' && address) return address.port;
  throw new Error('no free port on 127.0.0.1');
}

async function ready(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes(READY)) resolve();
  };
  const fail = (why: string) => reject(new Error(`Google's Firestore emulator ${why}:\n${output}`));
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  child.once('error', (error) => fail(`could not be started (${error.message})`));
  child.once('exit', (code) => fail(`ended with ${code}`));
  const timer = setTimeout(() => fail('did not start in time'), STARTUP_TIMEOUT_MS);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    // A pipe nobody reads would stop it once it is full.
    child.stdout?.off('data', read).resume();
    child.stderr?.off('data', read).resume();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    // Nothing of it outlives the tests, so it need not shut down with care.
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
