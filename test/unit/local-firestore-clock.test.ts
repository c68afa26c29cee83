// The Firestore stand-in's time: commits in strict order, versions for an hour, told by a moved clock.
import { Firestore, Timestamp } from '@google-cloud/firestore';
import { status } from '@grpc/grpc-js';
import { test as base } from 'vitest';
import { startFirestore } from '../../infra/local/firestore/server.ts';
import { connectFirestoreApi, runQuery } from '../support/firestore-api.ts';

const START_SECONDS = 1_700_000_000;
const HOUR_SECONDS = 3600;

interface World {
  client: Firestore;
  advance(seconds: number): void;
  /** Once: the handwritten client would try again what is too old. */
  idsAt(seconds: number): Promise<string[]>;
}

const test = base.extend<{ world: World }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants to see what a fixture takes
  world: async ({}, use) => {
    let nowMs = START_SECONDS * 1000;
    await using firestore = await startFirestore({ port: 0, clock: () => nowMs });
    const client = new Firestore({ projectId: 'clock', host: firestore.host, ssl: false });
    const api = connectFirestoreApi(firestore.port);
    await use({
      client,
      advance: (seconds) => {
        nowMs += seconds * 1000;
      },
      idsAt: async (seconds) => {
        const answers = await runQuery(api, {
          parent: 'projects/clock/databases/(default)/documents',
          structuredQuery: { from: [{ collectionId: 'a' }] },
          readTime: { seconds },
        });
        return answers.flatMap(({ document }) => document?.name?.split('/').at(-1) ?? []);
      },
    });
    await api.close();
    await client.terminate();
  },
});

test('each commit is a microsecond later, even if the clock stands still', async ({
  world,
  expect,
}) => {
  const times: Timestamp[] = [];
  for (let n = 0; n < 3; n += 1) {
    const { writeTime } = await world.client.doc('a/b').set({ n });
    times.push(writeTime);
  }
  expect(times).toEqual([
    new Timestamp(START_SECONDS, 0),
    new Timestamp(START_SECONDS, 1000),
    new Timestamp(START_SECONDS, 2000),
  ]);
});

test('a commit never falls on an instant that somebody has read at', async ({ world, expect }) => {
  const { client, idsAt } = world;
  expect(await idsAt(START_SECONDS)).toEqual([]);
  const { writeTime } = await client.doc('a/b').set({});
  expect(writeTime).toEqual(new Timestamp(START_SECONDS, 1000));
  expect(await idsAt(START_SECONDS)).toEqual([]);
});

test('an hour of versions can be read, to the second', async ({ world, expect }) => {
  const { client, advance, idsAt } = world;
  await client.doc('a/first').set({});
  advance(1);
  await client.doc('a/first').delete();
  await client.doc('a/second').set({});
  advance(HOUR_SECONDS - 1);
  await client.doc('other/write').set({});
  expect(await idsAt(START_SECONDS)).toEqual(['first']);
  advance(1);
  await expect(idsAt(START_SECONDS)).rejects.toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: 'The requested snapshot version is too old.',
  });
});

test('the newest version stays, however old it is', async ({ world, expect }) => {
  const { client, advance } = world;
  await client.doc('a/kept').set({ n: 1 });
  await client.doc('a/kept').set({ n: 2 });
  advance(100 * HOUR_SECONDS);
  await client.doc('a/new').set({});
  expect((await client.doc('a/kept').get()).data()).toEqual({ n: 2 });
  expect((await client.doc('a/kept').get()).updateTime).toEqual(new Timestamp(START_SECONDS, 1000));
  expect((await client.collection('a').count().get()).data().count).toBe(2);
});

test('what was deleted long ago can be created again', async ({ world, expect }) => {
  const { client, advance } = world;
  await client.doc('a/b').set({ n: 1 });
  await client.doc('a/b').delete();
  advance(2 * HOUR_SECONDS);
  await client.doc('other/write').set({});
  expect((await client.listCollections()).map(({ id }) => id)).toEqual(['other']);
  const { writeTime } = await client.doc('a/b').create({ n: 2 });
  expect((await client.doc('a/b').get()).createTime).toEqual(writeTime);
});

test('a stream ends when its instant becomes too old', async ({ world, expect }) => {
  const { client, advance } = world;
  const writer = client.bulkWriter({ throttling: false });
  for (let n = 0; n < 3000; n += 1) void writer.set(client.doc(`a/${n}`), { n });
  await writer.close();
  const reading = new Promise((resolve, reject) => {
    let read = 0;
    const stream = client.collection('a').stream();
    stream.on('data', () => {
      read += 1;
      if (read === 1) advance(2 * HOUR_SECONDS);
    });
    stream.on('error', reject).on('end', resolve);
  });
  await expect(reading).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
});
