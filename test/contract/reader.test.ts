// Reading a collection as bytes: what is read, when, and that nothing is read twice or not at all.
import { countDocuments } from '@firesink/shared/sources/firestore/count.ts';
import { readCollection } from '@firesink/shared/sources/firestore/run-query.ts';
import { test } from 'vitest';
import { startProxy } from './reader-proxy.ts';
import { Database, describeFirestore, impatient } from './reader-suite.ts';

/** The machine may be busy with other tests. */
const PATIENT = { timeout: 20_000 };

const numbered = (collection: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${collection}/${String(n).padStart(5, '0')}`);

describeFirestore('the reader', (open) => {
  test('hands out every document of a collection once, in the order of names', async ({
    expect,
  }) => {
    await using db = open();
    const paths = ['apis/b', 'apis/a', 'apis/Z', 'apis/é', 'apis/z', 'apis/10', 'apis/9'];
    await db.write([...paths, 'other/a', 'apis/a/versions/v1', 'x/y/apis/c']);
    expect(await db.read(await db.scope('apis'))).toEqual([
      'apis/10',
      'apis/9',
      'apis/Z',
      'apis/a',
      'apis/b',
      'apis/z',
      'apis/é',
    ]);
  });

  test('reads a subcollection by its path, a group wherever it lies', async ({ expect }) => {
    await using db = open();
    await db.write(['a/1/v/x', 'a/2/v/x', 'a/2/v/y', 'v/root', 'b/1/c/1/v/deep', 'a/2/w/x']);
    expect(await db.read(await db.scope('a/2/v'))).toEqual(['a/2/v/x', 'a/2/v/y']);
    expect(await db.read(await db.scope('v', { group: true }))).toEqual([
      'a/1/v/x',
      'a/2/v/x',
      'a/2/v/y',
      'b/1/c/1/v/deep',
      'v/root',
    ]);
  });

  test('sees the instant it is asked for, and so does the count', async ({ expect }) => {
    await using db = open();
    await db.write(['apis/changed', 'apis/deleted']);
    const before = await db.scope('apis');
    await db.client.doc('apis/deleted').delete();
    await db.write(['apis/added', 'apis/added2']);
    const after = await db.scope('apis');
    expect(await db.read(before)).toEqual(['apis/changed', 'apis/deleted']);
    expect(await db.read(after)).toEqual(['apis/added', 'apis/added2', 'apis/changed']);
    const { channel } = db;
    expect(await countDocuments({ channel }, before)).toBe(2);
    expect(await countDocuments({ channel }, after)).toBe(3);
  });

  test('a collection without documents is read to its end', async ({ expect }) => {
    await using db = open();
    const scope = await db.scope('nothing');
    expect(await db.read(scope)).toEqual([]);
    expect(await countDocuments({ channel: db.channel }, scope)).toBe(0);
  });

  test('keeps to a range: its start belongs to it, its end does not', async ({ expect }) => {
    await using db = open();
    await db.write(numbered('apis', 10));
    const range = (start?: string, end?: string) => ({
      range: { start: start && db.name(start), end: end && db.name(end) },
    });
    const read = async (start?: string, end?: string) =>
      db.read(await db.scope('apis', range(start, end)));
    expect(await read('apis/00008')).toEqual(['apis/00008', 'apis/00009']);
    expect(await read(undefined, 'apis/00002')).toEqual(['apis/00000', 'apis/00001']);
    expect(await read('apis/00003', 'apis/00005')).toEqual(['apis/00003', 'apis/00004']);
    const scope = await db.scope('apis', range('apis/00003', 'apis/00005x'));
    expect(await countDocuments({ channel: db.channel }, scope)).toBe(3);
  });

  test('keeps to what fields must equal', async ({ expect }) => {
    await using db = open();
    await db.client.doc('apis/a').set({ live: true, n: 3, team: 'x', owner: { 'e-mail`': null } });
    await db.client.doc('apis/b').set({ live: true, n: 3.0, team: 'y', owner: { 'e-mail`': 1 } });
    await db.client.doc('apis/c').set({ live: false, n: 0.5, team: 'x' });
    const read = async (
      where: [path: string[], value: string | number | bigint | boolean | null][],
    ) => {
      const scope = await db.scope('apis');
      const equalities = where.map(([path, value]) => ({ path, value }));
      return db.read({ ...scope, collection: { ...scope.collection, where: equalities } });
    };
    expect(await read([[['live'], true]])).toEqual(['apis/a', 'apis/b']);
    expect(await read([[['n'], 3]])).toEqual(['apis/a', 'apis/b']);
    expect(await read([[['n'], 0.5]])).toEqual(['apis/c']);
    expect(await read([[['n'], 3n]])).toEqual(['apis/a', 'apis/b']);
    expect(await read([[['owner', 'e-mail`'], null]])).toEqual(['apis/a']);
    expect(
      await read([
        [['live'], true],
        [['team'], 'y'],
      ]),
    ).toEqual(['apis/b']);
    expect(await read([[['team'], 'z']])).toEqual([]);
  });

  test('asks for some fields only, if told so', async ({ expect }) => {
    await using db = open();
    await db.write(['apis/a'], () => ({ kept: 'yes', left: 'x'.repeat(1000) }));
    const texts: string[] = [];
    const onMessage = (buffer: Buffer, start: number, end: number) => {
      texts.push(buffer.toString('latin1', start, end));
    };
    const { channel } = db;
    await readCollection({ channel }, { ...(await db.scope('apis')), select: ['kept'], onMessage });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('kept');
    expect(texts[0]).not.toContain('left');
  });

  test('hands out documents of a megabyte whole', async ({ expect }) => {
    await using db = open();
    const fields = (n: number) => ({ text: String.fromCharCode(97 + n).repeat(1_000_000) });
    for (const n of [0, 1, 2]) await db.write([`apis/${n}`], () => fields(n));
    const lengths: number[] = [];
    await readCollection(
      { channel: db.channel },
      {
        ...(await db.scope('apis')),
        onMessage: (buffer, start, end) => {
          const text = buffer.toString('latin1', start, end);
          lengths.push(/([abc])\1{500000,}/.exec(text)?.[0].length ?? 0);
        },
      },
    );
    expect(lengths).toEqual([1_000_000, 1_000_000, 1_000_000]);
  });

  test('a stream cut anywhere is taken up behind the last document', async ({ expect }) => {
    await using db = open();
    const paths = numbered('apis', 600);
    await db.write(paths, (n) => ({ n, text: 'lorem ipsum '.repeat(40) }));
    const scope = await db.scope('apis');
    // 360 KB in all: the first few hundred bytes are HTTP/2's own.
    const cuts = [50, 9_000, 40_001, 12_345, 70_000, 5_000, 90_000, 60_000];
    await using proxy = await startProxy(db.host, (connection) => cuts[connection]);
    await using reader = new Database(db.host, proxy.host);
    expect(await reader.read(scope).then((read) => read.map((path) => path.slice(-5)))).toEqual(
      paths.map((path) => path.slice(-5)),
    );
    expect(proxy.connections).toBeGreaterThan(6);
  });

  test('a promise holds the stream back to about its window', async ({ expect }) => {
    await using db = open();
    const text = 'x'.repeat(900_000);
    for (let n = 0; n < 20; n++) await db.write([`big/${n}`], () => ({ text }));
    const scope = await db.scope('big');
    await using proxy = await startProxy(db.host);
    await using reader = new Database(db.host, proxy.host);
    const gate = Promise.withResolvers<void>();
    let documents = 0;
    const reading = readCollection(
      { channel: reader.channel },
      {
        ...scope,
        onMessage: () => {
          documents++;
          return gate.promise;
        },
      },
    );
    await expect.poll(() => proxy.bytesOut, PATIENT).toBeGreaterThan(900_000);
    // Other calls on the same connection still come through.
    for (let call = 0; call < 5; call++) {
      expect(await countDocuments({ channel: reader.channel }, scope)).toBe(20);
    }
    expect(documents).toBe(1);
    expect(proxy.bytesOut).toBeLessThan(3_000_000);
    gate.resolve();
    expect(await reading).toEqual({ documents: 20, resumes: 0 });
  });

  test('what the consumer throws ends the reading as it is', async ({ expect }) => {
    await using db = open();
    await db.write(numbered('apis', 50));
    const scope = await db.scope('apis');
    const { channel } = db;
    const problem = new Error('disk full');
    for (const onMessage of [
      () => {
        throw problem;
      },
      () => Promise.reject(problem),
    ]) {
      await expect(readCollection({ channel }, { ...scope, onMessage })).rejects.toBe(problem);
    }
    expect(await db.read(scope)).toHaveLength(50);
  });

  test('a signal ends the reading with its reason', async ({ expect }) => {
    await using db = open();
    await db.write(numbered('apis', 50));
    const scope = await db.scope('apis');
    const aborter = new AbortController();
    const reason = new Error('enough');
    const onMessage = () => aborter.abort(reason);
    const caller = { channel: db.channel, signal: aborter.signal };
    await expect(readCollection(caller, { ...scope, onMessage })).rejects.toBe(reason);
    await expect(readCollection(caller, { ...scope, onMessage })).rejects.toBe(reason);
  });

  test('an instant ahead of Firestore’s clock is tried again later', async ({ expect }) => {
    await using db = open();
    const scope = await db.scope('apis', { readTimeMs: Date.now() + 3_600_000 });
    await expect(db.read(scope)).rejects.toMatchObject({
      outcome: 'retry',
      code: 'run-ahead',
      where: db.name('apis'),
      what: expect.stringContaining('INVALID_ARGUMENT'),
    });
  });

  test('a server that is not there is no empty collection', async ({ expect }) => {
    await using db = open();
    const scope = await db.scope('apis');
    await using gone = await startProxy(db.host);
    await using reader = new Database(db.host, gone.host);
    await gone[Symbol.asyncDispose]();
    await expect(reader.read(scope)).rejects.toMatchObject({
      outcome: 'retry',
      code: 'firestore-unavailable',
    });
    const caller = { channel: reader.channel, world: impatient };
    await expect(countDocuments(caller, scope)).rejects.toMatchObject({ outcome: 'retry' });
  });
});
