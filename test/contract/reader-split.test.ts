// Splitting a collection: whatever its ids are like, the parts together hold every document once, and none
// is much bigger than asked for.
import { randomBytes } from 'node:crypto';
import { countDocuments } from '@firesink/shared/sources/firestore/count.ts';
import { listCuts } from '@firesink/shared/sources/firestore/partitions.ts';
import { splitCollection } from '@firesink/shared/sources/firestore/split.ts';
import { describe, test } from 'vitest';
import { startFirestore } from '../../infra/local/firestore/server.ts';
import { Database, describeFirestore } from './reader-suite.ts';

const COUNT = 600;
const ids = (make: (n: number) => string) => Array.from({ length: COUNT }, (_, n) => make(n));
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const auto = () => Array.from(randomBytes(20), (byte) => base62[byte % 62]).join('');
const uuid = () =>
  randomBytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const FAMILIES: Record<string, () => string[]> = {
  'automatic ids': () => ids(auto),
  numbers: () => ids(String),
  'padded numbers behind a long prefix': () =>
    ids((n) => `customer-invoice-2026-${String(n).padStart(12, '0')}`),
  UUIDs: () => ids(uuid),
  'two crowds far apart': () => ids((n) => (n % 4 ? `aaaa${auto()}` : `zzzz-${n}`)),
  'one stray at each end of a crowd': () => ['!', ...ids((n) => `mm-${n}`), '~'],
  'letters beyond ASCII': () => ids((n) => `東京${String.fromCodePoint(0x4e00 + n)}`),
  'emoji and dots': () => ids((n) => `a.b.😀${n}`),
};

describeFirestore('splitting', (open) => {
  test.for(Object.keys(FAMILIES))('%s', async (family, { expect }) => {
    await using db = open();
    const paths = FAMILIES[family]?.().map((id) => `apis/${id}`) ?? [];
    await db.write(paths);
    const scope = await db.scope('apis');
    const parts = await splitCollection({ channel: db.channel }, scope, { documentsPerPart: 75 });

    expect(parts.reduce((sum, { documents }) => sum + documents, 0)).toBe(paths.length);
    expect(parts.length).toBeLessThanOrEqual(16);
    const all: string[] = [];
    for (const [index, { range, documents }] of parts.entries()) {
      expect(range.start).toBe(parts[index - 1]?.range.end);
      expect(documents).toBeLessThanOrEqual(112);
      const read = await db.read({ ...scope, range });
      expect(read).toHaveLength(documents);
      all.push(...read);
    }
    expect(parts.at(-1)?.range.end).toBeUndefined();
    expect(all).toEqual(await db.read(scope));
    expect(new Set(all)).toEqual(new Set(paths));
  });

  test('a group under many parents, with other collections between', async ({ expect }) => {
    await using db = open();
    const paths = ids((n) => `parents/p${n % 150}/items/${auto()}`);
    await db.write([...paths, ...ids((n) => `parents/p${n % 150}/others/${n}`).slice(0, 150)]);
    const scope = await db.scope('items', { group: true });
    const parts = await splitCollection({ channel: db.channel }, scope, { documentsPerPart: 75 });
    expect(Math.max(...parts.map(({ documents }) => documents))).toBeLessThanOrEqual(112);
    const all: string[] = [];
    for (const { range } of parts) all.push(...(await db.read({ ...scope, range })));
    expect(all).toHaveLength(COUNT);
    expect(new Set(all)).toEqual(new Set(paths));
  });

  test('counts and cuts only what fields must equal', async ({ expect }) => {
    await using db = open();
    await db.write(
      ids(String).map((id) => `apis/${id}`),
      (n) => ({ live: n % 3 === 0 }),
    );
    const plain = await db.scope('apis');
    const where = [{ path: ['live'], value: true }];
    const scope = { ...plain, collection: { ...plain.collection, where } };
    const parts = await splitCollection({ channel: db.channel }, scope, { documentsPerPart: 25 });
    expect(parts.reduce((sum, { documents }) => sum + documents, 0)).toBe(200);
    expect(Math.max(...parts.map(({ documents }) => documents))).toBeLessThanOrEqual(37);
  });

  test('what is small enough stays whole', async ({ expect }) => {
    await using db = open();
    await db.write(['apis/a', 'apis/b', 'apis/c']);
    const { channel } = db;
    const options = { documentsPerPart: 2 };
    const scope = await db.scope('apis');
    expect(await splitCollection({ channel }, scope, options)).toEqual([
      { range: {}, documents: 3 },
    ]);
    const empty = await db.scope('nothing');
    expect(await splitCollection({ channel }, empty, options)).toEqual([
      { range: {}, documents: 0 },
    ]);
  });

  test('a budget of probes ends it, with bigger parts and nothing lost', async ({ expect }) => {
    await using db = open();
    await db.write(ids(String).map((id) => `apis/${id}`));
    const scope = await db.scope('apis');
    const options = { documentsPerPart: 10, maxProbes: 6 };
    const parts = await splitCollection({ channel: db.channel }, scope, options);
    let documents = 0;
    for (const { range } of parts) documents += (await db.read({ ...scope, range })).length;
    expect(documents).toBe(COUNT);
  });
});

describe('the cuts of PartitionQuery', () => {
  test('are sorted over all pages, and those in other parents are left out', async ({ expect }) => {
    await using server = await startFirestore({ port: 0, minPartitionDocuments: 1 });
    await using db = new Database(server.host);
    const inside = ids((n) => `tenants/t5/apis/${String(n).padStart(4, '0')}`);
    const outside = ids((n) => `tenants/t${n % 10 === 5 ? 6 : n % 10}/apis/${auto()}`);
    await db.write([...inside, ...outside]);
    const { channel } = db;

    const group = await db.scope('apis', { group: true });
    const all = await listCuts({ channel }, group, 500);
    expect(all.length).toBeGreaterThan(400);
    expect(all).toEqual([...all].sort());

    const tenant = await db.scope('tenants/t5/apis');
    const cuts = await listCuts({ channel }, tenant, 20);
    expect(cuts.length).toBeGreaterThan(5);
    for (const cut of cuts) expect(inside).toContain(db.relative(cut));

    const before = server.documentReads;
    const parts = await splitCollection({ channel }, tenant, { documentsPerPart: 100 });
    expect(parts.reduce((sum, { documents }) => sum + documents, 0)).toBe(COUNT);
    expect(Math.max(...parts.map(({ documents }) => documents))).toBeLessThanOrEqual(150);
    expect(server.documentReads - before).toBeLessThan(256 + 2 * COUNT);
    expect(await countDocuments({ channel }, tenant)).toBe(COUNT);
  });
});
