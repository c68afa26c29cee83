// What outlives the process: everything that was answered for, and nothing else.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Storage } from '@google-cloud/storage';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type StorageOptions, startStorage } from '../../infra/local/storage/server.ts';

const SERVER = new URL('../../infra/local/storage/server.ts', import.meta.url);

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'firesink-restart-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function start(dataDir: string, options: Partial<StorageOptions> = {}) {
  const server = await startStorage({ port: 0, dataDir, ...options });
  const storage = connect(server.host);
  return { storage, stop: () => server[Symbol.asyncDispose](), server };
}

const connect = (host: string) =>
  new Storage({
    projectId: 'shop-data',
    apiEndpoint: `http://${host}`,
    retryOptions: { autoRetry: false },
  });

/** A server in a process of its own, to be killed. */
async function spawnServer(dataDir: string) {
  const script = `
    import { startStorage } from ${JSON.stringify(SERVER.href)};
    const publish = () => new Promise(() => {});
    const server = await startStorage({ port: 0, dataDir: ${JSON.stringify(dataDir)}, publish });
    process.stdout.write(server.host + '\\n');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [host] = await once(createInterface(child.stdout), 'line');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  return { storage: connect(String(host)), kill };
}

describe('Cloud Storage with a data folder', () => {
  test('buckets, objects, metadata and notification configurations are found again', async () => {
    const folder = await newFolder();
    const publish = async () => undefined;
    const before = await start(folder, { publish });
    const [bucket] = await before.storage.createBucket('shop-sink');
    await bucket.createNotification('t');
    await bucket.file('a/1').save('one', { metadata: { metadata: { k: 'v' } } });
    await bucket.file('a/2').save('two');
    await bucket.combine(['a/1', 'a/2'], 'all');
    await bucket.file('a/2').delete();
    const [expected] = await bucket.file('all').getMetadata();
    await before.stop();

    const after = await start(folder, { publish });
    onTestFinished(after.stop);
    const again = after.storage.bucket('shop-sink');
    const [files] = await again.getFiles();
    expect(files.map(({ name }) => name)).toEqual(['a/1', 'all']);
    expect((await again.file('all').download()).toString()).toBe('onetwo');
    expect((await again.file('all').getMetadata())[0]).toMatchObject({
      generation: expected.generation,
      crc32c: expected.crc32c,
      timeCreated: expected.timeCreated,
    });
    expect((await again.file('a/1').getMetadata())[0].metadata).toEqual({ k: 'v' });
    const [notification] = await again.createNotification('t');
    expect(notification.id).toBe('2');
  });

  test('a generation is never given twice, though the newest object is deleted and the clock goes back', async () => {
    const folder = await newFolder();
    const before = await start(folder, { clock: () => Date.UTC(2026, 10, 24) });
    const [bucket] = await before.storage.createBucket('shop-sink');
    await bucket.file('a').save('a');
    const [{ generation }] = await bucket.file('a').getMetadata();
    await bucket.file('a').delete();
    await before.stop();
    const after = await start(folder, { clock: () => Date.UTC(2026, 10, 23) });
    onTestFinished(after.stop);
    await after.storage.bucket('shop-sink').file('a').save('b');
    const [later] = await after.storage.bucket('shop-sink').file('a').getMetadata();
    expect(BigInt(later.generation ?? 0)).toBe(BigInt(generation ?? 0) + 1n);
  });

  test('a killed process leaves whole objects, old or new, and no rubbish', async () => {
    const folder = await newFolder();
    const { storage, kill } = await spawnServer(folder);
    const [bucket] = await storage.createBucket('shop-sink');
    const contents = ['old', 'new'].map((word) => Buffer.alloc(3_000_000, `${word} `));
    await bucket.file('a').save(contents[0] ?? '', { resumable: false });
    // Ten writers are in the middle of something when the process dies.
    const writes = Array.from({ length: 10 }, (_, index) =>
      bucket
        .file(index % 2 === 0 ? 'a' : `b${index}`)
        .save(contents[1] ?? '', { resumable: false }),
    );
    const outcomes = Promise.allSettled(writes);
    await Promise.race(writes);
    await kill();
    await outcomes;

    const { storage: again, stop } = await start(folder);
    onTestFinished(stop);
    const [files] = await again.bucket('shop-sink').getFiles();
    for (const file of files) {
      // Compared with its checksum by the client.
      const [bytes] = await file.download();
      expect(contents.some((content) => content.equals(bytes))).toBe(true);
    }
    expect(await readdir(join(folder, 'blobs'))).toHaveLength(files.length);
  });

  test('an upload goes on in the next process where the killed one stopped', async () => {
    const folder = await newFolder();
    const { storage, kill } = await spawnServer(folder);
    const [bucket] = await storage.createBucket('shop-sink');
    const bytes = Buffer.from(Array.from({ length: 600_000 }, (_, index) => index % 251));
    const [uri] = await bucket
      .file('a')
      .createResumableUpload({ metadata: { contentType: 'x/y' } });
    await fetch(uri, {
      method: 'PUT',
      headers: { 'content-range': 'bytes 0-524287/*' },
      body: new Uint8Array(bytes.subarray(0, 524288)),
    });
    await kill();

    const { storage: again, stop, server } = await start(folder);
    onTestFinished(stop);
    const moved = Object.assign(new URL(uri), { host: server.host }).href;
    const status = await fetch(moved, { method: 'PUT', headers: { 'content-range': 'bytes */*' } });
    expect([status.status, status.headers.get('range')]).toEqual([308, 'bytes=0-524287']);
    const file = again.bucket('shop-sink').file('a');
    await file.save(bytes.subarray(524288), { uri: moved, offset: 524288, validation: false });
    const [downloaded] = await file.download();
    expect(downloaded.equals(bytes)).toBe(true);
    expect((await file.getMetadata())[0].contentType).toBe('x/y');
    const repeated = await fetch(moved, {
      method: 'PUT',
      headers: { 'content-range': 'bytes */*' },
    });
    expect(repeated.status).toBe(200);
  });

  test('a session older than a week is gone', async () => {
    const folder = await newFolder();
    let timeMs = Date.UTC(2026, 10, 23);
    const { storage, stop } = await start(folder, { clock: () => timeMs });
    onTestFinished(stop);
    const [bucket] = await storage.createBucket('shop-sink');
    const [uri] = await bucket.file('a').createResumableUpload();
    timeMs += 7 * 24 * 3_600_000 + 1;
    const status = await fetch(uri, { method: 'PUT', headers: { 'content-range': 'bytes */*' } });
    expect(status.status).toBe(404);
  });

  test('what was not published is published by the next process', async () => {
    const folder = await newFolder();
    const { storage, kill } = await spawnServer(folder); // its Pub/Sub never answers
    const [bucket] = await storage.createBucket('shop-sink');
    await bucket.createNotification('t');
    await bucket.file('a').save('a');
    await bucket.file('b').save('b');
    await kill();

    const published: string[] = [];
    const publish: StorageOptions['publish'] = async (_, { attributes }) => {
      published.push(attributes.objectId ?? '');
    };
    const { server, stop } = await start(folder, { publish });
    await server.idle();
    await stop();
    expect(published.toSorted()).toEqual(['a', 'b']);
    const { server: third, stop: stopThird } = await start(folder, { publish });
    await third.idle();
    await stopThird();
    expect(published).toHaveLength(2);
  });

  test('a disk that fails ends the upload, not the server', async () => {
    const folder = await newFolder();
    const { storage, stop } = await start(folder);
    onTestFinished(stop);
    const [bucket] = await storage.createBucket('shop-sink');
    const [uri] = await bucket.file('a').createResumableUpload();
    const putChunk = (range: string) =>
      fetch(uri, { method: 'PUT', headers: { 'content-range': range }, body: 'x'.repeat(262_144) });
    expect((await putChunk('bytes 0-262143/*')).status).toBe(308);
    await rm(join(folder, 'blobs'), { recursive: true });
    expect((await putChunk('bytes 262144-524287/*')).status).toBe(500);
    expect((await putChunk('bytes */*')).status).toBe(404);
    await mkdir(join(folder, 'blobs'));
    await bucket.file('a').save('works again');
    expect((await bucket.file('a').download()).toString()).toBe('works again');
  });

  test('half a line at the end of the journal is forgotten, damage within it is named', async () => {
    const folder = await newFolder();
    const before = await start(folder);
    await before.storage.createBucket('shop-sink');
    await before.stop();
    const journal = join(folder, 'journal.ndjson');
    await appendFile(journal, '[["bucket/half",{"na');
    const after = await start(folder);
    const [buckets] = await after.storage.getBuckets();
    expect(buckets.map(({ name }) => name)).toEqual(['shop-sink']);
    await after.stop();
    const lines = (await readFile(journal, 'utf8')).split('\n').length - 1;
    await appendFile(journal, '[["bucket/half",{"na\n');
    await expect(start(folder)).rejects.toThrow(`journal.ndjson: line ${lines + 1} is damaged`);
  });

  test('without a data folder nothing is left behind', async () => {
    const folder = await newFolder();
    vi.stubEnv('TMPDIR', folder);
    const server = await startStorage({ port: 0 });
    vi.unstubAllEnvs();
    const [bucket] = await connect(server.host).createBucket('shop-sink');
    await bucket.file('a').save('a');
    expect(await readdir(folder)).toHaveLength(1);
    await server[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  });
});
