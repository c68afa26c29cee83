// Many parts become one object with its metadata, in order, checked without being read again.
import { startStorage } from '@firesink/local/storage/server.ts';
import { compose } from '@firesink/shared/snapshots/compose.ts';
import { listSnapshots } from '@firesink/shared/snapshots/list.ts';
import { formatMetadata, parseMetadata } from '@firesink/shared/snapshots/metadata.ts';
import { formatPartName } from '@firesink/shared/snapshots/names.ts';
import { startUpload } from '@firesink/shared/snapshots/part-upload.ts';
import { type Bucket, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = { origin: 'firestore', source: 'shop-eu', collection: 'apis' } as const;
let bucket: Bucket;
let stop: () => PromiseLike<void>;

beforeAll(async () => {
  const storage = await startStorage({ port: 0 });
  stop = () => storage[Symbol.asyncDispose]();
  const client = new Storage({ projectId: 'shop-data', apiEndpoint: `http://${storage.host}` });
  [bucket] = await client.createBucket('shop-sink');
});

afterAll(() => stop());

const metadataOf = (name: string, rows: number, readTimeMs: number) => ({
  name,
  documents: rows,
  rows,
  rowErrors: 0,
  redacted: 0,
  readTimeMs,
  allowEmpty: false,
  allowShrink: false,
  schema: 'abc',
});

async function writeParts(name: string, count: number) {
  const parts = [];
  for (let index = 0; index < count; index++) {
    const part = formatPartName(name, index);
    await using upload = await startUpload({
      bucket,
      name: part,
      contentType: 'application/x-ndjson',
    });
    await upload.write(Buffer.from(`{"n":${index}}\n`));
    parts.push({ name: part, ...(await upload.finish()) });
  }
  return parts;
}

test.for([1, 32, 33, 70])('%d parts', async (count, { expect: expectHere }) => {
  const readTimeMs = Date.parse('2026-11-23T23:00:00Z') + count;
  const stem = new Date(readTimeMs).toISOString().replaceAll(/[-:]/g, '');
  const name = `firestore/shop-eu/apis/${stem}.ndjson`;
  const parts = await writeParts(name, count);
  const metadata = formatMetadata(metadataOf(name, count, readTimeMs));
  const generation = await compose({ bucket, name, parts, metadata });
  const [text] = await bucket.file(name).download();
  const lines = Array.from({ length: count }, (_, index) => `{"n":${index}}\n`);
  expectHere(text.toString()).toBe(lines.join(''));
  const snapshots = await listSnapshots(bucket, folder, stem);
  expectHere(snapshots[0]).toMatchObject({ stem, rows: count, generation });
  expectHere(await compose({ bucket, name, parts, metadata })).toBeUndefined();
});

test('a part that was replaced meanwhile is worth another try, unless the object exists', async () => {
  const readTimeMs = Date.parse('2026-11-23T22:00:00Z');
  const name = 'firestore/shop-eu/apis/20261123T220000.000Z.ndjson';
  const metadata = formatMetadata(metadataOf(name, 2, readTimeMs));
  const slower = await writeParts(name, 2);
  const quicker = await writeParts(name, 2);
  const replaced = { outcome: 'retry', code: 'part-replaced', where: name };
  await expect(compose({ bucket, name, parts: slower, metadata })).rejects.toMatchObject(replaced);
  expect((await bucket.file(name).exists())[0]).toBe(false);
  expect(await compose({ bucket, name, parts: quicker, metadata })).toMatch(/^\d+$/);
  expect(await compose({ bucket, name, parts: slower, metadata })).toBeUndefined();
});

test('an object whose run is later than itself is no snapshot, nor is a copy', async () => {
  const ahead = 'firestore/shop-eu/apis/29990101T000000.000Z.ndjson';
  const readTimeMs = Date.parse('2999-01-01T00:00:00Z');
  const parts = await writeParts(ahead, 1);
  await compose({
    bucket,
    name: ahead,
    parts,
    metadata: formatMetadata(metadataOf(ahead, 1, readTimeMs)),
  });
  const copy = 'firestore/shop-eu/apis/20260101T000000.000Z.ndjson';
  await bucket.file(ahead).copy(bucket.file(copy));
  const stems = (await listSnapshots(bucket, folder)).map(({ stem }) => stem);
  expect(stems).not.toContain('29990101T000000.000Z');
  expect(stems).not.toContain('20260101T000000.000Z');
});

test('metadata of another object, or of nobody, is none', () => {
  const own = formatMetadata(metadataOf('a', 3, 1));
  expect(parseMetadata('a', own)).toEqual(metadataOf('a', 3, 1));
  expect(parseMetadata('b', own)).toBeUndefined();
  expect(parseMetadata('a', { ...own, rows: 'many' })).toBeUndefined();
  expect(parseMetadata('a', undefined)).toBeUndefined();
});
