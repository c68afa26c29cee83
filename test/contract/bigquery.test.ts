// Datasets, tables, rows and jobs of the local BigQuery stand-in, through Google's client.
import type { BigQuery, TableField, TableMetadata, TableSchema } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  type BigqueryWorld,
  DATASET,
  finished,
  openBigqueryWorld,
  PROJECT,
} from '../support/local-bigquery.ts';

let world: BigqueryWorld;
let bigquery: BigQuery;
let nowMs = Date.parse('2026-11-23T23:00:00Z');
beforeAll(async () => {
  world = await openBigqueryWorld({ clock: () => nowMs });
  ({ bigquery } = world);
});
afterAll(() => world[Symbol.asyncDispose]());

const table = (tableId: string) => bigquery.dataset(DATASET).table(tableId);

const SLICED: TableMetadata = {
  schema: {
    fields: [
      { name: '_slice', type: 'INT64' },
      { name: '_run', type: 'STRING' },
      { name: 'n', type: 'INT64' },
    ],
  },
  rangePartitioning: { field: '_slice', range: { start: '0', end: '10000', interval: '1' } },
  clustering: { fields: ['_run'] },
};

const rowsOf = (slice: number, run: string, count: number): string =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ _slice: slice, _run: run, n })).join(
    '\n',
  );

describe('datasets', () => {
  test('are made once, described, changed, listed and deleted', async ({ expect }) => {
    const [dataset] = await bigquery.createDataset('shelf', {
      location: 'eu',
      labels: { team: 'data' },
    });
    await expect(bigquery.createDataset('shelf')).rejects.toMatchObject({
      code: 409,
      message: 'Already Exists: Dataset shop-data:shelf',
    });
    await dataset.setMetadata({ description: 'A shelf', labels: { team: null, stage: 'dev' } });
    const [metadata] = await dataset.getMetadata();
    expect(metadata).toMatchObject({
      kind: 'bigquery#dataset',
      id: 'shop-data:shelf',
      location: 'EU',
      description: 'A shelf',
      labels: { stage: 'dev' },
    });
    const [datasets] = await bigquery.getDatasets();
    expect(datasets.map(({ id }) => id)).toEqual([DATASET, 'shelf']);
    await dataset.createTable('t', { schema: 'a:INTEGER' });
    await expect(dataset.delete()).rejects.toMatchObject({
      code: 400,
      message: 'Dataset shop-data:shelf is still in use',
    });
    await dataset.delete({ force: true });
    await expect(dataset.getMetadata()).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Dataset shop-data:shelf',
    });
  });

  test('refuse a label that BigQuery would refuse', async ({ expect }) => {
    const labels = { run: '20261123T230000.000Z' };
    await expect(bigquery.createDataset('labelled', { labels })).rejects.toMatchObject({
      code: 400,
      message: 'Label value "20261123T230000.000Z" has invalid characters.',
    });
  });
});

