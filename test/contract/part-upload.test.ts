// Writing an object in pieces: what arrives is what was written, whatever happens on the way.
import { startUpload, type UploadOptions } from '@firesink/shared/snapshots/part-upload.ts';
import { type Bucket, Storage } from '@google-cloud/storage';
import { crc32c } from '@node-rs/crc32';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { StandIn } from '../../infra/local/stand-in.ts';
import { startStorage } from '../../infra/local/storage/server.ts';
import { type Harm, type Harms, startDoor } from './part-upload-door.ts';

const KiB = 1024;
const PIECE = 256 * KiB;

/** Bytes that differ everywhere, so that a lost or doubled piece shows. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

/** The machine may be busy with other tests. */
const PATIENT = { timeout: 20_000 };

const impatient = { delay: async () => {} };

let server: StandIn | undefined;
beforeAll(async () => {
  server = await startStorage({ port: 0 });
});
afterAll(() => server?.[Symbol.asyncDispose]());

let buckets = 0;

async function open(put?: Harms['put'], opening?: Harms['open']) {
  const harms = { ...(put && { put }), ...(opening && { open: opening }) };
  const door = await startDoor(`http://${server?.host}`, harms);
  const storage = new Storage({ projectId: 'p', apiEndpoint: door.url });
  const [bucket] = await storage.createBucket(`parts-${buckets++}`);
  return { door, bucket, [Symbol.asyncDispose]: () => door[Symbol.asyncDispose]() };
}

interface Writing extends Partial<UploadOptions> {
  bucket: Bucket;
  bytes: Buffer;
  chunkBytes?: number;
}

async function upload({ bytes, chunkBytes = 100_000, ...options }: Writing) {
  await using writing = await startUpload({
    name: 'parts/a.ndjson/0000.ndjson',
    contentType: 'application/x-ndjson',
    ifGenerationMatch: 0,
    pieceBytes: PIECE,
    world: impatient,
    ...options,
  });
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    await writing.write(bytes.subarray(at, at + chunkBytes));
  }
  return await writing.finish();
}

async function download(bucket: Bucket): Promise<Buffer> {
  const [bytes] = await bucket.file('parts/a.ndjson/0000.ndjson').download();
  return bytes;
}

describe('an upload', () => {
  test.for([0, 1, 99_999, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 1_500_001])(
    'of %i bytes arrives as it was written',
    async (length, { expect }) => {
      await using place = await open();
      const { bucket } = place;
      const bytes = bytesOf(length);
      const object = await upload({ bucket, bytes });
      expect(object).toEqual({
        generation: expect.stringMatching(/^\d+$/),
        sizeBytes: length,
        crc32c: crc32c(bytes),
      });
      expect((await download(bucket)).equals(bytes)).toBe(true);
    },
  );

  test.for([1, 7, 4096, 300_000, 5_000_000])(
    'in chunks of %i bytes',
    async (chunkBytes, { expect }) => {
      await using place = await open();
      const { bucket } = place;
      const bytes = bytesOf(chunkBytes < 10 ? 60_000 : 1_200_000);
      await upload({ bucket, bytes, chunkBytes });
      expect((await download(bucket)).equals(bytes)).toBe(true);
    },
  );

  test('has the content type and metadata it was given', async ({ expect }) => {
    await using place = await open();
    const { bucket } = place;
    await upload({ bucket, bytes: bytesOf(10), metadata: { documents: '12', name: 'é "x"' } });
    const [metadata] = await bucket.file('parts/a.ndjson/0000.ndjson').getMetadata();
    expect(metadata).toMatchObject({
      contentType: 'application/x-ndjson',
      metadata: { documents: '12', name: 'é "x"' },
    });
  });

  test('sends whole pieces and holds no more than two of them', async ({ expect }) => {
    const gate = Promise.withResolvers<void>();
    await using place = await open((put) => (put === 0 ? { holdUntil: gate.promise } : undefined));
    const { bucket, door } = place;
    await using writing = await startUpload({
      bucket,
      name: 'a',
      contentType: 'text/plain',
      pieceBytes: PIECE,
    });
    const chunk = bytesOf(64 * KiB);
    let written = 0;
    const producing = (async () => {
      for (; written < 40; written++) await writing.write(chunk);
    })();
    // Four chunks are on their way, four more wait; the ninth is taken when the first piece has arrived.
    await expect.poll(() => written, PATIENT).toBe(8);
    await bucket.getMetadata();
    expect(written).toBe(8);
    gate.resolve();
    await producing;
    await writing.finish();
    expect(door.ranges).toEqual([
      ...Array.from({ length: 9 }, (_, n) => `bytes ${n * PIECE}-${(n + 1) * PIECE - 1}/*`),
      `bytes ${9 * PIECE}-${10 * PIECE - 1}/${10 * PIECE}`,
    ]);
  });

  test('that is given up leaves no object', async ({ expect }) => {
    await using place = await open();
    const { bucket } = place;
    const writing = await startUpload({
      bucket,
      name: 'a',
      contentType: 'text/plain',
      pieceBytes: PIECE,
    });
    await writing.write(bytesOf(2 * PIECE));
    await writing.abort();
    await expect(writing.write(bytesOf(1))).rejects.toThrow('written to after its end');
    const [files] = await bucket.getFiles();
    expect(files).toEqual([]);
  });
});

const LENGTH = 4 * PIECE + 200_000;
const HARMS: [what: string, harm: Harm][] = [
  ...[408, 429, 500, 502, 503, 504].map((status): [string, Harm] => [
    `an answer of ${status}`,
    { answer: status },
  ]),
  ['a connection cut at once', { cutAfter: 1 }],
  ['a connection cut in the middle', { cutAfter: 150_000 }],
  ['a connection cut before its answer', { loseAnswer: true }],
];

