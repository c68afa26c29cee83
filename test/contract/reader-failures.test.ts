// What each way of failing comes to: tried again or not, how the task ends, and what is said about it.

import { connectFirestore } from '@firesink/shared/sources/firestore/client.ts';
import { countDocuments } from '@firesink/shared/sources/firestore/count.ts';
import { checkReadable } from '@firesink/shared/sources/firestore/retention.ts';
import { readCollection } from '@firesink/shared/sources/firestore/run-query.ts';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { describe, test } from 'vitest';
import { type FirestoreFault, startFirestore } from '../../infra/local/firestore/server.ts';
import { Database, impatient } from './reader-suite.ts';

type Row = [code: keyof typeof status, tries: number, outcome: string, word: string, hint: string];

const TABLE: Row[] = [
  ['CANCELLED', 10, 'retry', 'firestore-unavailable', 'Try again later'],
  ['UNKNOWN', 10, 'retry', 'firestore-unavailable', 'Try again later'],
  ['DEADLINE_EXCEEDED', 10, 'retry', 'firestore-unavailable', 'Try again later'],
  ['RESOURCE_EXHAUSTED', 10, 'retry', 'firestore-quota', 'quotas of project reader-'],
  ['ABORTED', 10, 'retry', 'firestore-unavailable', 'Try again later'],
  ['INTERNAL', 10, 'retry', 'firestore-unavailable', 'Try again later'],
  ['UNAVAILABLE', 10, 'retry', 'firestore-unavailable', 'Try again later'],
  ['INVALID_ARGUMENT', 1, 'failed', 'firestore-refused', 'however often'],
  [
    'NOT_FOUND',
    1,
    'failed',
    'database-not-found',
    'Create the database (default) in project reader-',
  ],
  ['ALREADY_EXISTS', 1, 'failed', 'firestore-refused', 'however often'],
  ['PERMISSION_DENIED', 1, 'failed', 'access-denied', 'roles/datastore.viewer on project reader-'],
  ['FAILED_PRECONDITION', 1, 'failed', 'firestore-precondition', 'what the message names'],
  ['OUT_OF_RANGE', 1, 'failed', 'firestore-refused', 'however often'],
  ['UNIMPLEMENTED', 1, 'failed', 'firestore-refused', 'however often'],
  ['DATA_LOSS', 1, 'failed', 'firestore-refused', 'however often'],
  ['UNAUTHENTICATED', 1, 'failed', 'access-denied', 'application default credentials'],
];

describe('an answer of', () => {
  test.for(TABLE)('%s', async ([code, tries, outcome, word, hint], { expect }) => {
    let calls = 0;
    const fault = (): FirestoreFault => {
      calls++;
      return { code: status[code], details: 'Königs "Wort" 100 %.' };
    };
    await using server = await startFirestore({ port: 0, fault });
    await using db = new Database(server.host);
    const scope = await db.scope('apis', { readTimeMs: Date.now() });
    await expect(db.read(scope)).rejects.toMatchObject({
      outcome,
      code: word,
      what: `${code}: Königs "Wort" 100 %`,
      where: db.name('apis'),
      hint: expect.stringContaining(hint),
    });
    expect(calls).toBe(tries);
  });
});

