import { type Firestore, Timestamp } from '@google-cloud/firestore';
import { status } from '@grpc/grpc-js';
import { test } from 'vitest';
import { type Database, describeFirestore, type Subject } from './firestore-suite.ts';

async function fill(client: Firestore, paths: readonly string[]): Promise<void> {
  const writer = client.bulkWriter({ throttling: false });
  for (const path of paths) void writer.set(client.doc(path), { path });
  await writer.close();
}

const numbered = (collection: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${collection}/${String(at).padStart(4, '0')}`);

const readTimes = ({ endpoint, isGoogles }: Subject) => {
  test('reads at a time show what was there then, across all kinds of reads', async ({
    expect,
  }) => {
    const { client } = endpoint().newDatabase();
    const [changed, deleted, created] = ['t/changed', 't/deleted', 't/created'].map((path) =>
      client.doc(path),
    );
    if (!changed || !deleted || !created) throw new Error('three documents');
    await changed.set({ version: 1 });
    const { writeTime: readTime } = await deleted.set({ version: 1 });
    await changed.set({ version: 2 });
    await deleted.delete();
    await created.set({ version: 1 });

    const then = await client.runTransaction(
      async (transaction) => {
        const [one, two, three] = await transaction.getAll(changed, deleted, created);
        const all = await transaction.get(client.collection('t'));
        const count = await transaction.get(client.collection('t').count());
        return {
          versions: [one?.data(), two?.data(), three?.data()],
          ids: all.docs.map(({ id }) => id),
          count: count.data().count,
        };
      },
      { readOnly: true, readTime },
    );
    expect(then).toEqual({
      versions: [{ version: 1 }, { version: 1 }, undefined],
      ids: ['changed', 'deleted'],
      count: 2,
    });
    const now = await client.collection('t').get();
    expect(now.docs.map(({ id }) => id)).toEqual(['changed', 'created']);
  });

  test('each answer tells the time it was read at', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const { writeTime } = await client.doc('t/a').set({ a: 1 });
    const { readTime } = await client.collection('t').get();
    const counted = await client.collection('t').count().get();
    expect(readTime.valueOf() >= writeTime.valueOf()).toBe(true);
    expect(counted.readTime.valueOf() >= readTime.valueOf()).toBe(true);
    const [document] = await client.getAll(client.doc('t/a'));
    expect(document?.readTime.valueOf()).toBeDefined();
  });

  test('an instant once read at never changes again', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await client.doc('t/a').set({ a: 1 });
    const { readTime } = await client.collection('t').get();
    await client.doc('t/b').set({ a: 1 });
    const again = await client.runTransaction(
      (transaction) => transaction.get(client.collection('t')),
      { readOnly: true, readTime },
    );
    expect(again.docs.map(({ id }) => id)).toEqual(['a']);
  });

  const readAt = async ({ client }: Database, readTime: Timestamp) =>
    client.runTransaction((transaction) => transaction.get(client.collection('t')), {
      readOnly: true,
      readTime,
    });

  test('the future cannot be read, nor anything between microseconds', async ({ expect }) => {
    const database = endpoint().newDatabase();
    const nowSeconds = Math.floor(Date.now() / 1000);
    await expect(readAt(database, new Timestamp(nowSeconds + 100, 0))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "The requested 'read_time' cannot be in the future.",
    });
    await expect(readAt(database, new Timestamp(nowSeconds - 10, 1))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'timestamp cannot have more than microseconds precision',
    });
  });

  if (!isGoogles) {
    test("what is more than an hour ago is too old (Google's emulator: answers nothing)", async ({
      expect,
    }) => {
      const database = endpoint().newDatabase();
      const nowSeconds = Math.floor(Date.now() / 1000);
      await expect(readAt(database, new Timestamp(nowSeconds - 3601, 0))).rejects.toMatchObject({
        code: status.FAILED_PRECONDITION,
        details: 'The requested snapshot version is too old.',
      });
      expect((await readAt(database, new Timestamp(nowSeconds - 3590, 0))).size).toBe(0);
    });
  }
};

const transactions = ({ endpoint }: Subject) => {
  test('read, then write, and are tried again if what they read has changed', async ({
    expect,
  }) => {
    const { client } = endpoint().newDatabase();
    const counter = client.doc('counters/one');
    await counter.set({ n: 0 });
    const add = () =>
      client.runTransaction(async (transaction) => {
        const current = (await transaction.get(counter)).data()?.n;
        transaction.update(counter, { n: current + 1 });
      });
    await Promise.all([add(), add(), add()]);
    expect((await counter.get()).data()).toEqual({ n: 3 });
  });

  test('leave nothing behind when they fail', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const failing = client.runTransaction(async (transaction) => {
      await transaction.get(client.doc('counters/none'));
      transaction.create(client.doc('counters/new'), {});
      throw new Error('changed its mind');
    });
    await expect(failing).rejects.toThrow('changed its mind');
    expect((await client.doc('counters/new').get()).exists).toBe(false);
  });

  test('are over after a commit', async ({ expect }) => {
    const { name } = endpoint().newDatabase();
    const { api } = endpoint();
    const [{ transaction }] = await api.beginTransaction({ database: name });
    const commit = () => api.commit({ database: name, ...(transaction ? { transaction } : {}) });
    await commit();
    await expect(commit()).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'Transaction is invalid or closed.',
    });
  });

  test('that are read-only refuse to write', async ({ expect }) => {
    const { name } = endpoint().newDatabase();
    const { api } = endpoint();
    const options = { readOnly: {} };
    const [{ transaction }] = await api.beginTransaction({ database: name, options });
    const update = { name: `${name}/documents/a/b`, fields: {} };
    const commit = api.commit({
      database: name,
      writes: [{ update }],
      ...(transaction ? { transaction } : {}),
    });
    await expect(commit).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'Cannot modify entities in a read-only transaction.',
    });
  });
};

const lists = ({ endpoint }: Subject) => {
  test('collections are listed below the root and below documents', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await fill(client, ['b/x', 'a/x', 'a/x/sub/y', 'a/x/__id/y', 'ghost/missing/below/z']);
    const ids = async (collections: Promise<{ id: string }[]>) =>
      (await collections).map(({ id }) => id);
    expect(await ids(client.listCollections())).toEqual(['a', 'b', 'ghost']);
    expect(await ids(client.doc('a/x').listCollections())).toEqual(['__id', 'sub']);
    expect(await ids(client.doc('ghost/missing').listCollections())).toEqual(['below']);
    expect(await ids(client.doc('b/x').listCollections())).toEqual([]);
  });

  test('a collection whose last document is gone is not listed', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await fill(client, ['a/x', 'b/x']);
    await client.doc('a/x').delete();
    expect((await client.listCollections()).map(({ id }) => id)).toEqual(['b']);
  });

  test('documents are listed with those that only have documents below them', async ({
    expect,
  }) => {
    const { client } = endpoint().newDatabase();
    await fill(client, ['l/b', 'l/a', 'l/ghost/below/x', 'l/a/below/x', 'l/c/l/deep']);
    const documents = await client.collection('l').listDocuments();
    expect(documents.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'ghost']);
  });

  test('pages go on where the one before ended', async ({ expect }) => {
    const { client, name } = endpoint().newDatabase();
    await fill(client, numbered('pages', 7));
    const ids: string[] = [];
    const sizes: number[] = [];
    let pageToken = '';
    do {
      const [documents, , answer] = await endpoint().api.listDocuments(
        { parent: `${name}/documents`, collectionId: 'pages', pageSize: 3, pageToken },
        { autoPaginate: false },
      );
      ids.push(...documents.map((document) => document.name?.split('/').at(-1) ?? ''));
      sizes.push(documents.length);
      pageToken = answer?.nextPageToken ?? '';
    } while (pageToken);
    expect(ids).toEqual(['0000', '0001', '0002', '0003', '0004', '0005', '0006']);
    expect(sizes).toEqual([3, 3, 1]);
  });

  test('everything below a document can be deleted', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await fill(client, ['d/a', 'd/a/below/x', 'd/a/below/x/deeper/y', 'd/b', 'dd/a']);
    await client.recursiveDelete(client.doc('d/a'));
    expect((await client.collection('d').listDocuments()).map(({ id }) => id)).toEqual(['b']);
    await client.recursiveDelete(client.collection('d'));
    expect((await client.listCollections()).map(({ id }) => id)).toEqual(['dd']);
  });

  test('many documents are got at once, in the order they were asked for', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await fill(client, ['m/a', 'm/b']);
    const asked = ['m/b', 'm/none', 'm/a', 'm/b'].map((path) => client.doc(path));
    const found = await client.getAll(...asked, { fieldMask: ['path'] });
    expect(found.map((document) => document.get('path'))).toEqual(['m/b', undefined, 'm/a', 'm/b']);
  });
};

const partitions = ({ endpoint, isGoogles }: Subject) => {
  if (isGoogles) {
    test("Google's emulator does not know them", async ({ expect }) => {
      const { client } = endpoint().newDatabase();
      const partitioned = async () => {
        for await (const _ of client.collectionGroup('p').getPartitions(4));
      };
      await expect(partitioned()).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
    });
    return;
  }

  test('together hold each document of a collection group once', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const paths = [...numbered('p', 60), ...numbered('x/y/p', 40)];
    await fill(client, [...paths, ...numbered('other', 5)]);
    const found: string[] = [];
    const sizes: number[] = [];
    for await (const partition of client.collectionGroup('p').getPartitions(4)) {
      const { docs } = await partition.toQuery().get();
      sizes.push(docs.length);
      found.push(...docs.map(({ ref }) => ref.path));
    }
    expect(sizes).toEqual([25, 25, 25, 25]);
    expect(found).toEqual(paths);
  });

  test('are no smaller than the server wants them', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await fill(client, numbered('p', 35));
    const sizes: number[] = [];
    for await (const partition of client.collectionGroup('p').getPartitions(30)) {
      sizes.push((await partition.toQuery().get()).size);
    }
    expect(sizes).toEqual([11, 12, 12]);
  });

  test('come in pages, each sorted only for itself', async ({ expect }) => {
    const { client, name } = endpoint().newDatabase();
    await fill(client, numbered('p', 60));
    const request = {
      parent: `${name}/documents`,
      structuredQuery: {
        from: [{ collectionId: 'p', allDescendants: true }],
        orderBy: [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' as const }],
      },
      partitionCount: 5,
      pageSize: 2,
    };
    const pages: string[][] = [];
    let pageToken = '';
    do {
      const [cursors, , answer] = await endpoint().api.partitionQuery(
        { ...request, pageToken },
        { autoPaginate: false },
      );
      pages.push(cursors.map(({ values }) => values?.[0]?.referenceValue?.split('/').at(-1) ?? ''));
      pageToken = answer?.nextPageToken ?? '';
    } while (pageToken);
    expect(pages).toEqual([['0010', '0040'], ['0020', '0050'], ['0030']]);
  });

  test('are cut only from collection groups, sorted by name', async ({ expect }) => {
    const { name } = endpoint().newDatabase();
    const parent = `${name}/documents`;
    const partition = (structuredQuery: object) =>
      endpoint().api.partitionQuery({ parent, structuredQuery, partitionCount: 3 });
    const refused = { code: status.INVALID_ARGUMENT };
    await expect(partition({ from: [{ collectionId: 'p' }] })).rejects.toMatchObject(refused);
    const from = [{ collectionId: 'p', allDescendants: true }];
    await expect(partition({ from })).rejects.toMatchObject(refused);
    const orderBy = [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }];
    await expect(partition({ from, orderBy, limit: { value: 1 } })).rejects.toMatchObject(refused);
    await expect(partition({ from, orderBy })).resolves.toBeDefined();
  });
};

describeFirestore({ 'read times': readTimes, transactions, lists, partitions });
