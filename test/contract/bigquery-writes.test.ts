// What load jobs do to tables: dispositions, decorators, schema updates; and that nobody sees half of it.
import type { BigQuery, TableMetadata } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type BigqueryWorld, DATASET, openBigqueryWorld } from '../support/local-bigquery.ts';

let world: BigqueryWorld;
let bigquery: BigQuery;
beforeAll(async () => {
  world = await openBigqueryWorld();
  ({ bigquery } = world);
});
afterAll(() => world[Symbol.asyncDispose]());

const SLICED: TableMetadata = {
  schema: {
    fields: [
      { name: '_slice', type: 'INT64' },
      { name: '_run', type: 'STRING' },
    ],
  },
  rangePartitioning: { field: '_slice', range: { start: '0', end: '10000', interval: '1' } },
};

const rowsOf = (slice: number, run: string, count = 1): string =>
  `${JSON.stringify({ _slice: slice, _run: run })}\n`.repeat(count);

const TRUNCATE = { writeDisposition: 'WRITE_TRUNCATE' };

test('readers of a slice that is replaced see its old rows or its new ones, never a mix', async ({
  expect,
}) => {
  await world.createTable('watched', SLICED);
  await world.load('watched', rowsOf(6, 'other', 10));
  await world.load('watched$5', rowsOf(5, '00', 500), TRUNCATE);
  const seen: string[] = [];
  let isDone = false;
  const observe = async () => {
    while (!isDone) {
      const [rows] = await bigquery.dataset(DATASET).table('watched$5').getRows();
      seen.push([...new Set(rows.map(({ _run }) => _run))].join('+').concat(` ${rows.length}`));
    }
  };
  const query = async () => {
    while (!isDone) {
      const sql = `SELECT STRING_AGG(DISTINCT _run, '+') AS runs, COUNT(*) AS n FROM ${DATASET}.watched WHERE _slice = 5`;
      const [rows] = await bigquery.query(sql);
      seen.push(`${rows[0].runs} ${rows[0].n}`);
    }
  };
  const replace = async () => {
    for (let run = 1; run <= 30; run += 1) {
      const name = String(run).padStart(2, '0');
      const answer = await world.load('watched$5', rowsOf(5, name, 500 + run), TRUNCATE);
      expect(answer.error).toBeUndefined();
    }
    isDone = true;
  };
  await Promise.all([observe(), query(), replace()]);
  const allowed = new Set(
    Array.from({ length: 31 }, (_, run) => `${String(run).padStart(2, '0')} ${500 + run}`),
  );
  expect(seen.filter((each) => !allowed.has(each))).toEqual([]);
  expect(new Set(seen).size).toBeGreaterThan(5);
  const [metadata] = await bigquery.dataset(DATASET).table('watched$6').getMetadata();
  expect(metadata.numRows).toBe('10');
});

test('many jobs on one table at once all come through', async ({ expect }) => {
  await world.createTable('busy', SLICED);
  const slices = Array.from({ length: 20 }, (_, slice) => slice);
  const answers = await Promise.all(
    slices.map((slice) => world.load(`busy$${slice}`, rowsOf(slice, 'a', 3), TRUNCATE)),
  );
  expect(answers.map(({ error }) => error)).toEqual(slices.map(() => undefined));
  const [metadata] = await bigquery.dataset(DATASET).table('busy').getMetadata();
  expect(metadata.numRows).toBe('60');
});

describe('into a partition', () => {
  test('a row of another partition fails the job, and nothing has changed', async ({ expect }) => {
    await world.createTable('guarded', SLICED);
    await world.load('guarded$5', rowsOf(5, 'good', 2), TRUNCATE);
    const answer = await world.load('guarded$5', rowsOf(5, 'bad') + rowsOf(6, 'bad'), TRUNCATE);
    expect(answer.error).toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining(
        'Some rows belong to different partitions rather than destination partition 5',
      ),
    });
    const missing = await world.load('guarded$5', '{"_run":"bad"}', TRUNCATE);
    expect(missing.error?.reason).toBe('invalid');
    expect(await world.cells('guarded')).toEqual([
      ['5', 'good'],
      ['5', 'good'],
    ]);
  });

  test('WRITE_TRUNCATE leaves other slices alone, WRITE_APPEND adds, WRITE_EMPTY refuses', async ({
    expect,
  }) => {
    await world.createTable('sliced', SLICED);
    await world.load('sliced', rowsOf(1, 'a') + rowsOf(2, 'a'));
    await world.load('sliced$1', rowsOf(1, 'b'), TRUNCATE);
    expect(await world.cells('sliced')).toEqual([
      ['2', 'a'],
      ['1', 'b'],
    ]);
    await world.load('sliced$2', rowsOf(2, 'c'), { writeDisposition: 'WRITE_APPEND' });
    expect(await world.cells('sliced$2')).toEqual([
      ['2', 'a'],
      ['2', 'c'],
    ]);
    const refused = await world.load('sliced$2', rowsOf(2, 'd'), {
      writeDisposition: 'WRITE_EMPTY',
    });
    expect(refused.error).toEqual({
      reason: 'duplicate',
      message: 'Already Exists: Table shop-data:catalogue.sliced$2',
    });
    const taken = await world.load('sliced$3', rowsOf(3, 'd'), { writeDisposition: 'WRITE_EMPTY' });
    expect(taken.error).toBeUndefined();
    await world.load('sliced$1', '', TRUNCATE);
    expect(await world.cells('sliced$1')).toEqual([]);
  });

  test('rows beyond the ranges, and without a value, have partitions of their own', async ({
    expect,
  }) => {
    await world.createTable('strays', SLICED);
    await world.load('strays', `${rowsOf(10000, 'far')}{"_run":"none"}\n`);
    expect(await world.cells('strays$__UNPARTITIONED__')).toEqual([['10000', 'far']]);
    expect(await world.cells('strays$__NULL__')).toEqual([[null, 'none']]);
  });

  test('of a table by days', async ({ expect }) => {
    await world.createTable('days', {
      schema: { fields: [{ name: 'at', type: 'TIMESTAMP' }] },
      timePartitioning: { type: 'DAY', field: 'at' },
    });
    const line = (at: string) => `{"at":"${at}"}\n`;
    await world.load('days', line('2026-11-23T23:59:59Z') + line('2026-11-24T00:00:00Z'));
    expect(await world.cells('days$20261123')).toEqual([['1795478399000000']]);
    const wrong = await world.load('days$20261123', line('2026-11-24T00:00:00Z'), TRUNCATE);
    expect(wrong.error?.message).toContain('rather than destination partition 20261123');
  });
});