describe('reading', () => {
  test('starts its budget anew whenever it got on', async ({ expect }) => {
    let streams = 0;
    const fault = ({ answersSent }: { answersSent: number }): FirestoreFault | undefined => {
      if (answersSent === 0) streams++;
      // Three tries that come to nothing, then one that gets five documents further.
      const breaks = streams % 4 === 0 ? answersSent === 5 : answersSent === 0;
      return breaks ? { code: status.UNAVAILABLE, details: 'no' } : undefined;
    };
    let faulty = false;
    await using server = await startFirestore({
      port: 0,
      fault: (call) => (faulty && call.method === 'RunQuery' ? fault(call) : undefined),
    });
    await using db = new Database(server.host);
    const paths = Array.from({ length: 100 }, (_, n) => `apis/${1000 + n}`);
    await db.write(paths);
    const scope = await db.scope('apis');
    faulty = true;
    expect(await db.read(scope)).toEqual(paths);
    expect(streams).toBeGreaterThan(60);
  });

  test('waits longer each time, by chance, and never longer than half a minute', async ({
    expect,
  }) => {
    const fault = () => ({ code: status.UNAVAILABLE, details: 'no' });
    await using server = await startFirestore({ port: 0, fault });
    await using db = new Database(server.host);
    const delaysMs: number[] = [];
    const world = {
      random: () => 0.5,
      delay: async (ms: number) => {
        delaysMs.push(ms);
      },
    };
    const scope = await db.scope('apis', { readTimeMs: Date.now() });
    const reading = readCollection(
      { channel: db.channel, world },
      { ...scope, onMessage: () => {} },
    );
    await expect(reading).rejects.toMatchObject({ outcome: 'retry' });
    expect(delaysMs).toEqual([125, 250, 500, 1000, 2000, 4000, 8000, 16000, 16000]);
  });

  test('an instant that is kept no more has expired', async ({ expect }) => {
    let nowMs = Date.now();
    await using server = await startFirestore({ port: 0, clock: () => nowMs });
    await using db = new Database(server.host);
    await db.write(['apis/a']);
    const scope = await db.scope('apis');
    nowMs += 2 * 3_600_000;
    const caller = { channel: db.channel, clock: () => nowMs };
    const expired = {
      outcome: 'expired',
      code: 'read-time-expired',
      hint: expect.stringContaining('--enable-pitr'),
    };
    const reading = readCollection(caller, { ...scope, onMessage: () => {} });
    await expect(reading).rejects.toMatchObject(expired);
    await expect(countDocuments(caller, scope)).rejects.toMatchObject(expired);
    await expect(checkReadable(caller, scope)).rejects.toMatchObject(expired);
  });

  test('an instant that grows too old between two streams has expired', async ({ expect }) => {
    let nowMs = Date.now();
    let reading = false;
    await using server = await startFirestore({
      port: 0,
      clock: () => nowMs,
      fault: ({ answersSent }) => {
        if (!reading || answersSent !== 3) return undefined;
        nowMs += 2 * 3_600_000;
        return { code: status.UNAVAILABLE, details: 'no' };
      },
    });
    await using db = new Database(server.host);
    await db.write(['a', 'b', 'c', 'd', 'e'].map((id) => `apis/${id}`));
    const scope = await db.scope('apis');
    nowMs += 1000;
    reading = true;
    let documents = 0;
    const caller = { channel: db.channel, clock: () => nowMs, world: impatient };
    const onMessage = () => void documents++;
    await expect(readCollection(caller, { ...scope, onMessage })).rejects.toMatchObject({
      outcome: 'expired',
      where: db.name('').slice(0, -'/documents/'.length),
    });
    expect(documents).toBe(3);
  });

  test('a count that takes too long says so at once', async ({ expect }) => {
    let calls = 0;
    const fault = () => {
      calls++;
      return { code: status.DEADLINE_EXCEEDED, details: 'too slow' };
    };
    await using server = await startFirestore({ port: 0, fault });
    await using db = new Database(server.host);
    const scope = await db.scope('apis', { readTimeMs: Date.now() });
    const counting = countDocuments({ channel: db.channel, world: impatient }, scope);
    await expect(counting).rejects.toMatchObject({ outcome: 'retry', code: 'count-timeout' });
    expect(calls).toBe(1);
  });
});

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 24, 12, 0, 30, 500);
const EARLIEST_MS = Date.UTC(2026, 10, 20, 9, 0, 0);

/** FirestoreAdmin.GetDatabase, answering this `Database`. */
async function startAdmin(database: Buffer) {
  const server = new Server();
  const names: string[] = [];
  const same = (bytes: Buffer) => bytes;
  const definition = {
    path: '/google.firestore.admin.v1.FirestoreAdmin/GetDatabase',
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService(
    { GetDatabase: definition },
    {
      GetDatabase: (call: { request: Buffer }, callback: (error: null, answer: Buffer) => void) => {
        names.push(call.request.toString());
        callback(null, database);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    names,
    host: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

describe('whether an instant is still kept', () => {
  // Database { name = 1: "x", earliest_version_time = 18: Timestamp { seconds = 1: 1795165200 } }
  const withEarliest = Buffer.from('0a017892010608909880d806', 'hex');

  test.for([
    ['within the hour nobody is asked', NOW_MS - HOUR_MS, undefined, 0],
    ['older: the database says since when', EARLIEST_MS, undefined, 1],
    ['before that', EARLIEST_MS - 60_000, 'is before 2026-11-20T09:00:00.000Z', 1],
    ['no whole minute', EARLIEST_MS + 61_000, 'is older than an hour and no whole minute', 1],
  ] as const)('%s', async ([, readTimeMs, what, asked], { expect }) => {
    expect(EARLIEST_MS).toBe(1_795_165_200_000);
    await using admin = await startAdmin(withEarliest);
    await using channel = connectFirestore({ FIRESTORE_EMULATOR_HOST: admin.host });
    const caller = { channel, clock: () => NOW_MS };
    const source = { project: 'acme', database: 'orders' };
    const checking = checkReadable(caller, { source, readTimeMs });
    if (what === undefined) await expect(checking).resolves.toBeUndefined();
    else {
      await expect(checking).rejects.toMatchObject({
        outcome: 'expired',
        what: expect.stringContaining(what),
        where: 'projects/acme/databases/orders',
      });
    }
    expect(admin.names.map((name) => name.slice(2))).toEqual(
      Array.from({ length: asked }, () => 'projects/acme/databases/orders'),
    );
  });

  test('an hour where nobody answers such questions', async ({ expect }) => {
    await using server = await startFirestore({ port: 0 });
    await using db = new Database(server.host);
    const caller = { channel: db.channel };
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    const check = (readTimeMs: number) => checkReadable(caller, { source: db.source, readTimeMs });
    await expect(check(minute - HOUR_MS + 120_000)).resolves.toBeUndefined();
    await expect(check(minute - HOUR_MS - 60_000)).rejects.toMatchObject({ outcome: 'expired' });
  });
});
