// Lists: prefix, delimiter, offsets, pages and order.
import type { Bucket, GetFilesOptions } from '@google-cloud/storage';
import { test } from 'vitest';
import { describeStorage } from './storage-suite.ts';

const RUNS = [
  'firestore/shop/apis/20261123T230000.000Z.ndjson',
  'firestore/shop/apis/20261124T230000.000Z.ndjson',
  'firestore/shop/products/20261123T230000.000Z.ndjson',
  'firestore/shop-eu/apis/20261123T230000.000Z.ndjson',
  'gke/apps/pods/20261123T230000.000Z.ndjson',
  'readme.txt',
];

async function save(bucket: Bucket, names: readonly string[]): Promise<void> {
  for (const name of names) await bucket.file(name).save('', { resumable: false });
}

async function list(bucket: Bucket, query: GetFilesOptions) {
  const [files, , answer] = await bucket.getFiles({ autoPaginate: false, ...query });
  const { prefixes, nextPageToken } = answer as { prefixes?: string[]; nextPageToken?: string };
  return { names: files.map(({ name }) => name), prefixes, nextPageToken };
}

describeStorage('Cloud Storage lists', (endpoint) => {
  test('an empty bucket has an empty list', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    expect(await list(bucket, {})).toEqual({ names: [] });
  });

  test('prefix, delimiter and offsets pick what lies in a folder', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    await save(bucket, RUNS);
    expect(await list(bucket, { delimiter: '/' })).toEqual({
      names: ['readme.txt'],
      prefixes: ['firestore/', 'gke/'],
    });
    expect(await list(bucket, { prefix: 'firestore/', delimiter: '/' })).toEqual({
      names: [],
      prefixes: ['firestore/shop-eu/', 'firestore/shop/'],
    });
    expect((await list(bucket, { prefix: 'firestore/shop/' })).names).toEqual(RUNS.slice(0, 3));
    const offsets = {
      prefix: 'firestore/shop/apis/',
      startOffset: 'firestore/shop/apis/20261124',
    };
    expect((await list(bucket, offsets)).names).toEqual([RUNS[1]]);
    const until = { prefix: 'firestore/shop/apis/', endOffset: RUNS[1] ?? '' };
    expect((await list(bucket, until)).names).toEqual([RUNS[0]]);
  });

  test('names come in the order of their UTF-8 bytes', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    // UTF-16, which JavaScript sorts by, would put the emoji before U+FF5E.
    await save(bucket, ['😀', '～', 'a/b', 'a', 'a-', 'Z', 'é']);
    expect((await list(bucket, {})).names).toEqual(['Z', 'a', 'a-', 'a/b', 'é', '～', '😀']);
  });

  test('pages continue where the last one ended, in folders too', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    await save(bucket, ['a/1', 'a/2', 'b', 'c/1', 'd', 'e/1', 'e/2', 'f']);
    const pages: unknown[] = [];
    let pageToken: string | undefined;
    do {
      const { names, prefixes, nextPageToken } = await list(bucket, {
        delimiter: '/',
        maxResults: 2,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      pages.push([...(prefixes ?? []), ...names]);
      pageToken = nextPageToken;
    } while (pageToken !== undefined);
    expect(pages).toEqual([
      ['a/', 'b'],
      ['c/', 'd'],
      ['e/', 'f'],
    ]);
  });

  test('the client pages through more than one answer holds', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    const names = Array.from(
      { length: 1_003 },
      (_, index) => `n/${String(index).padStart(5, '0')}`,
    );
    await Promise.all(names.map((name) => bucket.file(name).save('', { resumable: false })));
    const [files] = await bucket.getFiles();
    expect(files.map(({ name }) => name)).toEqual(names);
    expect((await list(bucket, { maxResults: 5_000 })).names).toHaveLength(1_000);
  });

  test('what was deleted is not listed, what was replaced once', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    await save(bucket, ['a', 'b', 'c', 'b']);
    await bucket.file('a').delete();
    expect((await list(bucket, {})).names).toEqual(['b', 'c']);
    const [versions] = await bucket.getFiles({ versions: true });
    expect(versions.map(({ name }) => name)).toEqual(['b', 'c']);
  });

  test('a page token of another kind is refused', async ({ expect }) => {
    const bucket = await endpoint().newBucket();
    await expect(bucket.getFiles({ pageToken: 'made-up' })).rejects.toMatchObject({ code: 400 });
  });
});
