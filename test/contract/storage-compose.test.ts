// Compose, copy, rewrite and move.
import type { Bucket } from '@google-cloud/storage';
import { describe, test } from 'vitest';
import { describeStorage } from './storage-suite.ts';

async function saveParts(bucket: Bucket, count: number): Promise<string[]> {
  const names = Array.from(
    { length: count },
    (_, index) => `parts/${String(index).padStart(4, '0')}`,
  );
  for (const name of names) await bucket.file(name).save(`${name}\n`, { resumable: false });
  return names;
}

/** firesink composes by hand, because `bucket.combine` cannot set custom metadata. */
async function compose(bucket: Bucket, name: string, query: string, body: unknown) {
  const path = `/b/${bucket.name}/o/${encodeURIComponent(name)}/compose?${query}`;
  const base = process.env.STORAGE_EMULATOR_HOST ?? `${bucket.storage.apiEndpoint}/storage/v1`;
  const answer = await fetch(`${base}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const resource = (await answer.json()) as { error?: { message: string } };
  return { status: answer.status, body: resource };
}

describeStorage('Cloud Storage compose and copy', (endpoint) => {
  describe('compose', () => {
    test('32 parts become one object with the right checksum and no md5', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const names = await saveParts(bucket, 32);
      const [combined] = await bucket.combine(names, 'all.ndjson');
      const text = names.map((name) => `${name}\n`).join('');
      // The client compares the bytes with the checksum the server has.
      expect((await combined.download()).toString()).toBe(text);
      const [metadata] = await combined.getMetadata();
      await bucket.file('same.ndjson').save(text);
      const [same] = await bucket.file('same.ndjson').getMetadata();
      expect(metadata).toMatchObject({ size: '352', componentCount: 32, crc32c: same.crc32c });
      expect(metadata).not.toHaveProperty('md5Hash');
    });

    test('composed objects are composed again, and outlive their parts', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const names = await saveParts(bucket, 4);
      await bucket.combine(names.slice(0, 2), 'a');
      await bucket.combine(names.slice(2), 'b');
      const [all] = await bucket.combine(['a', 'b', 'a'], 'all');
      await bucket.deleteFiles({ prefix: 'parts/' });
      await bucket.file('a').save('something else');
      await bucket.file('b').delete();
      expect((await all.getMetadata())[0].componentCount).toBe(6);
      expect((await all.download()).toString()).toBe(
        'parts/0000\nparts/0001\nparts/0002\nparts/0003\nparts/0000\nparts/0001\n',
      );
      expect((await all.download({ start: 8, end: 13 })).toString()).toBe('00\npar');
    });

    test('the destination is described by the request, under its precondition', async ({
      expect,
    }) => {
      const bucket = await endpoint().newBucket();
      await saveParts(bucket, 1);
      const request = {
        destination: { contentType: 'application/x-ndjson', metadata: { documents: '1' } },
        sourceObjects: [{ name: 'parts/0000' }],
      };
      const first = await compose(bucket, 'all', 'ifGenerationMatch=0', request);
      expect(first.status).toBe(200);
      expect(first.body).toMatchObject({
        name: 'all',
        contentType: 'application/x-ndjson',
        metadata: { documents: '1' },
        componentCount: 1,
      });
      const second = await compose(bucket, 'all', 'ifGenerationMatch=0', request);
      expect(second.status).toBe(412);
    });

    test('a source of another generation than asked for is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await saveParts(bucket, 1);
      const [{ generation }] = await bucket.file('parts/0000').getMetadata();
      const sources = (source: object) => ({ sourceObjects: [{ name: 'parts/0000', ...source }] });
      expect((await compose(bucket, 'x', '', sources({ generation }))).status).toBe(200);
      expect(await compose(bucket, 'x', '', sources({ generation: '5' }))).toMatchObject({
        status: 404,
        body: { error: { message: 'Object parts/0000 (generation: 5) not found.' } },
      });
      const expecting = (ifGenerationMatch: string | undefined) =>
        compose(bucket, 'x', '', sources({ objectPreconditions: { ifGenerationMatch } }));
      expect((await expecting(String(generation))).status).toBe(200);
      expect((await expecting('5')).status).toBe(412);
    });

    test('none, 33 and missing sources are refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await saveParts(bucket, 1);
      const messageOf = async (names: string[]) =>
        (await compose(bucket, 'x', '', { sourceObjects: names.map((name) => ({ name })) })).body
          .error?.message;
      expect(await messageOf([])).toBe('You must provide at least one source component.');
      expect(await messageOf(Array(33).fill('parts/0000'))).toBe(
        'The number of source components provided (33) exceeds the maximum (32)',
      );
      expect(await messageOf(['none'])).toBe('Object none (generation: 0) not found.');
      expect(await bucket.file('x').exists()).toEqual([false]);
    });
  });

  describe('copy', () => {
    test('a copy has the bytes, hashes and metadata of its source', async ({ expect }) => {
      const { newBucket } = endpoint();
      const bucket = await newBucket();
      const elsewhere = await newBucket();
      const file = bucket.file('a b.txt');
      await file.save('hello', { contentType: 'text/plain', metadata: { metadata: { k: 'v' } } });
      const [copy] = await file.copy(elsewhere.file('copy.txt'));
      await file.delete();
      expect((await copy.download()).toString()).toBe('hello');
      expect((await copy.getMetadata())[0]).toMatchObject({
        bucket: elsewhere.name,
        contentType: 'text/plain',
        metadata: { k: 'v' },
        md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==',
        metageneration: '1',
      });
    });

    test('metadata given with a copy replaces all of its source', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const file = bucket.file('a.txt');
      await file.save('hello', { metadata: { cacheControl: 'private', metadata: { k: 'v' } } });
      const [copy] = await file.copy('b.txt', { contentType: 'text/x', metadata: { n: 'w' } });
      const [metadata] = await copy.getMetadata();
      expect(metadata).toMatchObject({ contentType: 'text/x', metadata: { n: 'w' } });
      expect(metadata).not.toHaveProperty('cacheControl');
      await expect(file.copy('c.txt', { metadata: { n: 'w' } })).rejects.toMatchObject({
        code: 400,
        message: 'You must specify the content type of the destination object.',
      });
    });

    test('a copy onto what must not exist is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await bucket.file('a').save('a');
      await bucket.file('b').save('b');
      await expect(
        bucket.file('a').copy('b', { preconditionOpts: { ifGenerationMatch: 0 } }),
      ).rejects.toMatchObject({ code: 412 });
      expect((await bucket.file('b').download()).toString()).toBe('b');
    });

    test('a copy onto itself is a new generation of the same bytes', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const file = bucket.file('a');
      await file.save('hello');
      const [before] = await file.getMetadata();
      await file.copy('a');
      const [after] = await file.getMetadata();
      expect(after.generation).not.toBe(before.generation);
      expect((await file.download()).toString()).toBe('hello');
    });

    test('a moved object is under its new name only', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await bucket.file('a').save('hello');
      await bucket.file('a').moveFileAtomic('b');
      await bucket.file('b').move('c');
      const [files] = await bucket.getFiles();
      expect(files.map(({ name }) => name)).toEqual(['c']);
      expect((await bucket.file('c').download()).toString()).toBe('hello');
    });
  });
});