describe('tables', () => {
  test('keep partitioning, clustering, schema and labels', async ({ expect }) => {
    await world.createTable('described', { ...SLICED, description: 'Sliced', labels: { a: 'b' } });
    const [metadata] = await table('described').getMetadata();
    expect(metadata).toMatchObject({
      kind: 'bigquery#table',
      type: 'TABLE',
      tableReference: { projectId: PROJECT, datasetId: DATASET, tableId: 'described' },
      schema: {
        fields: [
          { name: '_slice', type: 'INTEGER', mode: 'NULLABLE' },
          { name: '_run' },
          { name: 'n' },
        ],
      },
      rangePartitioning: { field: '_slice', range: { start: '0', end: '10000', interval: '1' } },
      clustering: { fields: ['_run'] },
      description: 'Sliced',
      labels: { a: 'b' },
      numRows: '0',
      numBytes: '0',
      location: 'EU',
      lastModifiedTime: '1795474800000',
    });
    await expect(bigquery.dataset(DATASET).createTable('described', SLICED)).rejects.toMatchObject({
      code: 409,
      message: 'Already Exists: Table shop-data:catalogue.described',
    });
  });

  test('take new columns at the end, and no other change', async ({ expect }) => {
    const fields = [
      { name: 'a', type: 'STRING', mode: 'REQUIRED' },
      { name: 'r', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'x', type: 'INTEGER' }] },
    ];
    await world.load('evolving', '{"a":"old","r":[{"x":1}]}', { schema: { fields } });
    await table('evolving').setMetadata({
      schema: {
        fields: [
          { name: 'a', type: 'STRING', mode: 'NULLABLE', description: 'A letter' },
          {
            ...fields[1],
            fields: [
              { name: 'x', type: 'INTEGER' },
              { name: 'y', type: 'STRING' },
            ],
          },
          { name: 'b', type: 'NUMERIC' },
          { name: 'l', type: 'STRING', mode: 'REPEATED' },
        ],
      },
    });
    expect(await world.cells('evolving')).toEqual([['old', [['1', null]], null, []]]);
    const change = (changed: TableField[]) =>
      expect(table('evolving').setMetadata({ schema: { fields: changed } })).rejects;
    const rest = [
      {
        ...fields[1],
        fields: [
          { name: 'x', type: 'INTEGER' },
          { name: 'y', type: 'STRING' },
        ],
      },
      { name: 'b', type: 'NUMERIC' },
      { name: 'l', type: 'STRING', mode: 'REPEATED' },
    ];
    const words = 'Provided Schema does not match Table shop-data:catalogue.evolving. ';
    await change(rest).toMatchObject({
      code: 400,
      message: `${words}Field a is missing in new schema`,
    });
    await change([{ name: 'a', type: 'INT64' }, ...rest]).toMatchObject({
      message: `${words}Field a has changed type from STRING to INTEGER`,
    });
    await change([{ name: 'a', type: 'STRING', mode: 'REQUIRED' }, ...rest]).toMatchObject({
      message: `${words}Field a has changed mode from NULLABLE to REQUIRED`,
    });
    await change([
      { name: 'a', type: 'STRING' },
      ...rest,
      { name: 'c', type: 'STRING', mode: 'REQUIRED' },
    ]).toMatchObject({
      message: `${words}Cannot add required fields to an existing schema. (field: c)`,
    });
  });

  test.for([
    [{ fields: [{ name: 'a', type: 'TEXT' }] }, 'TEXT is not a valid value'],
    [{ fields: [{ name: 'a.b', type: 'STRING' }] }, 'Invalid field name "a.b"'],
    [
      { fields: [{ name: '_PARTITIONDATE', type: 'STRING' }] },
      'Invalid field name "_PARTITIONDATE"',
    ],
    [
      {
        fields: [
          { name: 'a', type: 'STRING' },
          { name: 'A', type: 'STRING' },
        ],
      },
      'Field A already exists in schema',
    ],
    [{ fields: [{ name: 'r', type: 'RECORD' }] }, 'Field r is type RECORD but has no schema'],
  ] as const)('refuse the schema %j', async ([schema, words], { expect }) => {
    const create = bigquery
      .dataset(DATASET)
      .createTable('refused', { schema: schema as unknown as TableSchema });
    await expect(create).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining(words),
    });
  });

  test('a partition is asked for like a table', async ({ expect }) => {
    await world.createTable('parts', SLICED);
    await world.load('parts', `${rowsOf(5, 'a', 3)}\n${rowsOf(6, 'a', 2)}`);
    const [five] = await table('parts$5').getMetadata();
    const [whole] = await table('parts').getMetadata();
    const [empty] = await table('parts$7').getMetadata();
    expect([five.numRows, whole.numRows, empty.numRows]).toEqual(['3', '5', '0']);
    // INT64 8 bytes, STRING 2 and its own.
    expect([five.numBytes, whole.numBytes]).toEqual(['57', '95']);
    await expect(table('parts$10000').getMetadata()).rejects.toMatchObject({ code: 400 });
    await expect(table('parts$x').getMetadata()).rejects.toMatchObject({ code: 400 });
  });
});

