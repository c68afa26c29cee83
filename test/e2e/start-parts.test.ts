// Parts of the local system die while a run is under way. What is asked afterwards is only whether
// everything arrived, once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedSample } from '../../infra/local/demo/seed.ts';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/local.ts';

/** Documents of the sample in all its sources: none of the tables may hold more or fewer rows. */
const SAMPLE_ROWS = {
  firestore_apis: '1370',
  firestore_backendservices: '560',
  firestore_capextchannels: '240',
  firestore_products: '650',
  firestore_versions: '1900',
};

/** Milliseconds. Google's clients wait up to half a minute before they try a service again. */
const IDLE_TIMEOUT_MS = 90_000;

let folder: TemporaryFolder;
let local: LocalSystem;

beforeAll(async () => {
  folder = temporaryFolder();
  local = await startLocal({ dataDir: folder.path });
  await seedSample(local.firestoreHost);
});

afterAll(async () => {
  await local?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function publishSchedule(): Promise<void> {
  const pubsub = await local.clients.pubsub();
  await pubsub.topic('firesink-schedule').publishMessage({ json: {} });
}

async function tableRows(): Promise<Record<string, string>> {
  const dataset = (await local.clients.bigquery()).dataset('catalogue');
  const tables = Object.keys(SAMPLE_ROWS).map(async (name) => {
    const [{ numRows }] = await dataset.table(name).getMetadata();
    return [name, numRows];
  });
  return Object.fromEntries(await Promise.all(tables));
}

async function snapshotNames(): Promise<string[]> {
  const bucket = (await local.clients.storage()).bucket('acme-firesink');
  const [files] = await bucket.getFiles({ prefix: 'firestore/' });
  return files.map(({ name }) => name);
}

test('each part dies once during a run, and every document still arrives, once', async () => {
  await publishSchedule();
  for (const part of ['firestore', 'pubsub', 'export', 'storage', 'bigquery', 'load'] as const) {
    await local.stop(part);
    await local.start(part);
  }
  await local.idle({ timeoutMs: IDLE_TIMEOUT_MS });
  expect(await tableRows()).toEqual(SAMPLE_ROWS);
});

test('every event once more changes nothing', async () => {
  const snapshots = await snapshotNames();
  const loads = await loadJobs();
  expect(local.redeliverAll()).toBeGreaterThan(0);
  await local.idle({ timeoutMs: IDLE_TIMEOUT_MS });
  expect(await tableRows()).toEqual(SAMPLE_ROWS);
  expect(await snapshotNames()).toEqual(snapshots);
  expect(await loadJobs()).toEqual(loads);
});

/** Ids; the sweep's queries are jobs too, under ids of the client's own. */
async function loadJobs(): Promise<string[]> {
  const [jobs] = await (await local.clients.bigquery()).getJobs();
  return jobs.map(({ id }) => id ?? '').filter((id) => id.includes('firesink_'));
}

test('what is published while its function is down is delivered when that is back', async () => {
  const before = await snapshotNames();
  const url = local.functionUrls.scheduler;
  await local.stop('scheduler');
  await publishSchedule();
  await local.start('scheduler');
  expect(local.functionUrls.scheduler).toBe(url);
  await local.idle({ timeoutMs: IDLE_TIMEOUT_MS });
  expect(await snapshotNames()).toHaveLength(before.length + 17);
});

test('a function that crashes is started again by itself, and its message comes again', async () => {
  const notices: string[] = [];
  await using small = await startLocal({
    functions: ['scheduler'],
    functionsDir: fileURLToPath(new URL('../fixtures/functions', import.meta.url)),
    onNotice: (notice) => notices.push(notice),
  });
  const topic = (await small.clients.pubsub()).topic('firesink-schedule');
  await topic.publishMessage({ data: Buffer.from('crash') });
  await small.idle();
  const log = join(small.logsDir, 'scheduler.log');
  expect(notices).toEqual([
    `the function scheduler ended (code 7) and is started again. Its log: ${log}`,
  ]);
  const received = readFileSync(log, 'utf8').match(/^.*crash$/gm);
  const path = '/projects/acme-data/topics/firesink-schedule';
  expect(received).toEqual([`${path} crash`, `${path} crash`]);
});

test('who is still busy after the time given is named', async () => {
  await local.stop('scheduler');
  await publishSchedule();
  await expect(local.idle({ timeoutMs: 200 })).rejects.toThrow('not idle after 200 ms: pubsub');
  await local.start('scheduler');
  await local.idle({ timeoutMs: IDLE_TIMEOUT_MS });
});
