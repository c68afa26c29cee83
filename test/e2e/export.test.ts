// The export stage on the services' own protocols: split, cut off, killed, doubled and handed over, it makes
// one object, and that has every document there was at its instant, once.
import { fileURLToPath } from 'node:url';
import type { FiresinkError } from '@firesink/shared/errors.ts';
import { formatRun } from '@firesink/shared/messages/run.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGoogleFirestore } from '../support/firestore-emulator.ts';
import { numbered, seed } from '../support/seed.ts';
import { missing } from '../support/tools.ts';
import { startFaultyProxy } from './export/faulty-proxy.ts';
import { GROUP, type Group, pathsOf, seedGroup } from './export/groups.ts';
import { killWhileExporting } from './export/kills.ts';
import { startLossyProxy } from './export/lossy-proxy.ts';
import { exportWhileWriting, WRITTEN } from './export/while-writing.ts';
import { type ExportWorld, openExportWorld, SOURCE } from './export/world.ts';

const group: Group = { documents: 20_000, parents: 200 };
const documentsPerPart = 1_500;
const HOUR_MS = 3_600_000;

let opened: ExportWorld | undefined;

function world(): ExportWorld {
  if (!opened) throw new Error('only within a test');
  return opened;
}

beforeAll(async () => {
  opened = await openExportWorld({
    collections: [GROUP, ...WRITTEN, '{ collection: dear, budget: 10 }'],
    functions: ['export'],
    functionsDir: fileURLToPath(new URL('export/functions', import.meta.url)),
    env: {
      ...process.env,
      TEST_DOCUMENTS_PER_PART: `${documentsPerPart}`,
      FIRESINK_HAND_OVER_SECONDS: '0.2',
    },
  });
  const { firestoreHost } = opened.system;
  await seedGroup(firestoreHost, group);
  await seed(firestoreHost, {
    project: SOURCE,
    path: numbered('dear'),
    fields: (n) => ({ n }),
    documents: 11,
  });
});

afterAll(() => opened?.[Symbol.asyncDispose]());

/** What the stage ends with, where it does not end well. */
const failure = (exporting: Promise<unknown>): Promise<FiresinkError> =>
  exporting.then(
    (state) => {
      throw new Error(`it ended with ${state}`);
    },
    (error) => error,
  );

describe('a collection group of many documents under many parents', () => {
  test('is split, and every document is in the object once, in the order of names', async () => {
    const runMs = Date.now();
    expect(await world().export('versions', runMs, { documentsPerPart })).toBe('exported');
    const { documents, paths } = await world().snapshot('versions', runMs);
    expect(documents).toBe(group.documents);
    expect(paths()).toEqual(pathsOf(group));
    expect((await world().parts('versions', runMs)).size).toBeGreaterThan(10);
  });

  test.each(['first', 'second'])(
    'connections that are cut and held up give the same bytes (%s)',
    async (name) => {
      const runMs = Date.now();
      await world().export('versions', runMs, { documentsPerPart });
      const { bytes } = await world().snapshot('versions', runMs);
      await world().forget('versions', runMs);
      await using proxy = await startFaultyProxy(world().system.firestoreHost, {
        seed: name,
        cutAfterBytes: 400_000,
        delayOnceIn: 100,
        delayMs: 20,
      });
      const { host: firestoreHost } = proxy;
      await world().export('versions', runMs, { documentsPerPart, firestoreHost });
      expect(proxy.cuts).toBeGreaterThan(2);
      expect((await world().snapshot('versions', runMs)).bytes.equals(bytes)).toBe(true);
    },
  );

  test('two deliveries at once make one object, and it is complete', async () => {
    const runMs = Date.now();
    const once = () => world().export('versions', runMs, { documentsPerPart });
    const ends = await Promise.allSettled([once(), once(), once()]);
    // One whose part was replaced meanwhile comes again, as it would by redelivery.
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ outcome: 'retry' });
    }
    expect(['exported', 'skipped']).toContain(await once());
    expect((await world().snapshot('versions', runMs)).paths()).toEqual(pathsOf(group));
  });

  test('what is over time is handed on as the same task, and no part is read twice', async () => {
    const runMs = Date.now();
    const deliver = (ms: number) =>
      world().export('versions', runMs, { documentsPerPart, deadlineMs: Date.now() + ms });
    const handedOn = world().published.length;
    let state = await deliver(0);
    const seen = new Map<string, string>();
    for (let deliveries = 1; state === 'continued'; deliveries++) {
      for (const [name, generation] of await world().parts('versions', runMs)) {
        expect(generation).toBe(seen.get(name) ?? generation);
        seen.set(name, generation);
      }
      state = await deliver(200 * deliveries);
    }
    expect(state).toBe('exported');
    expect(seen.size).toBeGreaterThan(0);
    const messages = world()
      .published.slice(handedOn)
      .map(({ data }) => JSON.parse(`${data}`));
    expect(messages.length).toBeGreaterThan(1);
    const task = { source: SOURCE, collection: 'versions', run: formatRun(runMs) };
    expect(messages).toEqual(messages.map(() => task));
    expect((await world().snapshot('versions', runMs)).paths()).toEqual(pathsOf(group));
  });

  test('a function that is killed and hands over makes one object, and it is complete', async () => {
    const { system } = world();
    const runMs = Date.now();
    const handOvers = await killWhileExporting(system, {
      collection: 'versions',
      runMs,
      kills: 3,
      seed: 'kills',
      longestLifeMs: 500,
      idleTimeoutMs: 60_000,
    });
    expect(handOvers).toBeGreaterThan(1);
    const { documents, paths } = await world().snapshot('versions', runMs);
    expect(documents).toBe(group.documents);
    expect(paths()).toEqual(pathsOf(group));
  });
});

