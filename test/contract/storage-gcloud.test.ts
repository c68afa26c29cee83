// `gcloud storage` against the stand-in, as the README tells its users to run it.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { StandIn } from '../../infra/local/stand-in.ts';
import { startStorage } from '../../infra/local/storage/server.ts';
import { gcloudEnvironment } from '../support/gcloud.ts';
import { missing } from '../support/tools.ts';

describe.skipIf(missing('gcloud').length > 0)('gcloud storage (needs gcloud)', () => {
  let server: StandIn;
  let env: NodeJS.ProcessEnv;
  let folder: string;

  beforeAll(async () => {
    server = await startStorage({ port: 0 });
    env = gcloudEnvironment({ storagePort: server.port });
    folder = await mkdtemp(join(tmpdir(), 'firesink-gcloud-test-'));
    const storage = new Storage({ projectId: 'shop-data', apiEndpoint: `http://${server.host}` });
    await storage.createBucket('shop-sink');
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function gcloud(args: string[], stdin = '') {
    const child = spawn('gcloud', ['storage', ...args, '--project=shop-data'], { env });
    child.stdin.end(stdin);
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { exitCode: await closed, stdout, stderr };
  }

  test('cp uploads, ls lists, cat shows and rm deletes', async ({ expect }) => {
    const local = join(folder, 'apis.ndjson');
    await writeFile(local, '{"_document_id":"orders"}\n');
    const remote = 'gs://shop-sink/uploads/firestore/shop-eu/apis/by-hand.ndjson';
    expect(await gcloud(['cp', local, remote])).toMatchObject({ exitCode: 0 });
    expect(await gcloud(['ls', 'gs://shop-sink/uploads/firestore/shop-eu/**'])).toMatchObject({
      exitCode: 0,
      stdout: `${remote}\n`,
    });
    expect(await gcloud(['cat', remote])).toMatchObject({ stdout: '{"_document_id":"orders"}\n' });
    expect(await gcloud(['rm', remote])).toMatchObject({ exitCode: 0 });
    const gone = await gcloud(['cat', remote]);
    expect(gone.exitCode).toBe(1);
    expect(gone.stderr).toContain('matched no objects');
  });

  test('cp takes large files in a resumable upload, and gives back the same bytes', async ({
    expect,
  }) => {
    const local = join(folder, 'large.bin');
    const bytes = Buffer.alloc(12_000_000, 'firesink ');
    await writeFile(local, bytes);
    expect(await gcloud(['cp', local, 'gs://shop-sink/large.bin'])).toMatchObject({ exitCode: 0 });
    const back = join(folder, 'back.bin');
    expect(await gcloud(['cp', 'gs://shop-sink/large.bin', back])).toMatchObject({ exitCode: 0 });
    expect((await readFile(back)).equals(bytes)).toBe(true);
  });

  test('cp takes a pipe, packs in flight, and copies within the bucket', async ({ expect }) => {
    const piped = await gcloud(['cp', '-', 'gs://shop-sink/piped.txt'], 'from a pipe\n');
    expect(piped.exitCode).toBe(0);
    const copied = await gcloud(['cp', 'gs://shop-sink/piped.txt', 'gs://shop-sink/copy.txt']);
    expect(copied.exitCode).toBe(0);
    expect((await gcloud(['cat', 'gs://shop-sink/copy.txt'])).stdout).toBe('from a pipe\n');
    const local = join(folder, 'lines.txt');
    const lines = Array.from({ length: 1_500_000 }, (_, line) => `${line}\n`).join('');
    await writeFile(local, lines);
    const packed = await gcloud(['cp', '--gzip-in-flight-all', local, 'gs://shop-sink/lines.txt']);
    expect(packed.exitCode).toBe(0);
    const back = join(folder, 'lines-back.txt');
    await gcloud(['cp', 'gs://shop-sink/lines.txt', back]);
    expect(await readFile(back, 'utf8')).toBe(lines);
  });

  test('buckets are made, described and removed with all they hold', async ({ expect }) => {
    expect(await gcloud(['buckets', 'create', 'gs://made-by-gcloud'])).toMatchObject({
      exitCode: 0,
    });
    const described = await gcloud(['buckets', 'describe', 'gs://made-by-gcloud', '--format=json']);
    expect(JSON.parse(described.stdout)).toMatchObject({ name: 'made-by-gcloud', location: 'US' });
    await gcloud(['cp', '-', 'gs://made-by-gcloud/a/b.txt'], 'b');
    expect(await gcloud(['rm', '-r', 'gs://made-by-gcloud'])).toMatchObject({ exitCode: 0 });
    expect((await gcloud(['ls'])).stdout).toBe('gs://shop-sink/\n');
  });

  test('what is not served is said at once, in plain words', async ({ expect }) => {
    const refused = await gcloud(['buckets', 'update', 'gs://shop-sink', '--versioning']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('Object versioning is not served');
  });
});
