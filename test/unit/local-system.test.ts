// What the local system is made of: the lock on its folder, its ports, its function processes.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { writeEnvFile } from '../../infra/local/system/env-file.ts';
import { type FunctionOptions, startFunction } from '../../infra/local/system/function-process.ts';
import { lockFolder } from '../../infra/local/system/lock.ts';
import { assertPortsFree, parsePortBase, portsFrom } from '../../infra/local/system/ports.ts';
import { assertEmulatorsReachable } from '../../infra/local/system/reachable.ts';
import { createReleases } from '../../infra/local/system/releases.ts';
import { temporaryFolder } from '../support/local.ts';

function folder(): string {
  const made = temporaryFolder();
  onTestFinished(() => made[Symbol.dispose]());
  return made.path;
}

describe('the lock on a folder of data', () => {
  test('is refused a second time, naming the process that has it', () => {
    const dataDir = folder();
    const lock = lockFolder(dataDir);
    expect(() => lockFolder(dataDir)).toThrow(
      `${dataDir} is in use by a firesink that is running (process ${process.pid}). Stop it first: Ctrl-C in its terminal.`,
    );
    lock[Symbol.dispose]();
    lockFolder(dataDir)[Symbol.dispose]();
  });

  test('is free again when the process that had it was killed', () => {
    const dataDir = folder();
    const module = new URL('../../infra/local/system/lock.ts', import.meta.url);
    const script = `const { lockFolder } = await import(${JSON.stringify(module.href)});
      lockFolder(${JSON.stringify(dataDir)});
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
    expect(signal).toBe('SIGKILL');
    lockFolder(dataDir)[Symbol.dispose]();
  });
});

describe('ports', () => {
  test('one number moves them all', () => {
    expect(portsFrom(parsePortBase(undefined))).toMatchObject({ firestore: 8680, load: 8702 });
    expect(portsFrom(parsePortBase('9680'))).toEqual({
      firestore: 9680,
      pubsub: 9685,
      storage: 9690,
      bigquery: 9695,
      scheduler: 9700,
      export: 9701,
      load: 9702,
    });
  });

  test.each(['http', '80', '70000', '-1', '9680.5'])('FIRESINK_PORT_BASE=%s is refused', (text) => {
    expect(() => parsePortBase(text)).toThrow(
      `FIRESINK_PORT_BASE is "${text}": give a number from 1024 to 65500, or 0 for any free ports`,
    );
  });

  test('those in use are named, all of them, with what to do', async () => {
    const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0)];
    onTestFinished(() => {
      for (const server of servers) server.close();
    });
    await Promise.all(servers.map((server) => once(server, 'listening')));
    const [pubsub = 0, load = 0] = servers.map((server) => (server.address() as AddressInfo).port);
    const ports = { ...portsFrom(0), pubsub, load };
    await expect(assertPortsFree(ports, ['firestore', 'pubsub', 'load'])).rejects.toThrow(
      `in use by another process: port ${pubsub} (pubsub), port ${load} (load) on 127.0.0.1. Stop that, or move all of firesink: FIRESINK_PORT_BASE=9680 pnpm start`,
    );
    await assertPortsFree(ports, ['firestore']);
  });
});

describe('emulators in the place of stand-ins', () => {
  test('that answer are taken, with or without a scheme', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await assertEmulatorsReachable({
      PUBSUB_EMULATOR_HOST: host,
      STORAGE_EMULATOR_HOST: `http://${host}`,
    });
  });

  test.each([
    ['FIRESTORE_EMULATOR_HOST', '127.0.0.1:1', 'ECONNREFUSED'],
    ['STORAGE_EMULATOR_HOST', 'http://[::1', 'it is no host and port'],
  ])('%s=%s is refused at once', async (variable, value, reason) => {
    await expect(assertEmulatorsReachable({ [variable]: value })).rejects.toThrow(
      `${variable}=${value}: nothing answers there (${reason}). Start that emulator, or unset ${variable} to get the stand-in`,
    );
  });
});

describe('the process of a function', () => {
  const functionsDir = fileURLToPath(new URL('../fixtures/functions', import.meta.url));

  function options(own: Pick<FunctionOptions, 'name'> & Partial<FunctionOptions>): FunctionOptions {
    const logFile = join(folder(), 'function.log');
    return { functionsDir, port: 0, env: process.env, logFile, onCrash: () => {}, ...own };
  }

  test('answers at the port it says', async () => {
    const started = await startFunction(options({ name: 'scheduler' }));
    onTestFinished(started.kill);
    expect(started.url).toBe(`http://127.0.0.1:${started.port}`);
    const { status } = await fetch(started.url, { method: 'POST' });
    expect(status).toBe(204);
  });

  // Only Linux has all of 127.0.0.0/8 without being told to.
  test.skipIf(process.platform !== 'linux')('is not to be reached from outside', async () => {
    const started = await startFunction(options({ name: 'scheduler' }));
    onTestFinished(started.kill);
    await expect(fetch(`http://127.0.0.2:${started.port}`)).rejects.toThrow('fetch failed');
  });

  test('that ends by itself is reported, and one that is killed is not', async () => {
    const onCrash = vi.fn();
    const started = await startFunction(options({ name: 'scheduler', onCrash }));
    process.kill(started.pid, 'SIGKILL');
    await vi.waitFor(() => expect(onCrash.mock.calls).toEqual([['SIGKILL']]));
    const second = await startFunction(options({ name: 'scheduler', onCrash }));
    await second.kill();
    expect(onCrash).toHaveBeenCalledTimes(1);
  });

  test('that does not come up fails with the end of its log', async () => {
    const own = options({ name: 'export' });
    await expect(startFunction(own)).rejects.toThrow(
      /function export did not start .*function\.log/,
    );
    await expect(startFunction(own)).rejects.toThrow('export is broken');
  });
});

describe('the file of variables', () => {
  test('is there while the system is, and quotes what a shell would take apart', () => {
    const dataDir = folder();
    const env = { A: '127.0.0.1:8680', B: '/my files/firesink.yaml', C: "/it's mine" };
    const file = writeEnvFile(dataDir, env);
    const text = readFileSync(join(dataDir, 'env'), 'utf8');
    expect(text).toBe("A=127.0.0.1:8680\nB='/my files/firesink.yaml'\nC=\"/it's mine\"\n");
    expect(parseEnv(text)).toEqual(env);
    file[Symbol.dispose]();
    expect(() => readFileSync(join(dataDir, 'env'))).toThrow('ENOENT');
  });
});

describe('releases', () => {
  test('run in reverse, all of them, and the first error survives', async () => {
    const order: string[] = [];
    const releases = createReleases();
    releases.add(() => order.push('folder'));
    releases.add(() => Promise.reject(new Error('second to go')));
    releases.add(() => {
      throw new Error('first to go');
    });
    releases.add(async () => order.push('process'));
    await expect(releases.release()).rejects.toThrow('first to go');
    expect(order).toEqual(['process', 'folder']);
  });
});
