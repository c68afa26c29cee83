// `pnpm start` as a user has it: a process with arguments, a folder, a terminal that sends Ctrl-C.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Status } from '@firesink/shared/stages/status.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  firestoreOf,
  type StartProcess,
  type StartProcessOptions,
  spawnStart,
  temporaryFolder,
} from '../support/local.ts';

/** Rows of each source and collection of the sample; they are its documents. */
const SAMPLE_ROWS = [
  ['acme-retail', 'apis', 'loaded', 600],
  ['acme-payments', 'apis', 'loaded', 400],
  ['acme-logistics', 'apis', 'loaded', 250],
  ['logistics-partners', 'apis', 'loaded', 120],
  ['acme-retail', 'capextchannels', 'loaded', 120],
  ['acme-payments', 'capextchannels', 'loaded', 80],
  ['acme-logistics', 'capextchannels', 'empty', 0],
  ['logistics-partners', 'capextchannels', 'loaded', 40],
  ['acme-retail', 'backendservices', 'loaded', 240],
  ['acme-payments', 'backendservices', 'loaded', 160],
  ['acme-logistics', 'backendservices', 'loaded', 100],
  ['logistics-partners', 'backendservices', 'loaded', 60],
  ['acme-retail', 'products', 'loaded', 300],
  ['acme-payments', 'products', 'loaded', 200],
  ['acme-logistics', 'products', 'loaded', 150],
  ['acme-retail', 'versions', 'loaded', 1200],
  ['acme-payments', 'versions', 'loaded', 700],
].sort();

/** What a start without `--once` prints when it has come up, synced, and told what to try. */
const LAST_LINE = 'Ctrl-C ends it.';

function folder(): string {
  const made = temporaryFolder();
  onTestFinished(() => made[Symbol.dispose]());
  return made.path;
}

function start(options: StartProcessOptions): StartProcess {
  const started = spawnStart(options);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** Resolves when it says so, fails as soon as it has ended without. */
async function saying(started: StartProcess, text: string): Promise<void> {
  let isOver = false;
  void started.exit.then(() => {
    isOver = true;
  });
  await expect
    .poll(() => isOver || started.stderr().includes(text), { timeout: 60_000, interval: 20 })
    .toBe(true);
  expect(started.stderr()).toContain(text);
}

/** Process ids of the functions, which are its only children. */
function childrenOf({ child }: StartProcess): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent]) => (pid !== undefined && parent === child.pid ? [pid] : []));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const rowsOf = ({ slices }: Status) =>
  slices.map(({ source, collection, state, rows }) => [source, collection, state, rows]).sort();

test('start --once --json syncs the sample and prints the one document, alone on stdout', async () => {
  const cwd = folder();
  const started = start({ args: ['--once', '--json'], cwd });
  expect(await started.exit, started.stderr()).toBe(0);

  const status: Status = JSON.parse(started.stdout());
  expect(rowsOf(status)).toEqual(SAMPLE_ROWS);
  expect(status).toMatchObject({ environment: 'demo', failed: 0 });
  expect(status.slices.map(({ documents }) => documents)).toEqual(
    status.slices.map(({ rows }) => rows),
  );
  const apis = status.slices.find(
    ({ source, collection }) => source === 'acme-retail' && collection === 'apis',
  );
  expect(apis).toMatchObject({ table: 'firestore_apis', rowErrors: 12, run: status.run });

  expect(started.stderr()).toContain('sample: 4,720 documents written');
  expect(started.stderr()).toContain('17 slices: 16 loaded, 1 empty. 4,720 rows.');
  expect(started.stderr()).toContain('stopped: every process has ended.');
  expect(readdirSync(join(cwd, '.firesink'))).not.toContain('env');
});

test('Ctrl-C after the summary ends every process and says so', async () => {
  const cwd = folder();
  const started = start({ cwd });
  await saying(started, LAST_LINE);
  const functions = childrenOf(started);
  expect(functions).toHaveLength(3);
  expect(started.stdout()).toContain('Try next, in another terminal (same folder):');
  expect(existsSync(join(cwd, '.firesink/env'))).toBe(true);

  started.child.kill('SIGINT');
  expect(await started.exit).toBe(0);
  expect(started.stderr()).toMatch(
    /stopping …\nstopped: every process has ended\. Data: \.firesink\/\n$/,
  );
  expect(functions.filter(isAlive)).toEqual([]);
  expect(existsSync(join(cwd, '.firesink/env'))).toBe(false);
});

