// Google's own bq against the stand-in. Every call takes it seconds to start: few of them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { bqEnvironment, bqFlags } from '../support/bq.ts';
import { type BigqueryWorld, openBigqueryWorld, PROJECT } from '../support/local-bigquery.ts';
import { missing } from '../support/tools.ts';

const run = promisify(execFile);
/** bq needs 4 s on a quiet machine, many times that on one that tests other things beside. */
const TIMEOUT_MS = 150_000;

describe.skipIf(missing('bq').length > 0)('bq (needs bq)', () => {
  let world: BigqueryWorld;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    world = await openBigqueryWorld();
    env = bqEnvironment();
    await world.createTable('apis', {
      schema: {
        fields: [
          { name: '_slice', type: 'INTEGER' },
          { name: 'name', type: 'STRING' },
        ],
      },
      rangePartitioning: { field: '_slice', range: { start: '0', end: '10', interval: '1' } },
      clustering: { fields: ['name'] },
    });
    await world.load('apis', '{"_slice":1,"name":"orders"}\n{"_slice":2,"name":"carts"}');
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const json = async (...args: string[]): Promise<unknown> => {
    const flags = bqFlags({ url: `http://localhost:${world.port}`, project: PROJECT });
    const { stdout } = await run('bq', [...flags, '--format=json', ...args], { env });
    return JSON.parse(stdout);
  };

  test('ls lists the tables of a dataset', { timeout: TIMEOUT_MS }, async ({ expect }) => {
    expect(await json('ls', 'catalogue')).toMatchObject([
      { id: 'shop-data:catalogue.apis', clustering: { fields: ['name'] } },
    ]);
  });

  test('show describes a table', { timeout: TIMEOUT_MS }, async ({ expect }) => {
    expect(await json('show', 'catalogue.apis')).toMatchObject({
      numRows: '2',
      schema: { fields: [{ name: '_slice' }, { name: 'name' }] },
    });
  });

  test('head shows the rows of a slice', { timeout: TIMEOUT_MS }, async ({ expect }) => {
    expect(await json('head', '-n', '5', 'catalogue.apis$2')).toEqual([
      { _slice: '2', name: 'carts' },
    ]);
  });

  test('query answers, with parameters', { timeout: TIMEOUT_MS }, async ({ expect }) => {
    const sql =
      'SELECT name, COUNT(*) AS n FROM catalogue.apis WHERE _slice >= @least GROUP BY name ORDER BY name';
    expect(await json('query', '--nouse_legacy_sql', '--parameter=least:INT64:2', sql)).toEqual([
      { name: 'carts', n: '1' },
    ]);
  });
});
