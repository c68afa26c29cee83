import { formatRun, parseRun } from '@firesink/shared/messages/run.ts';
import { type Firestore, Timestamp } from '@google-cloud/firestore';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { firestoreOf } from '../../support/local.ts';
import {
  bucketOf,
  publish,
  rowsOf,
  runsOf,
  snapshotsOf,
  statusOf,
  takeDeadLetters,
} from '../../support/pipeline.ts';

export function resyncTests(system: () => LocalSystem): void {
  function database(project: string, name?: string): Firestore {
    const firestore = firestoreOf(system(), {
      project,
      ...(name === undefined ? {} : { database: name }),
    });
    onTestFinished(() => firestore.terminate());
    return firestore;
  }

  test('{"project","collection"} replaces that slice and only that one', async () => {
    const firestore = database('acme-retail');
    const before = await statusOf(system());
    await firestore.doc('apis/orders-v1').update({ calls_total: 9_007_199_254_740_993n });
    await firestore.doc('apis/added-v1').set({ display_name: 'Added API', tags: ['core'] });
    await firestore.doc('apis/orders-v2').delete();
    await publish(system(), 'export', { project: 'acme-retail', collection: 'apis' });
    await system().idle();

    const rows = await rowsOf(system(), 'firestore_apis', 'acme-retail');
    const byId = new Map(rows.map((row) => [row._document_id, row]));
    expect(rows).toHaveLength(600);
    expect(byId.get('orders-v1')).toMatchObject({ calls_total: 9_007_199_254_740_993n });
    expect(byId.get('added-v1')).toMatchObject({ display_name: 'Added API', tags: ['core'] });
    expect(byId.has('orders-v2')).toBe(false);

    const after = await statusOf(system());
    const changed = after.slices.filter(
      ({ run, source, table }) =>
        run !== before.slices.find((s) => s.source === source && s.table === table)?.run,
    );
    expect(changed).toMatchObject([
      { source: 'acme-retail', collection: 'apis', state: 'loaded', documents: 600, rows: 600 },
    ]);
  });

  test('of a named database finds it by project and database, and by its name', async () => {
    const target = ['firestore_backendservices', 'logistics-partners'] as const;
    const before = await runsOf(system(), ...target);
    await publish(system(), 'export', {
      project: 'acme-logistics',
      database: 'partners',
      collection: 'backendservices',
    });
    await system().idle();
    const between = await runsOf(system(), ...target);
    expect(between).not.toEqual(before);
    await publish(system(), 'export', {
      source: 'logistics-partners',
      collection: 'backendservices',
    });
    await system().idle();
    expect(await runsOf(system(), ...target)).not.toEqual(between);
    expect(await takeDeadLetters(system())).toEqual([]);
  });

  test('the same event again and again ends in one job', async () => {
    const source = 'acme-payments';
    const message = { source, collection: 'backendservices' };
    await publish(system(), 'export', message);
    await system().idle();
    const target = ['firestore_backendservices', source] as const;
    const [run] = await runsOf(system(), ...target);
    for (const _ of [1, 2, 3]) await publish(system(), 'export', { ...message, run });
    await system().idle();
    const bucket = await bucketOf(system());
    const name = `firestore/${source}/backendservices/${run}.ndjson`;
    const [{ generation }] = await bucket.file(name).getMetadata();
    for (const _ of [1, 2, 3])
      await publish(system(), 'load', { bucket: bucket.name, name, generation });
    expect(system().redeliverAll()).toBeGreaterThan(0);
    await system().idle();

    const bigquery = await system().clients.bigquery();
    const [jobs] = await bigquery.getJobs({ projection: 'full' });
    const label = String(run).toLowerCase().replace('.', '-');
    const uris = jobs
      .filter(({ metadata }) => metadata.configuration.labels?.firesink_run === label)
      .map(({ metadata }) => metadata.configuration.load.sourceUris);
    expect(uris).toEqual([[`gs://acme-firesink/${name}`]]);
    expect(await runsOf(system(), ...target)).toEqual([run]);
    expect(await takeDeadLetters(system())).toEqual([]);
  });

  test('an earlier instant is exported, and never replaces what is newer', async () => {
    const slice = { source: 'acme-payments', collection: 'products' };
    const target = ['firestore_products', 'acme-payments'] as const;
    const [shown] = await runsOf(system(), ...target);
    const run = formatRun((parseRun(String(shown)) ?? 0) - 1);
    await publish(system(), 'export', { ...slice, run });
    await system().idle();
    expect(await snapshotsOf(system(), slice.source, slice.collection)).toEqual([
      `firestore/acme-payments/products/${run}.ndjson`,
      `firestore/acme-payments/products/${shown}.ndjson`,
    ]);
    expect(await runsOf(system(), ...target)).toEqual([shown]);
    expect(await takeDeadLetters(system())).toEqual([]);
  });

  test('an instant that Firestore has forgotten is set aside before anything is read', async () => {
    const target = ['firestore_products', 'acme-logistics'] as const;
    const before = await runsOf(system(), ...target);
    const run = '20261101T000000.000Z';
    await publish(system(), 'export', { project: 'acme-logistics', collection: 'products', run });
    await system().idle();
    expect(await runsOf(system(), ...target)).toEqual(before);
    expect(await takeDeadLetters(system())).toMatchObject([
      { code: 'read-time-expired', function: 'export' },
    ]);
    const status = await statusOf(system(), 'acme-logistics', 'products');
    expect(status.slices).toMatchObject([{ state: 'loaded', error: null }]);
  });

  test('an empty result replaces rows only where the message allows it', async () => {
    const firestore = database('acme-logistics', 'partners');
    const slice = { source: 'logistics-partners', collection: 'capextchannels' };
    const target = ['firestore_capextchannels', 'logistics-partners'] as const;
    await firestore.recursiveDelete(firestore.collection('capextchannels'));
    await publish(system(), 'export', slice);
    await system().idle();
    expect(await rowsOf(system(), ...target)).toHaveLength(40);
    expect(await takeDeadLetters(system())).toMatchObject([
      { code: 'empty-snapshot', function: 'load' },
    ]);
    const refused = await statusOf(system(), slice.source, slice.collection);
    expect(refused).toMatchObject({ failed: 1, slices: [{ state: 'refused', rows: 40 }] });
    expect(refused.slices[0]?.error).toContain(
      'has no rows, and the table shows 40: they are kept. If the collection is meant to be empty, resync it with "allowEmpty":true',
    );

    await publish(system(), 'export', { ...slice, allowEmpty: true });
    await system().idle();
    expect(await rowsOf(system(), ...target)).toEqual([]);
    const empty = await statusOf(system(), slice.source, slice.collection);
    expect(empty).toMatchObject({ failed: 0, slices: [{ state: 'empty', rows: 0, error: null }] });

    await firestore.doc('capextchannels/new').set({ name: 'New', updated_at: Timestamp.now() });
    await publish(system(), 'export', slice);
    await system().idle();
    expect(await rowsOf(system(), ...target)).toMatchObject([{ name: 'New' }]);
  });

  test('a snapshot from a wrong clock is refused, and does not freeze its slice', async () => {
    const folder = 'firestore/acme-payments/capextchannels';
    const name = `${folder}/20991231T235959.000Z.ndjson`;
    const bucket = await bucketOf(system());
    const [newest = ''] = (await snapshotsOf(system(), 'acme-payments', 'capextchannels')).slice(
      -1,
    );
    const [{ metadata }] = await bucket.file(newest).getMetadata();
    const [rows] = await bucket.file(newest).download();
    const readTime = '2099-12-31T23:59:59.000Z';
    const ahead = { metadata: { metadata: { ...metadata, name, readTime } } };
    await bucket.file(name).save(rows, ahead);
    await system().idle();
    const [letter] = await takeDeadLetters(system());
    expect(letter).toMatchObject({ code: 'run-ahead', function: 'load' });
    expect(letter?.error).toContain('Check the clock of the machine that wrote it');

    await publish(system(), 'export', { source: 'acme-payments', collection: 'capextchannels' });
    await system().idle();
    const status = await statusOf(system(), 'acme-payments', 'capextchannels');
    expect(status.slices).toMatchObject([{ state: 'loaded', rows: 80, error: null }]);
    expect(status.slices[0]?.run).toMatch(/^2026/);
    await bucket.file(name).delete();
  });
}
