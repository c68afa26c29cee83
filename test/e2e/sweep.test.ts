// The sweep of every schedule message mends what no event ever told us about, and touches nothing else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweep } from '@firesink/shared/stages/sweep.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configOf, type LoadWorld, openLoadWorld } from '../support/load-world.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/local.ts';
import { firesink } from '../support/pipeline.ts';

const COLLECTIONS = [
  'lost',
  'dropped',
  'edited',
  'well',
  'empties',
  'shrinks',
  'uploads',
  'pruned',
];
const FIRST_RUN = Date.UTC(2026, 10, 1, 23);
const run = (hour: number): number => FIRST_RUN + hour * 3_600_000;

const optionsOf = (name: string): string =>
  name === 'shrinks' ? '{ collection: shrinks, maxShrink: 0.5 }' : `{ collection: ${name} }`;

let world: LoadWorld;
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = temporaryFolder();
  world = await openLoadWorld({
    collections: COLLECTIONS.map(optionsOf),
    sources: ['shop', 'gone'],
  });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function loaded(collection: string, hour: number, ids: string[]): Promise<string> {
  const pair = world.pair(collection);
  const name = await world.put(pair, { runMs: run(hour), ids });
  await world.load(pair, name);
  return name;
}

/** What the sweep publishes about this collection, loaded as the function would. */
async function swept(collection: string): Promise<string[]> {
  const names = (await sweep(world.services)).filter((name) => name.includes(`/${collection}/`));
  for (const name of names) await world.load(world.pair(collection), name);
  return names;
}

test('a snapshot whose notification got lost is loaded', async () => {
  const pair = world.pair('lost');
  await world.put(pair, { runMs: run(0), ids: ['a'] });
  const newest = await world.put(pair, { runMs: run(1), ids: ['a', 'b'] });
  expect(await swept('lost')).toEqual([newest]);
  expect(await world.ids(pair)).toEqual(['a', 'b']);
  expect(await swept('lost')).toEqual([]);
});

test('a table that was dropped has its rows back', async () => {
  const pair = world.pair('dropped');
  const name = await loaded('dropped', 0, ['a', 'b']);
  const bigquery = await world.system.clients.bigquery();
  await bigquery.dataset('catalogue').table(pair.collection.table).delete();
  expect(await swept('dropped')).toEqual([name]);
  expect(await world.ids(pair)).toEqual(['a', 'b']);
});

test('rows added by hand, twice, are gone again', async () => {
  const pair = world.pair('edited');
  const name = await loaded('edited', 0, ['a', 'b']);
  const bigquery = await world.system.clients.bigquery();
  const table = bigquery.dataset('catalogue').table(pair.collection.table);
  for (const round of [1, 2]) {
    const storage = await world.system.clients.storage();
    const file = storage.bucket('sink').file(`by-hand/${round}.ndjson`);
    const row = { _slice: pair.source.slice, _run: '20261101T230000.000Z', _source: 'shop' };
    await file.save(`${JSON.stringify({ ...row, _document_id: 'mine' })}\n`);
    const [job] = await table.createLoadJob(file, { sourceFormat: 'NEWLINE_DELIMITED_JSON' });
    await new Promise((resolve, reject) => job.on('complete', resolve).on('error', reject));
    expect(await world.ids(pair)).toEqual(['a', 'b', 'mine']);
    expect(await swept('edited')).toEqual([name]);
    expect(await world.ids(pair)).toEqual(['a', 'b']);
  }
});

test('what is as it should be is left alone', async () => {
  const pair = world.pair('well');
  await loaded('well', 0, ['a', 'b']);
  expect(await swept('well')).toEqual([]);
  expect(await world.jobs(pair)).toHaveLength(1);
});

test('snapshots that were refused are not brought up again', async () => {
  await loaded('empties', 0, ['a', 'b']);
  await world.put(world.pair('empties'), { runMs: run(1), ids: [] });
  await loaded('shrinks', 0, ['a', 'b', 'c', 'd']);
  await world.put(world.pair('shrinks'), { runMs: run(1), ids: ['a'] });
  expect([...(await swept('empties')), ...(await swept('shrinks'))]).toEqual([]);
});

test('an uploaded file nobody heard of is taken up, one that was refused is not', async () => {
  const storage = await world.system.clients.storage();
  const name = 'uploads/firestore/shop/uploads/by-hand.ndjson';
  const file = storage.bucket('sink').file(name);
  await file.save('{"_document_id":"a"}\n');
  expect((await sweep(world.services)).filter((each) => each.startsWith('uploads/'))).toEqual([
    name,
  ]);
  await file.setMetadata({ metadata: { firesink_error: 'line 1: no' } });
  expect((await sweep(world.services)).filter((each) => each.startsWith('uploads/'))).toEqual([]);
});

test('rows of a source that is no longer configured are reported, and removed by prune alone', async () => {
  const config = join(folder.path, 'firesink.yaml');
  const bigquery = await world.system.clients.bigquery();
  const count = async () => {
    const [rows] = await bigquery.query(
      'SELECT _source, COUNT(*) AS n FROM `warehouse.catalogue.firestore_pruned` GROUP BY _source ORDER BY _source',
    );
    return rows.map(({ _source, n }) => [_source, Number(n)]);
  };
  for (const source of ['gone', 'shop']) {
    const pair = world.pair('pruned', source);
    await world.load(pair, await world.put(pair, { runMs: run(0), ids: ['a', 'b'] }));
  }
  writeFileSync(config, configOf(['shop'], COLLECTIONS.map(optionsOf)));
  const env = { ...world.system.env, FIRESINK_CONFIG: config };
  const status = await firesink({ env }, ['status']);
  expect(status.stdout).toContain(
    'firestore_pruned still holds 2 rows of gone, which is not configured',
  );
  const asked = await firesink({ env }, ['prune']);
  expect(asked.exitCode, asked.stderr).toBe(1);
  expect(asked.stdout).toMatch(/firestore_pruned +gone +\d+ +2/);
  expect(await count()).toEqual([
    ['gone', 2],
    ['shop', 2],
  ]);
  const pruned = await firesink({ env }, ['--json', 'prune', '--yes']);
  expect(pruned.exitCode, pruned.stderr).toBe(0);
  expect(JSON.parse(pruned.stdout).pruned).toMatchObject([
    { table: 'firestore_pruned', source: 'gone', rows: 2 },
  ]);
  expect(await count()).toEqual([['shop', 2]]);
  expect((await firesink({ env }, ['prune'])).stdout).toBe('nothing to prune\n');
});
