// Uploads in all their forms, whole and cut, right and damaged.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { crc32c } from '@node-rs/crc32';
import { describe, test } from 'vitest';
import { describeStorage } from './storage-suite.ts';

const KiB = 1024;

/** Bytes that differ everywhere, so that a lost or doubled piece shows. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

const md5Of = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');

function crc32cOf(bytes: Buffer): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(bytes));
  return checksum.toString('base64');
}

describeStorage('Cloud Storage uploads', (endpoint) => {
  test.for([
    { resumable: false },
    { resumable: true },
    { resumable: true, chunkSize: 256 * KiB },
    { resumable: true, chunkSize: 1024 * KiB },
  ])('bytes of any number arrive as they were sent, %j', async (form, { expect }) => {
    const bucket = await endpoint().newBucket();
    const sizes = [0, 1, 256 * KiB - 1, 256 * KiB, 256 * KiB + 1, 1024 * KiB, 2_000_001];
    for (const size of sizes) {
      const bytes = bytesOf(size);
      const file = bucket.file(`${size}`);
      await file.save(bytes, { ...form, validation: 'crc32c' });
      const [metadata] = await file.getMetadata();
      expect(metadata).toMatchObject({
        size: String(size),
        md5Hash: md5Of(bytes),
        crc32c: crc32cOf(bytes),
      });
      const [downloaded] = await file.download();
      expect(downloaded.equals(bytes)).toBe(true);
    }
  });

  test('a stream of unknown length is uploaded as it comes', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    const file = bucket.file('stream.ndjson');
    async function* lines() {
      for (let line = 0; line < 20_000; line += 1) yield `{"line":${line}}\n`;
    }
    await pipeline(lines, file.createWriteStream({ resumable: true, contentType: 'text/plain' }));
    const text = (await file.download()).toString();
    expect(text.split('\n')).toHaveLength(20_001);
    expect(text.endsWith('{"line":19999}\n')).toBe(true);
  });

  describe('hashes', () => {
    test.for([{ resumable: false }, { resumable: true }])(
      'an upload whose bytes do not match the checksum sent with it is refused, %j',
      async (form, { expect }) => {
        const bucket = await endpoint().newBucket();
        const file = bucket.file('a.txt');
        await expect(
          file.save('hello', { ...form, metadata: { crc32c: 'AAAAAA==' } }),
        ).rejects.toThrow();
        await expect(
          file.save('hello', { ...form, metadata: { md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==' } }),
        ).rejects.toThrow();
        expect(await file.exists()).toEqual([false]);
        await file.save('hello', { ...form, metadata: { crc32c: 'mnG7TA==' } });
        expect(await file.exists()).toEqual([true]);
      },
    );

    test('the words say what was sent and what was found', async ({ expect }) => {
      const { url, newBucket } = endpoint();
      const { name } = await newBucket();
      const answer = await fetch(`${url}/upload/storage/v1/b/${name}/o?uploadType=media&name=a`, {
        method: 'POST',
        headers: { 'x-goog-hash': 'crc32c=AAAAAA==' },
        body: 'hello',
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: {
          message: 'Provided CRC32C "AAAAAA==" doesn\'t match calculated CRC32C "mnG7TA==".',
          errors: [{ reason: 'invalid' }],
        },
      });
    });

    test('a damaged chunk at the end leaves the old object in place', async ({ expect }) => {
      const { newBucket } = endpoint();
      const bucket = await newBucket();
      await bucket.file('a').save('old');
      const session = await startSession(bucket.file('a').createResumableUpload());
      const answer = await put(session, 'bytes 0-4/5', 'hello', {
        'x-goog-hash': 'crc32c=AAAAAA==',
      });
      expect(answer.status).toBe(400);
      expect((await bucket.file('a').download()).toString()).toBe('old');
    });
  });

  describe('resumable sessions', () => {
    test('an upload cut in the middle goes on where it was cut', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const bytes = bytesOf(1_000_000);
      const session = await startSession(bucket.file('a').createResumableUpload());
      await putAndCut(session, bytes, 700_000);
      const kept = await keptBytes(session);
      // Whole units of 256 KiB, whatever arrived.
      expect(kept).toBe(512 * KiB);
      expect(await bucket.file('a').exists()).toEqual([false]);
      await bucket
        .file('a')
        .save(bytes.subarray(kept), { uri: session, offset: kept, validation: false });
      const [downloaded] = await bucket.file('a').download();
      expect(downloaded.equals(bytes)).toBe(true);
    });

    test('what is sent again is ignored', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const bytes = bytesOf(300 * KiB);
      const session = await startSession(bucket.file('a').createResumableUpload());
      expect((await put(session, 'bytes 0-262143/*', bytes.subarray(0, 262144))).status).toBe(308);
      expect((await put(session, 'bytes 0-262143/*', Buffer.alloc(262144))).status).toBe(308);
      const last = await put(session, `bytes 0-307199/307200`, bytes);
      expect(last.status).toBe(200);
      const [downloaded] = await bucket.file('a').download();
      expect(downloaded.equals(bytes)).toBe(true);
    });

    test('a chunk behind a gap is refused, and the session goes on', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(bucket.file('a').createResumableUpload());
      const gap = await put(session, 'bytes 262144-262148/262149', 'hello');
      expect(gap.status).toBe(503);
      expect(gap.text).toBe(
        'Invalid request.  According to the Content-Range header, the upload offset is 262144 byte(s), which exceeds already uploaded size of 0 byte(s).',
      );
      expect((await put(session, 'bytes 0-4/5', 'hello')).status).toBe(200);
    });

    test('of a chunk that is no multiple of 256 KiB only the whole units are kept', async ({
      expect,
    }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(bucket.file('a').createResumableUpload());
      const short = await put(session, 'bytes 0-99999/*', bytesOf(100_000));
      expect(short.status).toBe(308);
      expect(short.range).toBe(null);
      const long = await put(session, 'bytes 0-299999/*', bytesOf(300_000));
      expect(long.range).toBe('bytes=0-262143');
    });

    test('a last chunk that ends before what is there already is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(bucket.file('a').createResumableUpload());
      await put(session, 'bytes 0-262143/*', bytesOf(262144));
      expect((await put(session, 'bytes 0-4/5', 'hello')).status).toBe(400);
      expect(await keptBytes(session)).toBe(262144);
    });

    test('a body shorter than its range says is refused', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(bucket.file('a').createResumableUpload());
      const answer = await put(session, 'bytes 0-9/10', 'hello');
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('There were 5 byte(s) in the request body.');
      expect(await bucket.file('a').exists()).toEqual([false]);
    });

    test('a finished session answers with its object, however often it is asked', async ({
      expect,
    }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(bucket.file('a').createResumableUpload());
      const first = await put(session, 'bytes 0-*/*', 'hello');
      expect(first.status).toBe(200);
      for (const range of ['bytes */*', 'bytes */5', 'bytes 0-4/5']) {
        const again = await put(session, range, range === 'bytes 0-4/5' ? 'hello' : '');
        expect(again.status).toBe(200);
        expect(JSON.parse(again.text)).toEqual(JSON.parse(first.text));
      }
    });

    test('a session ends with the total it was told', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const bytes = bytesOf(256 * KiB);
      const session = await startSession(bucket.file('a').createResumableUpload());
      expect((await put(session, 'bytes 0-262143/*', bytes)).status).toBe(308);
      expect((await put(session, 'bytes */262144', '')).status).toBe(200);
      expect((await bucket.file('a').download())[0].equals(bytes)).toBe(true);
    });

    test('a cancelled session is gone', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(bucket.file('a').createResumableUpload());
      await put(session, 'bytes 0-262143/*', bytesOf(262144));
      expect((await fetch(session, { method: 'DELETE' })).status).toBe(499);
      expect((await put(session, 'bytes */*', '')).status).toBe(404);
      expect(await bucket.file('a').exists()).toEqual([false]);
    });

    test('the precondition is checked when the last byte arrives', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(
        bucket.file('a').createResumableUpload({ preconditionOpts: { ifGenerationMatch: 0 } }),
      );
      await bucket.file('a').save('faster');
      expect((await put(session, 'bytes 0-5/6', 'slower')).status).toBe(412);
      expect((await bucket.file('a').download()).toString()).toBe('faster');
    });

    test('a client that comes again does not wait for its dead connection', async ({ expect }) => {
      const bucket = await endpoint().newBucket();
      const session = await startSession(bucket.file('a').createResumableUpload());
      const hanging = openPut(session, 'bytes 0-*/*');
      await new Promise<void>((resolve) => hanging.write('never finished', () => resolve()));
      expect((await put(session, 'bytes 0-4/5', 'hello')).status).toBe(200);
      expect((await bucket.file('a').download()).toString()).toBe('hello');
      hanging.destroy();
    });
  });

  test.for(['multipart', 'media'])(
    'a client that sends all before it looks at the answer gets one, %s',
    async (uploadType, { expect }) => {
      const { hostname, port } = new URL(endpoint().url);
      const socket = connect(Number(port), hostname);
      const bytes = 30_000_000;
      const head = `POST /upload/storage/v1/b/no-such-bucket/o?uploadType=${uploadType}&name=a HTTP/1.1`;
      const type = 'content-type: multipart/related; boundary=b';
      socket.write(`${head}\r\nhost: x\r\n${type}\r\ncontent-length: ${bytes}\r\n\r\n`);
      const start = Buffer.from('--b\r\n\r\n{}\r\n--b\r\n\r\n');
      const body = Buffer.concat([start, Buffer.alloc(bytes - start.length)]);
      await new Promise((resolve) => socket.write(body, resolve));
      const [answer] = await once(socket, 'data');
      socket.destroy();
      expect(answer.toString()).toContain('The specified bucket does not exist.');
    },
  );

  describe('multipart', () => {
    test('quoted boundaries and bare line feeds, as gcloud writes them', async ({ expect }) => {
      const { url, newBucket } = endpoint();
      const bucket = await newBucket();
      const body = [
        '--===12==',
        'Content-Type: application/json',
        '',
        '{"name":"from-body.txt","contentType":"text/plain"}',
        '--===12==',
        'Content-Type: application/octet-stream',
        '',
        'line\n--===12=\nend',
        '--===12==--',
      ];
      const answer = await postMultipart(
        `${url}/upload/storage/v1/b/${bucket.name}/o`,
        "'===12=='",
        body.join('\n'),
      );
      expect(answer.status).toBe(200);
      expect((await bucket.file('from-body.txt').download()).toString()).toBe(
        'line\n--===12=\nend',
      );
      expect((await bucket.file('from-body.txt').getMetadata())[0].contentType).toBe('text/plain');
    });

    test('a body without its end is refused', async ({ expect }) => {
      const { url, newBucket } = endpoint();
      const bucket = await newBucket();
      const body = '--b\r\n\r\n{"name":"cut.txt"}\r\n--b\r\n\r\nhello';
      const answer = await postMultipart(`${url}/upload/storage/v1/b/${bucket.name}/o`, 'b', body);
      expect(answer.status).toBe(400);
      expect(await bucket.file('cut.txt').exists()).toEqual([false]);
    });

    test('an object without a name is refused', async ({ expect }) => {
      const { url, newBucket } = endpoint();
      const bucket = await newBucket();
      const body = '--b\r\n\r\n{}\r\n--b\r\n\r\nhello\r\n--b--';
      const answer = await postMultipart(`${url}/upload/storage/v1/b/${bucket.name}/o`, 'b', body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { errors: [{ reason: 'required' }] } });
    });
  });
});

const startSession = async (started: Promise<[string]>): Promise<string> => (await started)[0];

async function put(
  session: string,
  range: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(session, {
    method: 'PUT',
    headers: { 'content-range': range, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: answer.status, range: answer.headers.get('range'), text: await answer.text() };
}

async function keptBytes(session: string): Promise<number> {
  const { range } = await put(session, 'bytes */*', '');
  return range === null ? 0 : Number(range.split('-')[1]) + 1;
}

function openPut(session: string, range: string) {
  const put = request(session, { method: 'PUT', headers: { 'content-range': range } });
  put.on('error', () => undefined);
  return put;
}

/** Sends some of the bytes and breaks the connection. */
async function putAndCut(session: string, bytes: Buffer, sent: number): Promise<void> {
  const put = openPut(session, `bytes 0-*/${bytes.length}`);
  await new Promise<void>((resolve) => put.write(bytes.subarray(0, sent), () => resolve()));
  put.destroy();
  await new Promise<void>((resolve) => put.on('close', () => resolve()));
}

const postMultipart = (url: string, boundary: string, body: string) =>
  fetch(`${url}?uploadType=multipart`, {
    method: 'POST',
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body,
  });
