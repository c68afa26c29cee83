// Google's own Pub/Sub emulator, from the gcloud SDK (component pubsub-emulator; needs Java).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export interface GooglePubsub extends AsyncDisposable {
  /** `127.0.0.1:8085`, as `PUBSUB_EMULATOR_HOST` takes it. */
  readonly host: string;
  readonly port: number;
}

const ADDRESS = '127.0.0.1';
/** About 2 s where nothing else runs. */
const LONGEST_START_MS = 45_000;

/** @throws where gcloud has no such component, or the emulator does not come up */
export async function startGooglePubsub(): Promise<GooglePubsub> {
  const script = findScript();
  const port = await freePort();
  // The script ends in exec, so the child is Java itself and can be ended by its own id.
  const child = spawn(script, [`--host=${ADDRESS}`, `--port=${port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => stopChild(child);
  try {
    await started(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: `${ADDRESS}:${port}`, port, [Symbol.asyncDispose]: stop };
}

function findScript(): string {
  const args = ['info', '--format=value(installation.sdk_root)'];
  const root = execFileSync('gcloud', args, { encoding: 'utf8' }).trim();
  const script = join(root, 'platform/pubsub-emulator/bin/cloud-pubsub-emulator');
  if (existsSync(script)) return script;
  throw new Error(
    `${script} is missing. Install it with: gcloud components install pubsub-emulator`,
  );
}

async function started(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  const read = (text: string) => {
    output += text;
    if (output.includes('Server started, listening on')) resolve();
  };
  child.stdout?.setEncoding('utf8').on('data', read);
  child.stderr?.setEncoding('utf8').on('data', read);
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${output}`)));
  const timeout = setTimeout(
    () => reject(new Error(`not up after ${LONGEST_START_MS} ms:\n${output}`)),
    LONGEST_START_MS,
  );
  try {
    await promise;
  } catch (error) {
    throw new Error("Google's Pub/Sub emulator did not start", { cause: error });
  } finally {
    clearTimeout(timeout);
    // Goes on being read, for a full pipe would stop it; its log is of no use from here on.
    child.stdout?.removeListener('data', read).resume();
    child.stderr?.removeListener('data', read).resume();
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port to be had');
  return address.port;
}