describe('an upload survives', () => {
  for (const [what, harm] of HARMS) {
    test.for([0, 1, 4])(`${what}, at piece %i`, async (piece, { expect }) => {
      await using place = await open((put) => (put === piece ? harm : undefined));
      const { bucket, door } = place;
      const bytes = bytesOf(LENGTH);
      expect(await upload({ bucket, bytes })).toMatchObject({ crc32c: crc32c(bytes) });
      expect((await download(bucket)).equals(bytes)).toBe(true);
      expect(door.ranges.length).toBeGreaterThan(5);
      expect(door.ranges[piece + 1]).toMatch(/^bytes \*\//);
    });
  }

  test('a session that could not be opened at first', async ({ expect }) => {
    const refusals = [{ answer: 503 }, { answer: 429 }, { loseAnswer: true }] as const;
    await using place = await open(undefined, (opening) => refusals[opening]);
    const { bucket } = place;
    const bytes = bytesOf(LENGTH);
    await upload({ bucket, bytes });
    expect((await download(bucket)).equals(bytes)).toBe(true);
  });

  test('any mixture of these', async ({ expect }) => {
    const mixture = (put: number) => HARMS[put % 12]?.[1];
    await using place = await open(mixture);
    const { bucket } = place;
    const bytes = bytesOf(LENGTH);
    await upload({ bucket, bytes, chunkBytes: 50_000 });
    expect((await download(bucket)).equals(bytes)).toBe(true);
  });
});

describe('an upload ends with', () => {
  test('precondition, to be tried again, where the object exists already', async ({ expect }) => {
    await using place = await open();
    const { bucket } = place;
    await upload({ bucket, bytes: bytesOf(10) });
    await expect(upload({ bucket, bytes: bytesOf(20) })).rejects.toMatchObject({
      outcome: 'retry',
      code: 'precondition',
      where: `gs://${bucket.name}/parts/a.ndjson/0000.ndjson`,
    });
    expect((await download(bucket)).length).toBe(10);
  });

  test('precondition, where somebody else was faster', async ({ expect }) => {
    await using place = await open();
    const { bucket } = place;
    const slow = await startUpload({
      bucket,
      name: 'parts/a.ndjson/0000.ndjson',
      contentType: 'text/plain',
      ifGenerationMatch: 0,
    });
    await slow.write(bytesOf(30));
    await upload({ bucket, bytes: bytesOf(10) });
    await expect(slow.finish()).rejects.toMatchObject({ outcome: 'retry', code: 'precondition' });
    expect((await download(bucket)).length).toBe(10);
  });

  test('precondition, where the generation is another one', async ({ expect }) => {
    await using place = await open();
    const { bucket } = place;
    const first = await upload({ bucket, bytes: bytesOf(10) });
    const second = await upload({
      bucket,
      bytes: bytesOf(20),
      ifGenerationMatch: first.generation,
    });
    expect(second.generation).not.toBe(first.generation);
    const again = upload({ bucket, bytes: bytesOf(30), ifGenerationMatch: first.generation });
    await expect(again).rejects.toMatchObject({ code: 'precondition' });
  });

  test('bucket-not-found, for good', async ({ expect }) => {
    await using place = await open();
    const bucket = place.bucket.storage.bucket('nowhere');
    await expect(upload({ bucket, bytes: bytesOf(10) })).rejects.toMatchObject({
      outcome: 'failed',
      code: 'bucket-not-found',
      hint: 'Create gs://nowhere, or correct warehouse.bucket',
    });
  });

  test('storage-unavailable, after ten tries', async ({ expect }) => {
    await using place = await open(() => ({ answer: 503 }));
    const { bucket, door } = place;
    await expect(upload({ bucket, bytes: bytesOf(10) })).rejects.toMatchObject({
      outcome: 'retry',
      code: 'storage-unavailable',
      what: 'HTTP 503: no',
    });
    expect(door.ranges).toHaveLength(10);
  });

  test('upload-lost, where the session is gone', async ({ expect }) => {
    for (const status of [404, 410]) {
      await using place = await open((put) => (put === 1 ? { answer: status } : undefined));
      const { bucket } = place;
      await expect(upload({ bucket, bytes: bytesOf(LENGTH) })).rejects.toMatchObject({
        outcome: 'retry',
        code: 'upload-lost',
      });
    }
  });

  test('access-denied, for good, naming the role', async ({ expect }) => {
    await using place = await open(() => ({ answer: 403 }));
    const { bucket } = place;
    await expect(upload({ bucket, bytes: bytesOf(10) })).rejects.toMatchObject({
      outcome: 'failed',
      code: 'access-denied',
      hint: expect.stringContaining(`roles/storage.objectUser on gs://${bucket.name}`),
    });
  });

  test('checksum, and without the object, where other bytes arrived', async ({ expect }) => {
    const damage: Harm = { replace: [/"crc32c":"[^"]+"/, '"crc32c":"AAAAAA=="'] };
    await using place = await open(() => damage);
    const { bucket } = place;
    await expect(upload({ bucket, bytes: bytesOf(10) })).rejects.toMatchObject({
      outcome: 'retry',
      code: 'checksum',
      what: expect.stringContaining('arrived as AAAAAA=='),
      hint: 'It was deleted',
    });
    const [files] = await bucket.getFiles({ versions: true });
    expect(files).toEqual([]);
  });
});
