// Downloads: ranges, hashes, headers, and objects stored gzipped.
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { test } from 'vitest';
import { describeStorage } from './storage-suite.ts';

describeStorage('Cloud Storage downloads', (endpoint) => {
  test.for([
    [{ start: 0, end: 2 }, 'hel'],
    [{ start: 6 }, 'world'],
    [{ start: 6, end: 999 }, 'world'],
    [{ start: 10, end: 10 }, 'd'],
    [{ end: -3 }, 'rld'],
    [{ end: -999 }, 'hello world'],
  ] as const)('the range %j of "hello world" is "%s"', async ([range, expected], { expect }) => {
    const bucket = await endpoint().newBucket();
    await bucket.file('a.txt').save('hello world');
    const [bytes] = await bucket.file('a.txt').download(range);
    expect(bytes.toString()).toBe(expected);
  });

  test('a range behind the end cannot be had', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    await bucket.file('a.txt').save('hello');
    await bucket.file('empty.txt').save('');
    await expect(bucket.file('a.txt').download({ start: 5 })).rejects.toMatchObject({ code: 416 });
    await expect(bucket.file('empty.txt').download({ start: 0, end: 3 })).rejects.toMatchObject({
      code: 416,
    });
  });

  test('a range says where it lies, and all the rest about its object', async ({ expect }) => {
    const { url, newBucket } = endpoint();
    const bucket = await newBucket();
    await bucket.file('a.txt').save('hello world', {
      resumable: false,
      metadata: {
        contentType: 'text/plain',
        contentDisposition: 'attachment',
        cacheControl: 'private',
      },
    });
    const [{ generation, etag }] = await bucket.file('a.txt').getMetadata();
    const path = `/download/storage/v1/b/${bucket.name}/o/a.txt?alt=media`;
    const answer = await fetchRaw(`${url}${path}`, { range: 'bytes=6-8' });
    expect(answer.status).toBe(206);
    expect(answer.headers).toMatchObject({
      'content-range': 'bytes 6-8/11',
      'content-length': '3',
      'content-type': 'text/plain',
      'content-disposition': 'attachment',
      'cache-control': 'private',
      etag,
      'x-goog-generation': generation,
      'x-goog-metageneration': '1',
      'x-goog-hash': 'crc32c=yZRlqg==,md5=XrY7u+Ae7tCTyyK7j1rNww==',
      'x-goog-stored-content-length': '11',
      'x-goog-stored-content-encoding': 'identity',
    });
    expect(answer.body.toString()).toBe('wor');
  });

  test('a range that is none is all of it', async ({ expect }) => {
    const { url, newBucket } = endpoint();
    const bucket = await newBucket();
    await bucket.file('a.txt').save('hello');
    for (const range of ['bytes=3-1', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=-']) {
      const answer = await fetchRaw(`${url}/b/${bucket.name}/o/a.txt?alt=media`, { range });
      expect([answer.status, answer.body.toString()]).toEqual([200, 'hello']);
    }
  });

  test('a failed download is explained in bare text', async ({ expect }) => {
    const { url, newBucket } = endpoint();
    const { name } = await newBucket();
    const answer = await fetchRaw(`${url}/b/${name}/o/none?alt=media`, {});
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).toBe(`No such object: ${name}/none`);
  });

  test('a download goes on although its object is replaced and deleted', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    const file = bucket.file('a.bin');
    const bytes = Buffer.alloc(20_000_000, 'old ');
    await file.save(bytes, { resumable: false });
    const stream = file.createReadStream({ validation: false });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      if (chunks.length === 0) {
        await file.save('new');
        await file.delete();
      }
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test('a gzipped object comes packed to who takes that, unpacked to all others', async ({
    expect,
  }) => {
    const { url, newBucket } = endpoint();
    const bucket = await newBucket();
    const text = 'many lines\n'.repeat(10_000);
    await bucket.file('a.txt').save(text, { gzip: true });
    const [metadata] = await bucket.file('a.txt').getMetadata();
    expect(metadata.contentEncoding).toBe('gzip');
    expect(Number(metadata.size)).toBeLessThan(1_000);
    expect((await bucket.file('a.txt').download()).toString()).toBe(text);

    const path = `${url}/b/${bucket.name}/o/a.txt?alt=media`;
    const packed = await fetchRaw(path, { 'accept-encoding': 'gzip' });
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': metadata.size,
    });
    expect(gunzipSync(packed.body).toString()).toBe(text);

    const unpacked = await fetchRaw(path, { range: 'bytes=0-3' });
    expect(unpacked.status).toBe(200);
    expect(unpacked.headers).toMatchObject({
      warning: '214 UploadServer gunzipped',
      'x-goog-stored-content-encoding': 'gzip',
      'x-goog-stored-content-length': metadata.size,
      'x-goog-hash': `crc32c=${metadata.crc32c},md5=${metadata.md5Hash}`,
    });
    expect(unpacked.headers).not.toHaveProperty('content-encoding');
    expect(unpacked.body.toString()).toBe(text);
  });

  test('no-transform keeps a gzipped object packed', async ({ expect }) => {
    const { url, newBucket } = endpoint();
    const bucket = await newBucket();
    await bucket
      .file('a.txt')
      .save('text', { gzip: true, metadata: { cacheControl: 'no-transform' } });
    const answer = await fetchRaw(`${url}/b/${bucket.name}/o/a.txt?alt=media`, {});
    expect(gunzipSync(answer.body).toString()).toBe('text');
  });

  test('an object that only says it is gzip breaks off, it never ends well', async ({ expect }) => {
    const { url, newBucket } = endpoint();
    const bucket = await newBucket();
    await bucket.file('a.txt').save('plain', { metadata: { contentEncoding: 'gzip' } });
    await expect(fetchRaw(`${url}/b/${bucket.name}/o/a.txt?alt=media`, {})).rejects.toThrow();
    expect(await bucket.file('a.txt').exists()).toEqual([true]);
  });
});

/** `fetch` unpacks what it gets and asks for more than it is told to. */
async function fetchRaw(url: string, headers: Record<string, string>) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { headers }, resolve).on('error', reject);
  const answer = await promise;
  return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
}