describe('the schema a job brings', () => {
  const schema = {
    fields: [...(SLICED.schema as { fields: object[] }).fields, { name: 'extra', type: 'STRING' }],
  };

  test('may add columns where the job says so', async ({ expect }) => {
    await world.createTable('growing', SLICED);
    await world.load('growing$1', rowsOf(1, 'a'));
    const refused = await world.load('growing$2', rowsOf(2, 'b'), { ...TRUNCATE, schema });
    expect(refused.error).toMatchObject({
      reason: 'invalid',
      message:
        'Provided Schema does not match Table shop-data:catalogue.growing. Cannot add fields (field: extra)',
    });
    const options = { ...TRUNCATE, schema, schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'] };
    const row = '{"_slice":2,"_run":"b","extra":"x"}';
    expect((await world.load('growing$2', row, options)).error).toBeUndefined();
    expect(await world.cells('growing')).toEqual([
      ['1', 'a', null],
      ['2', 'b', 'x'],
    ]);
  });

  test('replaces that of a whole table with WRITE_TRUNCATE, and stays with WRITE_TRUNCATE_DATA', async ({
    expect,
  }) => {
    const other = { fields: [{ name: 'a', type: 'STRING' }] };
    await world.load('whole', '{"n":1}', { schema: { fields: [{ name: 'n', type: 'INTEGER' }] } });
    await world.load('whole', '{"a":"x"}', { ...TRUNCATE, schema: other });
    expect(await world.cells('whole')).toEqual([['x']]);
    const kept = await world.load('whole', '{"a":"y"}', {
      writeDisposition: 'WRITE_TRUNCATE_DATA',
    });
    expect(kept.error).toBeUndefined();
    expect(await world.cells('whole')).toEqual([['y']]);
    const options = { ...TRUNCATE, schema: other, schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'] };
    await expect(world.load('whole', '{}', options)).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining(
        'Schema update options should only be specified with WRITE_APPEND',
      ),
    });
  });

  test('leaves alone what was changed of the table meanwhile', async ({ expect }) => {
    await world.createTable('patched', SLICED);
    const uri = await world.upload('slow.ndjson', rowsOf(5, 'a', 100_000));
    const loading = world.load('patched$5', { uris: [uri] }, TRUNCATE);
    await bigquery
      .dataset(DATASET)
      .table('patched')
      .setMetadata({ labels: { kept: 'yes' } });
    expect((await loading).error).toBeUndefined();
    const [metadata] = await bigquery.dataset(DATASET).table('patched').getMetadata();
    expect(metadata).toMatchObject({ labels: { kept: 'yes' }, numRows: '100000' });
  });

  test('brings columns that were added meanwhile into the rows', async ({ expect }) => {
    await world.createTable('widened', SLICED);
    const uri = await world.upload('slow.ndjson', rowsOf(5, 'a', 100_000));
    const loading = world.load('widened$5', { uris: [uri] }, TRUNCATE);
    await bigquery.dataset(DATASET).table('widened').setMetadata({ schema });
    expect((await loading).error).toBeUndefined();
    const [rows] = await bigquery.dataset(DATASET).table('widened').getRows({ maxResults: 1 });
    expect(rows).toEqual([{ _slice: 5, _run: 'a', extra: null }]);
  });

  test('is needed where there is no table', async ({ expect }) => {
    const without = await world.load('unmade', '{}');
    expect(without.error?.reason).toBe('invalid');
    const never = await world.load('unmade', '{}', { schema, createDisposition: 'CREATE_NEVER' });
    expect(never.error).toEqual({
      reason: 'notFound',
      message: 'Not found: Table shop-data:catalogue.unmade',
    });
  });
});

test('a job that is cancelled is stopped, and leaves the table as it was', async ({ expect }) => {
  await world.createTable('cancelled', SLICED);
  await world.load('cancelled$5', rowsOf(5, 'kept'), TRUNCATE);
  const uri = await world.upload('long.ndjson', rowsOf(5, 'new', 400_000));
  const [job] = await bigquery.createJob({
    configuration: {
      load: {
        sourceUris: [uri],
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        destinationTable: { projectId: 'shop-data', datasetId: DATASET, tableId: 'cancelled$5' },
        ...TRUNCATE,
      },
    },
  });
  await job.cancel();
  await world.idle();
  const [metadata] = await job.getMetadata();
  expect(metadata.status).toMatchObject({
    state: 'DONE',
    errorResult: {
      reason: 'stopped',
      message: 'Job execution was cancelled: User requested cancellation',
    },
  });
  expect(await world.cells('cancelled')).toEqual([['5', 'kept']]);
});
