// The same stages from a terminal: what `firesink sync` brings is what the functions bring. Two environments
// read the same databases; the functions serve one of them, the command the other.
import { fileURLToPath } from 'node:url';
import { formatRun } from '@firesink/shared/messages/run.ts';
import type { Status } from '@firesink/shared/stages/status.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedSample } from '../../infra/local/demo/seed.ts';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import {
  bucketOf,
  type CommandResult,
  firesink,
  publish,
  snapshotsOf,
  statusOf,
  takeDeadLetters,
} from '../support/pipeline.ts';
import { configTests } from './sync/config.ts';
import { COMMAND, exitCodeTests } from './sync/exit-codes.ts';
import { uploadCommandTests } from './sync/upload.ts';

const CONFIG = fileURLToPath(new URL('../fixtures/sync/firesink.yaml', import.meta.url));

let started: LocalSystem | undefined;
let run: string;

function system(): LocalSystem {
  if (!started) throw new Error('only within a test');
  return started;
}

/** In the environment that no function serves. */
const command = (...args: string[]): Promise<CommandResult> => firesink(system(), args, COMMAND);

beforeAll(async () => {
  started = await startLocal({ config: CONFIG, environment: 'functions' });
  await seedSample(started.firestoreHost);
  await (await started.clients.storage()).createBucket('by-command', { location: 'EU' });
  await (await started.clients.bigquery()).createDataset('by_command', { location: 'EU' });
  run = formatRun(Date.now() + 1);
  await publish(started, 'schedule', { run });
  await started.idle();
});

afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
});

/** Everything that tells one snapshot from another: name, bytes, and what it says of itself. */
async function objectsOf(bucketName: string): Promise<Map<string, unknown>> {
  const bucket = await bucketOf(system(), bucketName);
  const [files] = await bucket.getFiles({ prefix: 'firestore/' });
  const objects = new Map<string, unknown>();
  for (const file of files) {
    const [bytes] = await file.download();
    const { contentType, metadata } = file.metadata;
    objects.set(file.name, { text: bytes.toString(), contentType, metadata });
  }
  return objects;
}

/** All rows of all tables as BigQuery's API answers them, in the order of source and document. */
async function tablesOf(datasetName: string): Promise<Map<string, string[]>> {
  const dataset = (await system().clients.bigquery()).dataset(datasetName);
  const names = ['apis', 'backendservices', 'capextchannels', 'products', 'versions'];
  const tables = names.map(async (name): Promise<[string, string[]]> => {
    const [rows] = await dataset.table(`firestore_${name}`).getRows({ skipParsing: true });
    return [name, rows.map((row: unknown) => JSON.stringify(row)).sort()];
  });
  return new Map(await Promise.all(tables));
}

test('sync --run makes the very objects and rows that the functions made at that instant', async () => {
  const { exitCode, stdout, stderr } = await command('--json', 'sync', '--run', run);
  expect(exitCode, stderr).toBe(0);
  const status: Status = JSON.parse(stdout);
  expect(status).toMatchObject({ environment: 'command', run, failed: 0 });
  expect(status.slices).toHaveLength(17);
  expect(status.slices.every(({ documents, rows }) => documents === rows)).toBe(true);

  const byFunctions = await objectsOf('by-functions');
  expect(byFunctions.size).toBe(17);
  expect(await objectsOf('by-command')).toEqual(byFunctions);
  const rows = await tablesOf('by_functions');
  expect([...rows.values()].flat()).toHaveLength(4720);
  expect(await tablesOf('by_command')).toEqual(rows);
});

test('sync makes the same of its own instant, _run and _read_time aside', async () => {
  const { exitCode, stdout, stderr } = await command('sync');
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toMatch(/^firestore_apis +acme-retail +apis +loaded +600 +600 +12 /m);
  expect(stdout).toContain('17 slices: 16 loaded, 1 empty. 4,720 rows.\n');

  const bucket = await bucketOf(system(), 'by-command');
  const [files] = await bucket.getFiles({ prefix: 'firestore/' });
  const folders = new Set(files.map(({ name }) => folderOf(name)));
  expect(folders.size).toBe(17);
  for (const folder of folders) {
    const [first, second, ...more] = files.filter(({ name }) => folderOf(name) === folder);
    expect(more).toEqual([]);
    const texts = await Promise.all([first?.download(), second?.download()]);
    const [before, after] = texts.map((text) => withoutRun(String(text?.[0])));
    expect(after).toBe(before);
  }
});

const folderOf = (name: string): string => name.replace(/[^/]+$/, '');

const withoutRun = (text: string): string =>
  text
    .replaceAll(/"_run":"[^"]*"/g, '"_run":""')
    .replaceAll(/"_read_time":"[^"]*"/g, '"_read_time":""');

test('sync of one source and collection leaves the others alone', async () => {
  const before = await objectsOf('by-command');
  const { exitCode, stdout } = await command('--json', 'sync', 'logistics-partners', 'apis');
  expect(exitCode).toBe(0);
  const { slices }: Status = JSON.parse(stdout);
  expect(slices).toMatchObject([
    { source: 'logistics-partners', collection: 'apis', state: 'loaded', rows: 120 },
  ]);
  const made = [...(await objectsOf('by-command')).keys()].filter((name) => !before.has(name));
  expect(made).toEqual([`firestore/logistics-partners/apis/${slices[0]?.run}.ndjson`]);
});

test('sync --publish lets the functions do it, and ends when the tables show it', async () => {
  const args = ['--json', 'sync', 'acme-payments', '--publish'];
  const { exitCode, stdout, stderr } = await firesink(system(), args);
  expect(exitCode, stderr).toBe(0);
  const status: Status = JSON.parse(stdout);
  expect(status.slices.map(({ collection, state, rows }) => [collection, state, rows])).toEqual([
    ['apis', 'loaded', 400],
    ['capextchannels', 'loaded', 80],
    ['backendservices', 'loaded', 160],
    ['products', 'loaded', 200],
    ['versions', 'loaded', 700],
  ]);
  expect(new Set(status.slices.map((slice) => slice.run))).toEqual(new Set([status.run]));
  expect(String(status.run) > run).toBe(true);
  expect(await snapshotsOf(system(), 'acme-payments', 'apis')).toHaveLength(2);
  expect(await snapshotsOf(system(), 'acme-retail', 'apis')).toHaveLength(1);
});

test('sync beside the functions, which hear of the same snapshots, loads each of them once', async () => {
  const { exitCode, stdout } = await firesink(system(), ['--json', 'sync', 'acme-logistics']);
  expect(exitCode, stdout).toBe(0);
  await system().idle();
  const status: Status = JSON.parse(stdout);
  expect(await statusOf(system(), 'acme-logistics')).toMatchObject({
    failed: 0,
    slices: status.slices.map(({ state, rows, run }) => ({ state, rows, run })),
  });
  const bigquery = await system().clients.bigquery();
  const [jobs] = await bigquery.getJobs({ projection: 'full' });
  const label = String(status.run).toLowerCase().replace('.', '-');
  const loads = jobs.filter(
    ({ metadata }) => metadata.configuration.labels?.firesink_run === label,
  );
  expect(loads).toHaveLength(3);
  expect(await takeDeadLetters(system())).toEqual([]);
});

describe('exit codes', () => exitCodeTests(system, command));
describe('upload', () => uploadCommandTests(system, command));
describe('config', () => configTests(system, command));
