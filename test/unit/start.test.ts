// The parts of `pnpm start` that need no running system.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { followRun } from '@firesink/shared/stages/follow-run.ts';
import type { SliceState, SliceStatus, Status } from '@firesink/shared/stages/status.ts';
import { describe, expect, test } from 'vitest';
import { parseStartArguments } from '../../infra/local/start/arguments.ts';
import { pnpmCommand } from '../../infra/local/start/next-steps.ts';

describe('arguments', () => {
  test('without any, the sample is brought up and stays up', () => {
    expect(parseStartArguments([])).toEqual({
      help: false,
      once: false,
      demo: true,
      fresh: false,
      json: false,
      config: undefined,
      environment: undefined,
    });
  });

  test('a configuration of one’s own comes without sample documents', () => {
    const options = parseStartArguments(['--once', '--config', 'own.yaml', '--environment', 'dev']);
    expect(options).toMatchObject({
      once: true,
      demo: false,
      config: 'own.yaml',
      environment: 'dev',
    });
  });

  test.each([
    [['--onze'], /Unknown option '--onze'/],
    [['now'], /Unexpected argument 'now'/],
    [['--config'], /'--config <value>' argument missing/],
  ])('%j is refused with what is wrong and where help is', (args, message) => {
    expect(() => parseStartArguments(args)).toThrow(message);
    expect(() => parseStartArguments(args)).toThrow('Try: pnpm start --help');
  });
});

describe('following a run', () => {
  const runMs = Date.UTC(2026, 10, 23, 23);
  const run = '20261123T230000.000Z';
  const olderRun = '20261122T230000.000Z';
  const patience = { waitingMs: 50, failedMs: 20 };
  const never = () => new Promise<void>(() => {});
  const unknown = () => Promise.reject(new Error('an emulator'));

  /** Reads these states one after another, and the last one for good. */
  function reading(...states: [SliceState, string | null][]): () => Promise<Status> {
    return async () => {
      const [state, shown] = (states.length > 1 ? states.shift() : states[0]) ?? ['never', null];
      return { environment: 'demo', run: shown, slices: [slice(state, shown)], failed: 0 };
    };
  }

  test('ends when the table shows the run, whatever it showed before', async () => {
    const read = reading(['loaded', olderRun], ['loading', olderRun], ['loaded', run]);
    const status = await followRun({ runMs, read, idle: never, onProgress: () => {} });
    expect(status.slices).toMatchObject([{ state: 'loaded', run }]);
  });

  test('a failure of an earlier run is not taken for the end of this one', async () => {
    const read = reading(['failed', olderRun], ['loaded', run]);
    const status = await followRun({ runMs, read, idle: never, onProgress: () => {} });
    expect(status.slices).toMatchObject([{ state: 'loaded', run }]);
  });

  test('ends with the failure once nothing is under way any more', async () => {
    const read = reading(['never', null], ['failed', null]);
    const idle = () => Promise.resolve();
    const status = await followRun({ runMs, read, idle, onProgress: () => {} });
    expect(status.slices).toMatchObject([{ state: 'failed' }]);
  });

  test('gives up where nothing changes and nobody can say whether something is under way', async () => {
    const read = reading(['loading', olderRun]);
    const status = await followRun({ runMs, read, idle: unknown, onProgress: () => {}, patience });
    expect(status.slices).toMatchObject([{ state: 'loading' }]);
  });
});

function slice(state: SliceState, run: string | null): SliceStatus {
  return {
    table: 'firestore_apis',
    source: 'acme-retail',
    collection: 'apis',
    state,
    documents: 1,
    rows: 1,
    rowErrors: 0,
    run,
    readTime: null,
    loadedAt: null,
    object: null,
    error: null,
  };
}

describe('what to try next', () => {
  test('names npx where pnpm is only there because npx brought it', () => {
    const folders = ['/home/ada/.npm/_npx/1f/node_modules/.bin', '/srv/firesink/node_modules/.bin'];
    expect(pnpmCommand({ PATH: folders.join(':') })).toBe('npx -y pnpm@12');
  });
});

describe('the check of Node’s version', () => {
  const check = fileURLToPath(new URL('../../infra/local/check-node.cjs', import.meta.url));

  /** Runs the check in a Node that says it is another one. */
  function runAs(version: string) {
    const fake = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require(${JSON.stringify(check)});`;
    return spawnSync(process.execPath, ['--eval', fake], { encoding: 'utf8' });
  }

  test.each(['20.20.2', '22.18.0', '18.0.0'])('Node %s gets one clear sentence', (version) => {
    const { status, stderr, stdout } = runAs(version);
    expect(stderr).toBe(
      `firesink needs Node 22.19 or newer, and this is Node ${version}: install Node 24 (https://nodejs.org), then run the same command again.\n`,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  test.each(['22.19.0', '24.0.0', '25.1.0'])('Node %s is welcome', (version) => {
    expect(runAs(version)).toMatchObject({ status: 0, stderr: '' });
  });
});
