// The configuration changes under a running system: columns are added, types are changed, files are broken
// and mended. Functions read it again for every event, so nothing is deployed and nothing restarted.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { firestoreOf, type TemporaryFolder, temporaryFolder } from '../support/local.ts';
import { publish, rowsOf, runsOf, statusOf, takeDeadLetters } from '../support/pipeline.ts';

const CONFIG = `environments:
  test:
    warehouse: { project: acme-data, dataset: catalogue, location: EU, bucket: acme-things }
    firestore: [{ project: acme-one }, { project: acme-two }]
collections:
  - { collection: things, schema: things.json }
`;

const NAME = { name: 'name', type: 'STRING' };
const TEAM = { name: 'team', type: 'STRING' };
const LEAD = { name: 'lead', type: 'STRING' };
const SIZE = { name: 'size', type: 'INTEGER' };
const owner = (...fields: object[]) => ({ name: 'owner', type: 'RECORD', fields });

let folder: TemporaryFolder;
let system: LocalSystem;
let firestore: Firestore;

const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text);
const writeSchema = (...columns: object[]) => write('things.json', JSON.stringify(columns));
const writeConfig = (text: string) => write('firesink.yaml', text);

async function resync(source: string): Promise<void> {
  await publish(system, 'export', { project: source, collection: 'things' });
  await system.idle();
}

const rows = (source: string) => rowsOf(system, 'firestore_things', source);

beforeAll(async () => {
  folder = temporaryFolder();
  writeConfig(CONFIG);
  writeSchema(NAME, owner(TEAM));
  system = await startLocal({ config: join(folder.path, 'firesink.yaml') });
  for (const project of ['acme-two', 'acme-one']) {
    firestore = firestoreOf(system, { project });
    const fields = { name: 'a', size: 7, owner: { team: 'core', lead: 'Ada' } };
    await firestore.doc('things/a').set(fields);
    if (project === 'acme-two') await firestore.terminate();
  }
  await publish(system, 'schedule', {});
  await system.idle();
});

afterAll(async () => {
  await firestore?.terminate();
  await system?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('an added column, a field within a record too, is added to the table; other slices keep their rows', async () => {
  const before = await rows('acme-two');
  expect(before).toMatchObject([{ name: 'a', owner: { team: 'core' } }]);
  expect(before[0]).not.toHaveProperty('size');
  writeSchema(NAME, SIZE, owner(TEAM, LEAD));
  await resync('acme-one');
  expect(await rows('acme-one')).toMatchObject([
    { size: 7n, owner: { team: 'core', lead: 'Ada' } },
  ]);
  const [other] = await rows('acme-two');
  expect(other).toMatchObject({ _run: before[0]?._run, size: null, owner: { lead: null } });
});

test.each([
  [
    'another type',
    [NAME, { ...SIZE, type: 'STRING' }, owner(TEAM, LEAD)],
    'column "size" is INT64 in the table and STRING in the schema',
  ],
  [
    'a column less',
    [SIZE, owner(TEAM, LEAD)],
    'column "name" is in the table but not in the schema',
  ],
  [
    'a list instead of one value, deep inside',
    [NAME, SIZE, owner({ ...TEAM, mode: 'REPEATED' }, LEAD)],
    'column "owner.team" is STRING in the table and REPEATED STRING in the schema',
  ],
])('%s is refused with the difference, and the rows stay', async (_, schema, difference) => {
  const before = await rows('acme-one');
  writeSchema(...schema);
  await resync('acme-one');
  expect(await rows('acme-one')).toEqual(before);
  expect(await takeDeadLetters(system)).toMatchObject([
    { code: 'schema-change', function: 'load', error: expect.stringContaining(difference) },
  ]);
  const status = await statusOf(system, 'acme-one');
  expect(status.slices).toMatchObject([
    { state: 'refused', error: expect.stringContaining(difference) },
  ]);
});

test('the schema as it was brings the slice up to date again', async () => {
  writeSchema(NAME, SIZE, owner(TEAM, LEAD));
  await resync('acme-one');
  const status = await statusOf(system, 'acme-one');
  expect(status).toMatchObject({ failed: 0, slices: [{ state: 'loaded', rows: 1, error: null }] });
});

test('while the configuration is broken, messages wait; once it is mended, they get through', async () => {
  const [before] = await runsOf(system, 'firestore_things', 'acme-two');
  const log = () => readFileSync(join(system.logsDir, 'export.log'), 'utf8');
  writeConfig(CONFIG.replace('collection: things', 'colection: things'));
  await publish(system, 'export', { project: 'acme-two', collection: 'things' });
  await expect.poll(log).toContain('not acknowledged');
  expect(log()).toContain('Did you mean collection?');
  expect(await takeDeadLetters(system)).toEqual([]);
  writeConfig(CONFIG);
  await system.idle();
  expect(await runsOf(system, 'firestore_things', 'acme-two')).not.toEqual([before]);
  expect(await takeDeadLetters(system)).toEqual([]);
});

test('a collection that is no longer configured is refused, and its rows stay', async () => {
  writeConfig(CONFIG.replace('collection: things, schema', 'collection: others, schema'));
  await resync('acme-one');
  expect(await takeDeadLetters(system)).toMatchObject([{ code: 'unknown-collection' }]);
  expect(await rows('acme-one')).toHaveLength(1);
  writeConfig(CONFIG);
});
