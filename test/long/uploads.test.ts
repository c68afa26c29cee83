// Uploads of the sizes that break programs: a bomb, a line nobody takes, two gigabytes in flat memory.
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { FiresinkError } from '@firesink/shared/errors.ts';
import { loadUpload } from '@firesink/shared/stages/sync.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLocal } from '../../infra/local/system.ts';
import { configOf, type LoadWorld, openLoadWorld } from '../support/load-world.ts';
import { temporaryFolder } from '../support/local.ts';

const MIB = 2 ** 20;

describe('beyond the limits', () => {
  let world: LoadWorld;

  beforeAll(async () => {
    world = await openLoadWorld({ collections: ['{ collection: bad }'] });
    process.env.STORAGE_EMULATOR_HOST = world.system.storageUrl;
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  async function refusalOf(name: string, contents: Readable): Promise<string> {
    const bucket = (await world.system.clients.storage()).bucket('sink');
    const path = `uploads/firestore/shop/bad/${name}`;
    await pipeline(contents, bucket.file(path).createWriteStream({ validation: false }));
    const error = await loadUpload(world.services, world.pair('bad'), path).catch((cause) => cause);
    if (!(error instanceof FiresinkError)) throw new Error(`loaded, or broken: ${error}`);
    return `${error.outcome} ${error.code}: ${error.what}`;
  }

  test('a line that BigQuery would not take', async () => {
    const line = Buffer.alloc(101 * MIB, 'x');
    const contents = Readable.from([
      Buffer.from('{"_document_id":"c","x":"'),
      line,
      Buffer.from('"}\n'),
    ]);
    expect(await refusalOf('long.ndjson', contents)).toMatch(/^refused bad-upload: line 1: /);
  });

  test('4.1 GiB packed into a few megabytes', async () => {
    const row = Buffer.from('{"_document_id":"a"}\n'.repeat(50_000));
    const rows = Math.ceil((4.1 * 1024 * MIB) / row.length);
    const contents = Readable.from(repeated(row, rows)).pipe(createGzip({ level: 1 }));
    expect(await refusalOf('bomb.ndjson.gz', contents)).toMatch(
      /^refused bad-upload: .*limit|GiB|bytes/,
    );
  });
});

function* repeated(chunk: Buffer, times: number): Generator<Buffer> {
  for (let count = 0; count < times; count++) yield chunk;
}

const MAIN = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));

/** Bytes. The client libraries alone take some 120 MB. */
const MOST_MEMORY = 400 * MIB;

test('a file of two gigabytes is loaded in flat memory', async () => {
  using folder = temporaryFolder();
  const config = join(folder.path, 'firesink.yaml');
  writeFileSync(config, configOf(['shop'], ['{ collection: big }']));
  const file = join(folder.path, 'big.ndjson');
  const text = 'x'.repeat(20_000);
  const documents = 100_000;
  const lines = function* () {
    for (let id = 0; id < documents; id++)
      yield `${JSON.stringify({ _document_id: `d${id}`, text })}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
  await using system = await startLocal({
    config,
    functions: [],
    dataDir: join(folder.path, 'data'),
  });
  const child = spawn(process.execPath, [MAIN, '--json', 'upload', file, 'shop', 'big'], {
    env: { PATH: process.env.PATH, ...system.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakBytes = 0;
  const watch = setInterval(() => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    peakBytes = Math.max(peakBytes, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }, 200);
  const exitCode = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  process.stdout.write(`upload of 2 GB: at most ${Math.round(peakBytes / MIB)} MiB\n`);
  expect(exitCode).toBe(0);
  expect(peakBytes).toBeLessThan(MOST_MEMORY);
});
