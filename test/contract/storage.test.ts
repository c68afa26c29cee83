// Buckets, objects, metadata, preconditions and generations.
import { describe, test } from 'vitest';
import { describeStorage } from './storage-suite.ts';

describeStorage('Cloud Storage', (endpoint) => {
  describe('buckets', () => {
    test('a bucket is created, listed, described and deleted', async ({ expect }) => {
      const { storage, newBucket } = endpoint();
      const bucket = await newBucket();
      const [metadata] = await bucket.getMetadata();
      expect(metadata).toMatchObject({
        kind: 'storage#bucket',
        id: bucket.name,
        name: bucket.name,
        location: 'US',
        storageClass: 'STANDARD',
        metageneration: '1',
      });
      const [buckets] = await storage.getBuckets();
      expect(buckets.map(({ name }) => name)).toContain(bucket.name);
      await bucket.delete();
      expect(await bucket.exists()).toEqual([false]);
    });

    test('keeps what its owner sets, and counts the changes', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await bucket.setMetadata({ labels: { team: 'data', stage: 'dev' } });
      await bucket.setMetadata({ labels: { stage: null } });
      const [metadata] = await bucket.getMetadata();
      expect(metadata.labels).toEqual({ team: 'data' });
      expect(metadata.metageneration).toBe('3');
    });

    test('a name that is taken is a conflict', async ({ expect }) => {
      const { storage, newBucket } = endpoint();
      const { name } = await newBucket();
      await expect(storage.createBucket(name)).rejects.toMatchObject({
        code: 409,
        message:
          'Your previous request to create the named bucket succeeded and you already own it.',
      });
    });

    test('a name that is none is refused', async ({ expect }) => {
      await expect(endpoint().storage.createBucket('Not_A_Bucket')).rejects.toMatchObject({
        code: 400,
        message: "Invalid bucket name: 'Not_A_Bucket'",
      });
    });

    test('a bucket that holds objects is not deleted', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await bucket.file('a.txt').save('a');
      await expect(bucket.delete()).rejects.toMatchObject({
        code: 409,
        message: 'The bucket you tried to delete is not empty.',
      });
    });

    test('a bucket that is missing is named as the reason', async ({ expect }) => {
      const file = endpoint().storage.bucket('no-such-bucket-here').file('a.txt');
      const missing = { code: 404, message: 'The specified bucket does not exist.' };
      await expect(file.getMetadata()).rejects.toMatchObject(missing);
      await expect(file.save('a', { resumable: false })).rejects.toMatchObject(missing);
    });

    test('what would change later behaviour and is not served is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await expect(bucket.setMetadata({ versioning: { enabled: true } })).rejects.toMatchObject({
        code: 400,
        message: expect.stringContaining('Object versioning is not served'),
      });
    });
  });

  describe('objects', () => {
    test('an object shows what was uploaded', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const file = bucket.file('folder/hello world.txt');
      await file.save('hello', {
        resumable: false,
        metadata: {
          contentType: 'text/plain',
          cacheControl: 'no-store',
          customTime: '2026-11-23T23:00:00Z',
          metadata: { run: '20261123T230000.000Z', rows: '12' },
        },
      });
      const [metadata] = await file.getMetadata();
      expect(metadata).toMatchObject({
        kind: 'storage#object',
        name: 'folder/hello world.txt',
        bucket: bucket.name,
        size: '5',
        contentType: 'text/plain',
        cacheControl: 'no-store',
        customTime: '2026-11-23T23:00:00Z',
        metadata: { run: '20261123T230000.000Z', rows: '12' },
        metageneration: '1',
        storageClass: 'STANDARD',
        crc32c: 'mnG7TA==',
        md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==',
      });
      expect(metadata.id).toBe(`${bucket.name}/folder/hello world.txt/${metadata.generation}`);
      expect(Date.parse(metadata.timeCreated ?? '')).not.toBeNaN();
    });

    test.for([
      'a/b/c',
      'with space',
      'ümlaut-😀',
      'percent%2Fescaped',
      'q?u=1&e#r',
      '+plus',
      '__proto__',
      'x'.repeat(1024),
    ])('an object may be called %s', async (name, { expect }) => {
      const bucket = await endpoint().newBucket();
      await bucket.file(name).save(name);
      const [files] = await bucket.getFiles();
      expect(files.map((file) => file.name)).toEqual([name]);
      expect((await bucket.file(name).download()).toString()).toBe(name);
      await bucket.file(name).delete();
      expect(await bucket.file(name).exists()).toEqual([false]);
    });

    test.for([
      ['line\nbreak', 'Disallowed unicode characters present in object name'],
      ['x'.repeat(1025), 'The maximum object length is 1024 characters'],
    ] as const)('an object may not be called %j', async ([name, message], { expect }) => {
      const bucket = await endpoint().newBucket();
      await expect(bucket.file(name).save('a', { resumable: false })).rejects.toMatchObject({
        code: 400,
        message: expect.stringContaining(message),
      });
    });

    test('an object that is missing is named as the reason', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const missing = { code: 404, message: `No such object: ${bucket.name}/none.txt` };
      await expect(bucket.file('none.txt').getMetadata()).rejects.toMatchObject(missing);
      await expect(bucket.file('none.txt').download()).rejects.toMatchObject(missing);
      await expect(bucket.file('none.txt').delete()).rejects.toMatchObject(missing);
    });

    test('patching merges metadata and leaves the generation alone', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const file = bucket.file('a.txt');
      await file.save('a', { metadata: { metadata: { keep: '1', drop: '2' } } });
      const [before] = await file.getMetadata();
      await file.setMetadata({ contentType: 'text/x', metadata: { drop: null, add: '3' } });
      const [after] = await file.getMetadata();
      expect(after.metadata).toEqual({ keep: '1', add: '3' });
      expect(after.contentType).toBe('text/x');
      expect(after.generation).toBe(before.generation);
      expect(after.metageneration).toBe('2');
      expect(after.crc32c).toBe(before.crc32c);
    });

    test('more than 8 KiB of custom metadata is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const file = bucket.file('a.txt');
      await file.save('a', { metadata: { metadata: { k: 'x'.repeat(8191) } } });
      await expect(file.setMetadata({ metadata: { k: 'x'.repeat(8192) } })).rejects.toMatchObject({
        code: 400,
        message: 'Your metadata headers exceed the maximum allowed metadata size.',
      });
    });
  });

  describe('generations and preconditions', () => {
    const refused = {
      code: 412,
      message: 'At least one of the pre-conditions you specified did not hold.',
    };

    test('every upload has a larger generation', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const generations: bigint[] = [];
      for (const name of ['a', 'a', 'b', 'a']) {
        await bucket.file(name).save(name);
        const [{ generation }] = await bucket.file(name).getMetadata();
        generations.push(BigInt(generation ?? 0));
      }
      expect(generations).toEqual(generations.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(new Set(generations).size).toBe(4);
    });

    test.for([{ resumable: true }, { resumable: false }])(
      'generation 0 stands for an object that must not exist, %j',
      async (form, { expect }) => {
        const bucket = await endpoint().newBucket();
        const options = { ...form, preconditionOpts: { ifGenerationMatch: 0 } };
        await bucket.file('a.txt').save('first', options);
        await expect(bucket.file('a.txt').save('second', options)).rejects.toMatchObject({
          code: 412,
        });
        expect((await bucket.file('a.txt').download()).toString()).toBe('first');
      },
    );

    test('of ten writers who all want to be the first, one is', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const attempts = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) =>
          bucket.file('a.txt').save(`writer ${index}`, {
            resumable: index % 2 === 0,
            preconditionOpts: { ifGenerationMatch: 0 },
          }),
        ),
      );
      const winners = attempts.flatMap(({ status }, index) =>
        status === 'fulfilled' ? [index] : [],
      );
      expect(winners).toHaveLength(1);
      expect((await bucket.file('a.txt').download()).toString()).toBe(`writer ${winners[0]}`);
    });

    test('an older generation is not there any more', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      await bucket.file('a.txt').save('old');
      const [{ generation }] = await bucket.file('a.txt').getMetadata();
      await bucket.file('a.txt').save('new');
      await expect(
        bucket.file('a.txt', { generation: String(generation) }).download(),
      ).rejects.toMatchObject({ code: 404 });
    });

    test('deleting another generation than the one seen is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const file = bucket.file('a.txt');
      await file.save('old');
      const [{ generation }] = await file.getMetadata();
      await file.save('new');
      await expect(file.delete({ ifGenerationMatch: Number(generation) })).rejects.toMatchObject(
        refused,
      );
      expect((await file.download()).toString()).toBe('new');
    });

    test('patching metadata that somebody else patched is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const file = bucket.file('a.txt');
      await file.save('a');
      await file.setMetadata({ metadata: { by: 'somebody' } });
      await expect(
        file.setMetadata({ metadata: { by: 'me' } }, { ifMetagenerationMatch: 1 }),
      ).rejects.toMatchObject(refused);
    });

    test('a reader who has this generation already is told so', async ({ expect }) => {
      const { newBucket, url } = endpoint();
      const bucket = await newBucket();
      await bucket.file('a.txt').save('a');
      const [{ generation }] = await bucket.file('a.txt').getMetadata();
      const path = `${url}/storage/v1/b/${bucket.name}/o/a.txt`;
      const statusOf = async (query: string) => (await fetch(`${path}?${query}`)).status;
      expect(await statusOf(`ifGenerationNotMatch=${generation}`)).toBe(304);
      expect(await statusOf('ifGenerationNotMatch=1')).toBe(200);
      expect(await statusOf('ifGenerationMatch=1')).toBe(412);
      expect(await statusOf('ifMetagenerationNotMatch=1')).toBe(304);
      expect(await statusOf('ifGenerationMatch=abc')).toBe(400);
    });
  });

  describe('errors', () => {
    test('have the form of the JSON API', async ({ expect }) => {
      const { url, newBucket } = endpoint();
      const { name } = await newBucket();
      const answer = await fetch(`${url}/storage/v1/b/${name}/o/none`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({
        error: {
          code: 404,
          message: `No such object: ${name}/none`,
          errors: [
            { message: `No such object: ${name}/none`, domain: 'global', reason: 'notFound' },
          ],
        },
      });
    });

    test('a body that is no JSON is a parse error', async ({ expect }) => {
      const { url } = endpoint();
      const answer = await fetch(`${url}/storage/v1/b?project=p`, {
        method: 'POST',
        body: '{"name":',
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { errors: [{ reason: 'parseError' }] } });
    });

    test.for([
      ['GET', '/storage/v1/b/x/iam'],
      ['POST', '/storage/v1/b/x/o/a/acl'],
      ['GET', '/storage/v1/b/contract/o?matchGlob=**'],
    ] as const)('%s %s is refused, never answered wrongly', async ([method, path], { expect }) => {
      const answer = await fetch(`${endpoint().url}${path}`, { method });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { errors: [{ reason: 'notImplemented' }] },
      });
    });
  });
});
