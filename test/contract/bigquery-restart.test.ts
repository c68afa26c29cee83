// What is there after the process was killed: rows, tables, and jobs that tell the truth about both.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, test } from 'vitest';
import type { StandIn } from '../../infra/local/stand-in.ts';
import { startStorage } from '../../infra/local/storage/server.ts';
import { DATASET, finished, PROJECT } from '../support/local-bigquery.ts';

const SERVER = new URL('../../infra/local/bigquery/server.ts', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'firesink-bigquery-test-'));

let storage: StandIn;
let child: ChildProcess | undefined;
beforeAll(async () => {
  storage = await startStorage({ port: 0 });
  await new Storage({ projectId: PROJECT, apiEndpoint: `http://${storage.host}` }).createBucket(
    'sink-1',
  );
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await storage[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The stand-in in a process of its own, on the same folder each time. */
async function start(): Promise<BigQuery> {
  const options = JSON.stringify({
    port: 0,
    dataDir: folder,
    storageUrl: `http://${storage.host}`,
  });
  const script = `const { startBigquery } = await import(${JSON.stringify(SERVER)}); console.log((await startBigquery(${options})).host);`;
  child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [host] = (await once(child.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
  return new BigQuery({ projectId: PROJECT, apiEndpoint: `http://${host.toString().trim()}` });
}

async function kill(): Promise<void> {
  const killed = child;
  child = undefined;
  if (killed === undefined) return;
  killed.kill('SIGKILL');
  await once(killed, 'exit');
}

async function upload(name: string, run: string, rows: number): Promise<string> {
  const bucket = new Storage({ projectId: PROJECT, apiEndpoint: `http://${storage.host}` }).bucket(
    'sink-1',
  );
  await bucket.file(name).save(`{"_slice":5,"_run":"${run}"}\n`.repeat(rows), { resumable: false });
  return `gs://sink-1/${name}`;
}

const replaceSlice = (bigquery: BigQuery, jobId: string, uri: string) =>
  bigquery.createJob({
    configuration: {
      load: {
        sourceUris: [uri],
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        destinationTable: { projectId: PROJECT, datasetId: DATASET, tableId: 't$5' },
        writeDisposition: 'WRITE_TRUNCATE',
      },
    },
    jobId,
    location: 'EU',
  });

test('a job that was running is done after a kill: with its rows, or with an error and the old rows', async ({
  expect,
}) => {
  let bigquery = await start();
  await bigquery.createDataset(DATASET, { location: 'EU' });
  await bigquery.dataset(DATASET).createTable('t', {
    schema: '_slice:INTEGER,_run:STRING',
    rangePartitioning: { field: '_slice', range: { start: '0', end: '10', interval: '1' } },
  });
  const old = await upload('old.ndjson', 'old', 1000);
  const [first] = await replaceSlice(bigquery, 'first', old);
  expect((await finished(first)).error).toBeUndefined();
  let shown = 'old 1000';
  for (const [attempt, delayMs] of [0, 100, 400].entries()) {
    const uri = await upload(`new-${attempt}.ndjson`, `new-${attempt}`, 50_000);
    await replaceSlice(bigquery, `job-${attempt}`, uri);
    await sleep(delayMs);
    await kill();
    bigquery = await start();
    const [metadata] = await bigquery.job(`job-${attempt}`, { location: 'EU' }).getMetadata();
    expect(metadata.status.state).toBe('DONE');
    const { errorResult } = metadata.status;
    if (errorResult === undefined) shown = `new-${attempt} 50000`;
    else expect(errorResult.reason).toBe('backendError');
    const sql = `SELECT STRING_AGG(DISTINCT _run) AS run, COUNT(*) AS n FROM ${DATASET}.t`;
    const [rows] = await bigquery.query(sql);
    expect(`${rows[0].run} ${rows[0].n}`).toBe(shown);
    const [{ numRows }] = await bigquery.dataset(DATASET).table('t$5').getMetadata();
    expect(numRows).toBe(shown.split(' ')[1]);
  }
  await expect(replaceSlice(bigquery, 'first', old)).rejects.toMatchObject({ code: 409 });
  const [again] = await replaceSlice(bigquery, 'again', old);
  expect((await finished(again)).error).toBeUndefined();
});

test('a second process on the same data is refused', async ({ expect }) => {
  const { startBigquery } = await import('../../infra/local/bigquery/server.ts');
  const second = startBigquery({ port: 0, dataDir: folder, storageUrl: `http://${storage.host}` });
  await expect(second).rejects.toThrow(
    `another process has ${join(folder, 'bigquery.duckdb')} open`,
  );
});
