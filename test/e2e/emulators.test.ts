// The same sample through Google's own emulators of Firestore and Pub/Sub: whatever our stand-ins might get
// wrong to our own liking would show here.
import { formatRun } from '@firesink/shared/messages/run.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedSample } from '../../infra/local/demo/seed.ts';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { type GoogleFirestore, startGoogleFirestore } from '../support/firestore-emulator.ts';
import { firestoreOf } from '../support/local.ts';
import {
  publish,
  type Row,
  rowsOf,
  runsOf,
  statusOf,
  takeDeadLetters,
} from '../support/pipeline.ts';
import { type GooglePubsub, startGooglePubsub } from '../support/pubsub-emulator.ts';
import { missing } from '../support/tools.ts';

/** Milliseconds. The emulators need several times as long as the stand-ins, and nobody says when they are done. */
const PATIENCE = { timeout: 90_000, interval: 500 };

const TIMES = ['_run', '_read_time', '_create_time', '_update_time'];

/** Not every version of Google's Pub/Sub emulator says when a message was published: messages there name their run. */
const nextRun = () => formatRun(Date.now() + 1);

describe.skipIf(missing('java', 'gcloud').length > 0)("Google's emulators (java, gcloud)", () => {
  let firestore: GoogleFirestore;
  let pubsub: GooglePubsub;
  let google: LocalSystem;
  let own: LocalSystem;

  beforeAll(async () => {
    [firestore, pubsub] = await Promise.all([startGoogleFirestore(), startGooglePubsub()]);
    const hosts = { FIRESTORE_EMULATOR_HOST: firestore.host, PUBSUB_EMULATOR_HOST: pubsub.host };
    google = await startLocal({ env: { ...process.env, ...hosts } });
    own = await startLocal();
    await Promise.all([seedSample(google.firestoreHost), seedSample(own.firestoreHost)]);
  });

  afterAll(async () => {
    await own?.[Symbol.asyncDispose]();
    await google?.[Symbol.asyncDispose]();
    await pubsub?.[Symbol.asyncDispose]();
    await firestore?.[Symbol.asyncDispose]();
  });

  /** All slices, until every one of them shows the run. */
  async function untilShown(run: string): Promise<void> {
    const missingSlices = async () => {
      const { slices } = await statusOf(google);
      return slices
        .filter((slice) => slice.run !== run)
        .map((slice) => `${slice.source} ${slice.collection} ${slice.state} ${slice.error ?? ''}`);
    };
    await expect.poll(missingSlices, PATIENCE).toEqual([]);
  }

  test('bring the same rows as our stand-ins, field by field', async () => {
    const run = nextRun();
    await publish(google, 'schedule', { run });
    await publish(own, 'schedule', { run });
    await own.idle();
    await untilShown(run);
    let compared = 0;
    for (const { name, collection } of slicesOf(own)) {
      const table = `firestore_${collection}`;
      const rows = await rowsOf(google, table, name);
      expect(rows.map(withoutTimes)).toEqual((await rowsOf(own, table, name)).map(withoutTimes));
      compared += rows.length;
    }
    expect(compared).toBe(4720);
    expect(await takeDeadLetters(google)).toEqual([]);
  });

  test('resync one slice by a message that carries its run', async () => {
    const client = firestoreOf(google, { project: 'acme-logistics', database: 'partners' });
    await client.doc('capextchannels/late').set({ name: 'Late', rating: 4.5 });
    await client.terminate();
    const run = nextRun();
    await publish(google, 'export', {
      source: 'logistics-partners',
      collection: 'capextchannels',
      run,
    });
    const slice = ['firestore_capextchannels', 'logistics-partners'] as const;
    await expect.poll(() => runsOf(google, ...slice), PATIENCE).toEqual([run]);
    const rows = await rowsOf(google, ...slice);
    expect(rows).toHaveLength(41);
    expect(rows.find(({ _document_id }) => _document_id === 'late')).toMatchObject({ rating: 4.5 });
  });
});

const slicesOf = ({ environment }: LocalSystem) =>
  environment.collections.flatMap(({ name: collection, sources }) =>
    sources.map((name) => ({ name, collection })),
  );

const withoutTimes = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !TIMES.includes(name)));