describe('a Firestore that does not send what it counts', () => {
  test.each([
    { title: 'one document less', copies: 0, read: group.documents - 1 },
    { title: 'one document twice', copies: 2, read: group.documents + 1 },
  ])('fails the task with both numbers: $title', async ({ copies, read }) => {
    const runMs = Date.now();
    await using proxy = await startLossyProxy(world().system.firestoreHost, (answer) =>
      answer === 13_333 ? copies : 1,
    );
    const { host: firestoreHost } = proxy;
    const whole = { documentsPerPart: group.documents };
    const error = await failure(world().export('versions', runMs, { ...whole, firestoreHost }));
    expect(error).toMatchObject({ code: 'count-differs', outcome: 'retry' });
    expect(error.message).toContain(`counts ${group.documents} documents`);
    expect(error.message).toContain(`${read} were read`);
    const object = `firestore/shop/versions/${formatRun(runMs)}.ndjson`;
    expect(await world().objects()).not.toContain(object);
    expect(await world().objects()).not.toContain(`parts/${object}/0000.ndjson`);
    // The next delivery finds a Firestore that does.
    expect(await world().export('versions', runMs, whole)).toBe('exported');
    expect((await world().snapshot('versions', runMs)).documents).toBe(group.documents);
  });

  test('where one part fails, the others are not read on behind its back', async () => {
    const runMs = Date.now();
    await using proxy = await startLossyProxy(world().system.firestoreHost, (answer) =>
      answer === 10 ? 0 : 1,
    );
    const { host: firestoreHost } = proxy;
    const error = await failure(
      world().export('versions', runMs, { documentsPerPart, firestoreHost }),
    );
    expect(error).toMatchObject({ code: 'count-differs' });
    const read = proxy.answers;
    // The next delivery takes its time, and goes another way.
    expect(await world().export('versions', runMs, { documentsPerPart })).toBe('exported');
    expect(proxy.answers).toBe(read);
  });
});

describe('a run that cannot be', () => {
  test('too old: expired, and nothing is written', async () => {
    const before = await world().objects();
    const error = await failure(world().export('orders', Date.now() - 2 * HOUR_MS));
    expect(error).toMatchObject({ outcome: 'expired', code: 'read-time-expired' });
    expect(await world().objects()).toEqual(before);
  });

  test('ahead of the clock: comes again until its time has come', async () => {
    const before = await world().objects();
    const error = await failure(world().export('orders', Date.now() + 60_000));
    expect(error).toMatchObject({ outcome: 'retry', code: 'run-ahead' });
    expect(await world().objects()).toEqual(before);
  });

  test('ahead by a moment: is waited for', async () => {
    const runMs = Date.now() + 500;
    expect(await world().export('orders', runMs)).toBe('exported');
    expect(Date.now()).toBeGreaterThanOrEqual(runMs);
  });

  test('over its budget: refused with both numbers, and nothing is read', async () => {
    const before = await world().objects();
    await using proxy = await startLossyProxy(world().system.firestoreHost);
    const error = await failure(world().export('dear', Date.now(), { firestoreHost: proxy.host }));
    expect(error).toMatchObject({ outcome: 'refused', code: 'over-budget' });
    expect(error.message).toContain('11 documents, and its budget allows to read 10');
    expect(proxy.answers).toBe(0);
    expect(await world().objects()).toEqual(before);
  });
});

describe('documents that are written all through several runs', () => {
  test('the tables show exactly the state at each instant', async () => {
    const seen = await exportWhileWriting(world(), { runs: 3, documents: 100, seed: 'e2e' });
    expect(seen.shown).toEqual(seen.written);
  });

  const absent = missing('java', 'gcloud');
  test.skipIf(absent.length > 0)(
    "so they do with Google's emulator (needs java, gcloud)",
    async () => {
      await using emulator = await startGoogleFirestore();
      await using google = await openExportWorld({
        collections: WRITTEN,
        firestoreHost: emulator.host,
      });
      const seen = await exportWhileWriting(google, { runs: 2, documents: 100, seed: 'google' });
      expect(seen.shown).toEqual(seen.written);
    },
  );
});