describe('tabledata', () => {
  test('is paged, in the order written, with the columns asked for', async ({ expect }) => {
    await world.createTable('paged', SLICED);
    await world.load('paged', rowsOf(5, 'a', 7));
    const options = { maxResults: 3, selectedFields: 'n', autoPaginate: false };
    const [first, next] = await table('paged$5').getRows(options);
    expect(first).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    const [second] = await table('paged$5').getRows({ ...options, ...next });
    expect(second).toEqual([{ n: 3 }, { n: 4 }, { n: 5 }]);
    const [skipped] = await table('paged').getRows({ startIndex: '6', selectedFields: '_run,n' });
    expect(skipped).toEqual([{ _run: 'a', n: 6 }]);
  });

  test('shows 64 bits, and timestamps to the microsecond', async ({ expect }) => {
    await world.load('exact', '{"n":9007199254740993,"t":"2026-11-23T23:00:00.123456Z"}', {
      schema: {
        fields: [
          { name: 'n', type: 'INTEGER' },
          { name: 't', type: 'TIMESTAMP' },
        ],
      },
    });
    const [rows] = await table('exact').getRows({
      wrapIntegers: { integerTypeCastFunction: BigInt },
    });
    expect(rows).toEqual([
      { n: 9007199254740993n, t: { value: '2026-11-23T23:00:00.123456000Z' } },
    ]);
  });
});

describe('streaming inserts', () => {
  test('are there at once, and an insertId counts once within a minute', async ({ expect }) => {
    await world.createTable('streamed', SLICED);
    const row = { insertId: 'one', json: { _slice: 5, _run: 'a', n: '9007199254740993' } };
    await table('streamed').insert([row, row], { raw: true });
    await table('streamed').insert([row], { raw: true });
    expect(await world.cells('streamed')).toEqual([['5', 'a', '9007199254740993']]);
    nowMs += 61_000;
    await table('streamed').insert([row], { raw: true });
    const [metadata] = await table('streamed$5').getMetadata();
    expect(metadata.numRows).toBe('2');
  });

  test('of a request with a bad row nothing is inserted', async ({ expect }) => {
    await world.createTable('strict', SLICED);
    const error = await table('strict')
      .insert([{ n: 1 }, { n: 'x' }, { other: 1 }], { partialRetries: 0 })
      .catch((caught) => caught);
    expect(error.name).toBe('PartialFailureError');
    expect(error.response.insertErrors).toEqual([
      {
        index: 1,
        errors: [
          {
            reason: 'invalid',
            location: 'n',
            debugInfo: '',
            message: 'Could not convert value \'string_value: "x"\' to integer. Field: n; Value: x',
          },
        ],
      },
      {
        index: 2,
        errors: [
          { reason: 'invalid', location: 'other', debugInfo: '', message: 'no such field: other.' },
        ],
      },
      { index: 0, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] },
    ]);
    expect(await world.cells('strict')).toEqual([]);
    await table('strict')
      .insert([{ n: 1 }, { n: 'x' }], { skipInvalidRows: true, partialRetries: 0 })
      .catch(() => {});
    expect(await world.cells('strict')).toEqual([[null, null, '1']]);
  });
});

