// What the Firestore stand-in keeps on disk: all that was acknowledged, through every way to end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FieldValue, Firestore, Timestamp } from '@google-cloud/firestore';
import { describe, test } from 'vitest';
import { type FirestoreOptions, startFirestore } from '../../infra/local/firestore/server.ts';
import { connectFirestoreApi } from '../support/firestore-api.ts';
import { temporaryFolder } from '../support/local.ts';

const SERVER = fileURLToPath(new URL('../../infra/local/firestore/server.ts', import.meta.url));

async function withFirestore<Result>(
  options: Partial<FirestoreOptions>,
  use: (client: Firestore) => Promise<Result>,
): Promise<Result> {
  await using firestore = await startFirestore({ port: 0, ...options });
  const client = new Firestore({ projectId: 'kept', host: firestore.host, ssl: false });
  try {
    return await use(client);
  } finally {
    await client.terminate();
  }
}

const journalIn = (dataDir: string): string => join(dataDir, 'firestore.journal');

const idsIn = async (client: Firestore, collection: string): Promise<string[]> =>
  (await client.collection(collection).get()).docs.map(({ id }) => id);

describe('a second start', () => {
  test('finds documents, their times, deletions and the versions of the last hour', async ({
    expect,
  }) => {
    using folder = temporaryFolder();
    const dataDir = folder.path;
    const first = await withFirestore({ dataDir }, async (client) => {
      const { writeTime } = await client
        .doc('a/changed')
        .set({ n: 1, vector: FieldValue.vector([1]) });
      await client.doc('a/changed').update({ n: 2 });
      await client.doc('a/gone').set({ n: 1 });
      await client.doc('a/gone').delete();
      return { writeTime, document: await client.doc('a/changed').get() };
    });
    await withFirestore({ dataDir }, async (client) => {
      const document = await client.doc('a/changed').get();
      expect(document.data()).toEqual({ n: 2, vector: FieldValue.vector([1]) });
      expect(document.createTime).toEqual(first.document.createTime);
      expect(document.updateTime).toEqual(first.document.updateTime);
      expect(await idsIn(client, 'a')).toEqual(['changed']);
      const before = await client.runTransaction(
        (transaction) => transaction.get(client.collection('a')),
        { readOnly: true, readTime: first.writeTime },
      );
      expect(before.docs.map((old) => old.get('n'))).toEqual([1]);
    });
  });

  test('goes on with later commit times, even if the clock was set back', async ({ expect }) => {
    using folder = temporaryFolder();
    const dataDir = folder.path;
    const write = (clock: () => number) =>
      withFirestore({ dataDir, clock }, (client) => client.doc('a/b').set({ at: clock() }));
    const first = await write(() => 1_700_000_000_000);
    const second = await write(() => 1_600_000_000_000);
    expect(first.writeTime).toEqual(new Timestamp(1_700_000_000, 0));
    expect(second.writeTime).toEqual(new Timestamp(1_700_000_000, 1000));
  });

  test('after kill -9 finds every write that was acknowledged', async ({ expect }) => {
    using folder = temporaryFolder();
    const dataDir = folder.path;
    const script = `
      const { startFirestore } = await import(${JSON.stringify(SERVER)});
      const { host } = await startFirestore({ port: 0, dataDir: ${JSON.stringify(dataDir)} });
      console.log(host);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const [host] = await once(child.stdout, 'data');
    const api = connectFirestoreApi(Number(String(host).trim().split(':')[1]));
    const database = 'projects/kept/databases/(default)';
    const acknowledged: string[] = [];
    const writes = Array.from({ length: 500 }, async (_, at) => {
      const update = { name: `${database}/documents/a/${at}`, fields: {} };
      await api.commit({ database, writes: [{ update }] });
      acknowledged.push(String(at));
      if (acknowledged.length === 200) child.kill('SIGKILL');
    });
    const settled = Promise.allSettled(writes);
    await exited;
    const before = [...acknowledged];
    // Ends the tries that are still to come for the rest.
    await api.close();
    await settled;

    expect(before.length).toBeGreaterThanOrEqual(200);
    const found = await withFirestore({ dataDir }, (again) => idsIn(again, 'a'));
    expect(found).toEqual(expect.arrayContaining(before));
  });

  test('leaves out a commit that was cut in the middle, and writes on behind the others', async ({
    expect,
  }) => {
    using folder = temporaryFolder();
    const dataDir = folder.path;
    await withFirestore({ dataDir }, async (client) => {
      await client.doc('a/1').set({});
      const batch = client.batch();
      batch.set(client.doc('a/2'), {});
      batch.set(client.doc('a/3'), {});
      await batch.commit();
    });
    truncateSync(journalIn(dataDir), statSync(journalIn(dataDir)).size - 1);
    await withFirestore({ dataDir }, async (client) => {
      expect(await idsIn(client, 'a')).toEqual(['1']);
      await client.doc('a/4').set({});
    });
    appendFileSync(journalIn(dataDir), Buffer.from([200, 0, 0]));
    expect(await withFirestore({ dataDir }, (client) => idsIn(client, 'a'))).toEqual(['1', '4']);
  });

  test('starts anew where the very first bytes were cut', async ({ expect }) => {
    using folder = temporaryFolder();
    writeFileSync(journalIn(folder.path), 'firesink fire');
    const dataDir = folder.path;
    await withFirestore({ dataDir }, (client) => client.doc('a/1').set({}));
    expect(await withFirestore({ dataDir }, (client) => idsIn(client, 'a'))).toEqual(['1']);
  });

  test('refuses a journal damaged before its end, naming file and byte', async ({ expect }) => {
    using folder = temporaryFolder();
    const dataDir = folder.path;
    await withFirestore({ dataDir }, async (client) => {
      await client.doc('a/1').set({ text: 'some text' });
      await client.doc('a/2').set({});
    });
    const bytes = readFileSync(journalIn(dataDir));
    bytes.write('other', bytes.indexOf('some '));
    writeFileSync(journalIn(dataDir), bytes);
    await expect(startFirestore({ port: 0, dataDir })).rejects.toThrow(
      `${journalIn(dataDir)}, byte 29: a record differs from its checksum. Move the file away to start with an empty Firestore.`,
    );
    writeFileSync(journalIn(dataDir), 'something else entirely, and long enough');
    await expect(startFirestore({ port: 0, dataDir })).rejects.toThrow('this is no journal');
  });
});

describe('the journal', () => {
  const HOUR_MS = 3_600_000;
  const megabyte = 'x'.repeat(1_000_000);

  test('is written anew once most of it is forgotten', async ({ expect }) => {
    using folder = temporaryFolder();
    const dataDir = folder.path;
    let nowMs = 1_700_000_000_000;
    const clock = () => nowMs;
    await withFirestore({ dataDir, clock }, async (client) => {
      for (let n = 0; n < 20; n += 1) await client.doc('big/a').set({ n, megabyte });
      await client.doc('small/gone').set({});
      await client.doc('small/gone').delete();
      expect(statSync(journalIn(dataDir)).size).toBeGreaterThan(20_000_000);
      nowMs += 2 * HOUR_MS;
      await client.doc('small/a').set({ n: 1 });
      expect(statSync(journalIn(dataDir)).size).toBeLessThan(1_100_000);
      await client.doc('small/b').set({ n: 2 });
    });
    await withFirestore({ dataDir, clock }, async (client) => {
      expect((await client.doc('big/a').get()).get('n')).toBe(19);
      expect(await idsIn(client, 'small')).toEqual(['a', 'b']);
    });
  });
});
