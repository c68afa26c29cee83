import { Storage } from '@google-cloud/storage';
import { test } from 'vitest';
import { startStorage } from '../../infra/local/storage/server.ts';

test('smoke', async ({ expect }) => {
  await using server = await startStorage({ port: 0, publish: async () => undefined });
  const storage = new Storage({ projectId: 'p', apiEndpoint: `http://${server.host}` });
  const [bucket] = await storage.createBucket('shop-sink');
  for (const resumable of [true, false]) for (const validation of ['crc32c', 'md5', false] as const) {
    const file = bucket.file(`a/b ${resumable}.txt`);
    await file.save('hello', { resumable, validation, metadata: { metadata: { x: 'y' } } });
    const [text] = await file.download();
    expect(text.toString()).toBe('hello');
  }
  const w = bucket.file('chunks').createWriteStream({ resumable: true, chunkSize: 262144, validation: 'crc32c' });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  w.on('finish', resolve).on('error', reject);
  w.end(Buffer.alloc(700_000, 'x'));
  await promise;
  expect((await bucket.file('chunks').download())[0].length).toBe(700_000);
  await bucket.file('chunk0').save('', { resumable: true, chunkSize: 262144 });
  const [c] = await bucket.combine(['chunks', 'a/b true.txt'], 'all');
  expect((await c.download())[0].length).toBe(700_005);
});