test('Ctrl-C before the summary says what is left undone, and the next start goes on', async () => {
  const cwd = folder();
  const started = start({ cwd });
  await saying(started, 'up in');
  const functions = childrenOf(started);
  started.child.kill('SIGINT');
  expect(await started.exit).toBe(130);
  expect(started.stderr()).toContain(
    'interrupted: the sync is not finished. The next start goes on with it.',
  );
  expect(functions.filter(isAlive)).toEqual([]);

  const next = start({ args: ['--once', '--json'], cwd });
  expect(await next.exit, next.stderr()).toBe(0);
  expect(rowsOf(JSON.parse(next.stdout()))).toEqual(SAMPLE_ROWS);
});

test('killed with -9, its functions end too; the next start finds the data again, --fresh does not', async () => {
  const cwd = folder();
  const killed = start({ cwd });
  await saying(killed, LAST_LINE);
  const variables = parseEnv(readFileSync(join(cwd, '.firesink/env'), 'utf8'));
  const firestore = firestoreOf(
    { firestoreHost: variables.FIRESTORE_EMULATOR_HOST ?? '' },
    { project: 'acme-logistics' },
  );
  await firestore.doc('capextchannels/mine').set({ name: 'Written before the crash' });
  await firestore.terminate();
  const functions = childrenOf(killed);
  killed.child.kill('SIGKILL');
  expect(await killed.exit).toBe('SIGKILL');
  await expect.poll(() => functions.filter(isAlive), { timeout: 10_000 }).toEqual([]);

  const next = start({ args: ['--once', '--json'], cwd });
  expect(await next.exit, next.stderr()).toBe(0);
  expect(next.stderr()).toContain('sample: there already');
  const expected = SAMPLE_ROWS.map((row) =>
    row.join() === 'acme-logistics,capextchannels,empty,0'
      ? ['acme-logistics', 'capextchannels', 'loaded', 1]
      : row,
  );
  expect(rowsOf(JSON.parse(next.stdout()))).toEqual(expected);

  const fresh = start({ args: ['--once', '--fresh', '--no-demo', '--json'], cwd });
  expect(await fresh.exit, fresh.stderr()).toBe(0);
  const { slices }: Status = JSON.parse(fresh.stdout());
  expect(new Set(slices.map(({ state, rows }) => `${state} ${rows}`))).toEqual(
    new Set(['empty 0']),
  );
});

test('a second start on the same folder is refused, and the first one goes on', async () => {
  const cwd = folder();
  const first = start({ cwd, args: ['--no-demo'] });
  await saying(first, LAST_LINE);
  const second = start({ cwd, args: ['--once', '--fresh'] });
  expect(await second.exit).toBe(1);
  expect(second.stderr()).toBe(
    `firesink: ${cwd}/.firesink is in use by a firesink that is running (process ${first.child.pid}). Stop it first: Ctrl-C in its terminal.\n`,
  );
  expect(childrenOf(first)).toHaveLength(3);
  expect(existsSync(join(cwd, '.firesink/env'))).toBe(true);
});

describe('what the user must put right is one line, without a stack', () => {
  test('a port in use, named with what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const started = start({
      args: ['--once'],
      cwd: folder(),
      env: { FIRESINK_PORT_BASE: String(port - 5) },
    });
    expect(await started.exit).toBe(1);
    // Others of its ports may be in use, too, on a machine that is busy.
    expect(started.stderr()).toContain(`port ${port} (pubsub)`);
    expect(started.stderr()).toMatch(
      /^firesink: in use by another process: .* on 127\.0\.0\.1\. Stop that, or move all of firesink: FIRESINK_PORT_BASE=9680 pnpm start\n$/,
    );
  });

  test.each([
    [['--config', 'nowhere.yaml'], 1, /^firesink: .*nowhere\.yaml: there is no such file\n$/],
    [['--environment', 'prod'], 1, /^firesink: .*environment prod, which does not exist.*demo/],
    [['--onze'], 2, /^firesink: Unknown option '--onze'.*\nTry: pnpm start --help\n$/],
  ])('%j', async (args, exitCode, message) => {
    const started = start({ args, cwd: folder() });
    expect(await started.exit).toBe(exitCode);
    expect(started.stderr()).toMatch(message);
    expect(started.stdout()).toBe('');
  });

  test('an emulator that is not there', async () => {
    const env = { FIRESTORE_EMULATOR_HOST: '127.0.0.1:1' };
    const started = start({ args: ['--once'], cwd: folder(), env });
    expect(await started.exit).toBe(1);
    expect(started.stderr()).toBe(
      'firesink: FIRESTORE_EMULATOR_HOST=127.0.0.1:1: nothing answers there (ECONNREFUSED). Start that emulator, or unset FIRESTORE_EMULATOR_HOST to get the stand-in\n',
    );
  });
});
