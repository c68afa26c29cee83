// What dies comes back, and the run that it died in still arrives: whole, once, and without anybody's help.
// `start-parts.test.ts` kills one part after the other; here each goes at a chosen moment, or until it was felt.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRun } from '@firesink/shared/messages/run.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedSample } from '../../infra/local/demo/seed.ts';
import type { FunctionName } from '../../infra/local/system/ports.ts';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/local.ts';
import { bucketOf, publish, statusOf, takeDeadLetters } from '../support/pipeline.ts';

/** Milliseconds. Google's clients wait up to half a minute before they try a service again. */
const PATIENCE = { timeout: 90_000, interval: 20 };

let folder: TemporaryFolder;
let system: LocalSystem;

beforeAll(async () => {
  folder = temporaryFolder();
  system = await startLocal({ dataDir: folder.path });
  await seedSample(system.firestoreHost);
});

afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** What a person would see in the logs of a function. */
const refusals = (name: FunctionName): number =>
  readFileSync(join(system.logsDir, `${name}.log`), 'utf8').split('not acknowledged').length - 1;

async function publishRun(): Promise<string> {
  const run = formatRun(Date.now() + 1);
  await publish(system, 'schedule', { run });
  return run;
}

/** Every slice shows the run, every document is a row, one job did it, and nobody was asked for help. */
async function expectWhole(run: string): Promise<void> {
  await system.idle({ timeoutMs: PATIENCE.timeout });
  const { slices, failed } = await statusOf(system);
  const wrong = slices.filter((slice) => slice.run !== run || slice.documents !== slice.rows);
  expect(wrong).toEqual([]);
  expect(failed).toBe(0);
  expect(slices.reduce((sum, { rows }) => sum + rows, 0)).toBe(4720);
  expect(await jobsOf(run)).toBe(16);
  expect(await takeDeadLetters(system)).toEqual([]);
}

async function jobsOf(run: string): Promise<number> {
  const bigquery = await system.clients.bigquery();
  const [jobs] = await bigquery.getJobs({ projection: 'full' });
  const label = run.toLowerCase().replace('.', '-');
  return jobs.filter(({ metadata }) => metadata.configuration.labels?.firesink_run === label)
    .length;
}

async function objectsOf(prefix: string, run: string): Promise<number> {
  const [files] = await (await bucketOf(system)).getFiles({ prefix });
  return files.filter(({ name }) => name.includes(run)).length;
}

describe('a service that is down while a run is under way', () => {
  test('Firestore hangs up in the middle of its streams', async () => {
    const run = await publishRun();
    await expect.poll(() => objectsOf('parts/', run), PATIENCE).toBeGreaterThan(0);
    await system.stop('firestore');
    await system.start('firestore');
    await expectWhole(run);
  });

  test('BigQuery, until load has given up once', async () => {
    const before = refusals('load');
    await system.stop('bigquery');
    const run = await publishRun();
    await expect.poll(() => refusals('load') - before, PATIENCE).toBeGreaterThan(0);
    await system.start('bigquery');
    await expectWhole(run);
  });

  test('Cloud Storage, until export has given up once', async () => {
    const before = refusals('export');
    await system.stop('storage');
    const run = await publishRun();
    await expect.poll(() => refusals('export') - before, PATIENCE).toBeGreaterThan(0);
    await system.start('storage');
    await expectWhole(run);
  });

  test('Pub/Sub, with messages on their way', async () => {
    const run = await publishRun();
    await expect.poll(() => objectsOf('firestore/', run), PATIENCE).toBeGreaterThan(0);
    await system.stop('pubsub');
    await system.start('pubsub');
    await expectWhole(run);
  });
});

describe('a function that is killed in the middle of its work', () => {
  test('export: what was read stays, and the rest is read by the next delivery', async () => {
    const run = await publishRun();
    await expect.poll(() => objectsOf('parts/', run), PATIENCE).toBeGreaterThan(0);
    await system.stop('export');
    await system.start('export');
    await expectWhole(run);
  });

  test('load: the jobs it had started go on, and no slice is loaded twice', async () => {
    const run = await publishRun();
    await expect.poll(() => jobsOf(run), PATIENCE).toBeGreaterThan(0);
    await system.stop('load');
    await system.start('load');
    await expectWhole(run);
  });

  test('scheduler: its messages are sent again, and what comes twice is done once', async () => {
    const run = await publishRun();
    await system.stop('scheduler');
    await system.start('scheduler');
    await expectWhole(run);
  });
});