describe('jobs', () => {
  const load = (tableId: string, uri: string) => ({
    load: {
      sourceUris: [uri],
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      destinationTable: { projectId: PROJECT, datasetId: DATASET, tableId },
      writeDisposition: 'WRITE_TRUNCATE',
    },
    labels: { slice: '5' },
  });

  test('an id is taken once, whoever tries', async ({ expect }) => {
    await world.createTable('claimed', SLICED);
    const uri = await world.upload('claimed.ndjson', rowsOf(5, 'a', 2));
    const attempts = Array.from({ length: 50 }, () =>
      bigquery
        .createJob({ configuration: load('claimed$5', uri), jobId: 'claim_5-none', location: 'EU' })
        .then(
          () => 200,
          ({ code, message, errors }) => ({ code, message, reason: errors[0].reason }),
        ),
    );
    const answers = await Promise.all(attempts);
    const taken = {
      code: 409,
      message: 'Already Exists: Job shop-data:EU.claim_5-none',
      reason: 'duplicate',
    };
    expect(answers.filter((answer) => answer === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer !== 200)).toEqual(new Array(49).fill(taken));
    await world.idle();
    expect(await world.cells('claimed')).toHaveLength(2);
  });

  test('are found in their location, and nowhere else', async ({ expect }) => {
    await world.createTable('located', SLICED);
    const uri = await world.upload('located.ndjson', rowsOf(5, 'a', 1));
    const [job] = await bigquery.createJob({
      configuration: load('located$5', uri),
      jobId: 'here',
    });
    expect((await finished(job)).error).toBeUndefined();
    const [found] = await bigquery.job('here', { location: 'EU' }).getMetadata();
    expect(found).toMatchObject({
      id: 'shop-data:EU.here',
      jobReference: { projectId: PROJECT, jobId: 'here', location: 'EU' },
      configuration: { jobType: 'LOAD', labels: { slice: '5' } },
      statistics: {
        load: { inputFiles: '1', outputRows: '1', outputBytes: '19', badRecords: '0' },
      },
      status: { state: 'DONE' },
    });
    await expect(bigquery.job('here', { location: 'US' }).getMetadata()).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Job shop-data:US.here',
    });
    await expect(
      bigquery.createJob({ configuration: load('located$5', uri), location: 'US' }),
    ).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Dataset shop-data:catalogue was not found in location US',
    });
  });

  test('refuse ids that are none', async ({ expect }) => {
    const create = bigquery.createJob({
      configuration: load('claimed$5', 'gs://shop-sink/x'),
      jobId: 'run.1',
    });
    await expect(create).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining('Invalid job ID "run.1"'),
    });
  });

  test('are listed newest first, by state and time', async ({ expect }) => {
    nowMs += 3_600_000;
    const since = nowMs;
    await world.load('listed', '{"n":1}', { schema: { fields: [{ name: 'n', type: 'INTEGER' }] } });
    await world.load('listed', '{"n":"x"}');
    const [jobs] = await bigquery.getJobs({
      minCreationTime: String(since),
      stateFilter: ['done'],
      projection: 'full',
    });
    const metadata = jobs.map((job) => job.metadata);
    expect(metadata.map(({ errorResult }) => errorResult?.reason)).toEqual(['invalid', undefined]);
    expect(metadata[0].configuration.load.destinationTable.tableId).toBe('listed');
    const [running] = await bigquery.getJobs({ stateFilter: ['running'] });
    expect(running).toEqual([]);
  });

  test('an option that is not served is refused, never ignored', async ({ expect }) => {
    const answers = await Promise.all(
      [
        { autodetect: true },
        { sourceFormat: 'CSV' },
        { timeZone: 'Europe/Rome' },
        { encoding: 'UTF-16' },
      ].map((option) => world.load('claimed', 'x', option).catch(({ code }) => code)),
    );
    expect(answers).toEqual([501, 501, 501, 501]);
  });
});

test('what is no operation gets 404, what only the stand-in lacks 501', async ({ expect }) => {
  const ask = async (path: string) => {
    const response = await fetch(`${world.url}/bigquery/v2/projects/p/${path}`);
    return [
      response.status,
      ((await response.json()) as { error: { errors: { reason: string }[] } }).error.errors[0]
        ?.reason,
    ];
  };
  expect(await ask('nothing')).toEqual([404, 'notFound']);
  expect(await ask('datasets/d/models')).toEqual([501, 'notImplemented']);
  expect(await ask('datasets/d/routines/r')).toEqual([501, 'notImplemented']);
});
