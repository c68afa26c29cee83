// GoogleSQL as the stand-in answers it: values worked out by hand from the language's documentation.
import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type BigqueryWorld, DATASET, openBigqueryWorld } from '../support/local-bigquery.ts';

let world: BigqueryWorld;
let bigquery: BigQuery;
beforeAll(async () => {
  world = await openBigqueryWorld({ clock: () => Date.parse('2026-11-23T23:00:00Z') });
  ({ bigquery } = world);
  await world.load(
    'apis',
    ROWS.map((row) => JSON.stringify(row).replace('"N"', '9007199254740993')).join('\n'),
    { schema: SCHEMA },
  );
});
afterAll(() => world[Symbol.asyncDispose]());

const SCHEMA = {
  fields: [
    { name: 'id', type: 'INTEGER' },
    { name: 'name', type: 'STRING' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    { name: 'price', type: 'NUMERIC' },
    { name: 'ratio', type: 'FLOAT' },
    { name: 'ts', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'data', type: 'JSON' },
    { name: 'place', type: 'RECORD', fields: [{ name: 'city', type: 'STRING' }] },
    {
      name: 'errors',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'field', type: 'STRING' },
        { name: 'n', type: 'INTEGER' },
      ],
    },
    { name: 'huge', type: 'BIGNUMERIC' },
  ],
};

const ROWS = [
  {
    id: 1,
    name: 'orders',
    tags: ['a', 'b'],
    price: '1.5',
    ratio: 1.25,
    ts: '2026-11-23T23:00:00.5Z',
    day: '2026-11-23',
    data: { owner: { teams: ['x', { n: 'N' }] }, calls: 3, none: null },
    place: { city: 'Rome' },
    errors: [
      { field: 'f', n: 1 },
      { field: 'g', n: 2 },
    ],
    huge: '10.5',
  },
  {
    id: 2,
    name: 'carts',
    price: '2.5',
    ratio: 'NaN',
    ts: '2026-11-24T01:30:00Z',
    day: '2026-11-24',
    data: [1, 2],
    huge: '-9.75',
  },
  { id: 3, ratio: 2 },
];

/** All rows as lists of values; integers that are safe as numbers. */
async function ask(sql: string, params?: unknown): Promise<unknown[][]> {
  const options = { query: sql, ...(params === undefined ? {} : { params: params as object }) };
  const [rows] = await bigquery.query(options);
  return rows.map((row: object) => Object.values(row).map(plain));
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if ('value' in value && typeof value.value === 'string') return value.value;
  if (value.constructor.name === 'Big') return String(value);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

const ANSWERS: Readonly<Record<string, readonly (readonly [sql: string, rows: unknown[][]])[]>> = {
  'literals and names': [
    [
      `SELECT "it's", 'a\\tb', r'\\d', """x""", b'\\x01\\xff', 0x1F`,
      [["it's", 'a\tb', '\\d', 'x', '01ff', 31]],
    ],
    ['SELECT `id`, A.name FROM `shop-data.catalogue.apis` AS A WHERE id = 1', [[1, 'orders']]],
    ['SELECT id FROM shop-data.catalogue.apis WHERE ID = 1 -- names match without case', [[1]]],
    ['SELECT place.city, a.place FROM catalogue.apis a WHERE id = 1', [['Rome', { city: 'Rome' }]]],
    [
      'SELECT * EXCEPT (tags, data, place, errors, huge) REPLACE (id * 10 AS id) FROM catalogue.apis WHERE id = 1',
      [[10, 'orders', '1.5', 1.25, '2026-11-23T23:00:00.500Z', '2026-11-23']],
    ],
    ['SELECT -9223372036854775808 < 0, 1 = 1.0', [[true, true]]],
  ],
  'NULL and NaN': [
    ['SELECT id FROM catalogue.apis ORDER BY name', [[3], [2], [1]]],
    ['SELECT id FROM catalogue.apis ORDER BY name DESC', [[1], [2], [3]]],
    ['SELECT id FROM catalogue.apis ORDER BY ratio', [[2], [1], [3]]],
    [
      'SELECT id, ratio = ratio, ratio < 100 FROM catalogue.apis ORDER BY id',
      [
        [1, true, true],
        [2, false, false],
        [3, true, true],
      ],
    ],
    [
      "SELECT CONCAT('a', NULL), GREATEST(1, NULL), NULL IN (1), 1 IN (2, NULL), NULL = NULL",
      [[null, null, null, null, null]],
    ],
    ['SELECT IS_NAN(MIN(ratio)), IS_NAN(MAX(ratio)) FROM catalogue.apis', [[true, true]]],
  ],
  aggregates: [
    [
      'SELECT COUNT(*), COUNT(name), COUNTIF(id > 1), SUM(price), AVG(price), AVG(id) FROM catalogue.apis',
      [[3, 2, 2, '4', '2', 2]],
    ],
    [
      'SELECT day, COUNT(*) AS n FROM catalogue.apis GROUP BY day HAVING n = 1 ORDER BY day LIMIT 2',
      [
        [null, 1],
        ['2026-11-23', 1],
      ],
    ],
    [
      "SELECT ARRAY_AGG(id ORDER BY id DESC LIMIT 2), STRING_AGG(name, '-' ORDER BY name) FROM catalogue.apis",
      [[[3, 2], 'carts-orders']],
    ],
    [
      'SELECT ARRAY_AGG(STRUCT(id, name) ORDER BY id LIMIT 1) FROM catalogue.apis',
      [[[{ id: 1, name: 'orders' }]]],
    ],
    [
      'SELECT LOGICAL_AND(id > 0), ANY_VALUE(name HAVING MAX id), COUNT(DISTINCT day) FROM catalogue.apis WHERE id < 3',
      [[true, 'carts', 2]],
    ],
    ['SELECT SUM(id) FROM catalogue.apis WHERE FALSE', [[null]]],
  ],
  'joins and subqueries': [
    [
      'WITH a AS (SELECT id, price FROM catalogue.apis WHERE price IS NOT NULL) SELECT id, x.price + y.price FROM a AS x JOIN a AS y USING (id) ORDER BY 1',
      [
        [1, '3'],
        [2, '5'],
      ],
    ],
    [
      'SELECT a.id, b.id AS other FROM catalogue.apis a LEFT JOIN catalogue.apis b ON b.id = a.id + 2 ORDER BY 1',
      [
        [1, 3],
        [2, null],
        [3, null],
      ],
    ],
    [
      'SELECT id FROM catalogue.apis a WHERE EXISTS (SELECT 1 FROM UNNEST(a.errors) e WHERE e.n = 2)',
      [[1]],
    ],
    [
      'SELECT id FROM catalogue.apis WHERE id NOT IN (SELECT id FROM catalogue.apis WHERE name IS NULL) ORDER BY id',
      [[1], [2]],
    ],
    [
      'SELECT ARRAY(SELECT AS STRUCT id, name FROM catalogue.apis ORDER BY id DESC LIMIT 1), (SELECT MAX(id) FROM catalogue.apis)',
      [[[{ id: 3, name: null }], 3]],
    ],
    [
      'SELECT 1 AS a UNION ALL SELECT 2.5 UNION ALL SELECT NULL ORDER BY a DESC',
      [[2.5], [1], [null]],
    ],
    ['SELECT id FROM catalogue.apis EXCEPT DISTINCT SELECT 2 ORDER BY id', [[1], [3]]],
  ],
  arrays: [
    [
      'SELECT id, tag, o FROM catalogue.apis, UNNEST(tags) AS tag WITH OFFSET AS o ORDER BY o',
      [
        [1, 'a', 0],
        [1, 'b', 1],
      ],
    ],
    [
      'SELECT id, e.field, n FROM catalogue.apis t, t.errors e ORDER BY n',
      [
        [1, 'f', 1],
        [1, 'g', 2],
      ],
    ],
    [
      'SELECT id, COUNT(e.field) FROM catalogue.apis LEFT JOIN UNNEST(errors) e GROUP BY id ORDER BY id',
      [
        [1, 2],
        [2, 0],
        [3, 0],
      ],
    ],
    ["SELECT id FROM catalogue.apis WHERE 'b' IN UNNEST(tags)", [[1]]],
    [
      'SELECT [1, 2][OFFSET(0)], [1, 2][ORDINAL(2)], [1][SAFE_OFFSET(5)], ARRAY_LENGTH(tags) FROM catalogue.apis WHERE id = 1',
      [[1, 2, null, 2]],
    ],
    [
      "SELECT ARRAY_TO_STRING(['a', NULL, 'b'], ','), GENERATE_ARRAY(1, 5, 2), ARRAY_CONCAT([1], [2])",
      [['a,b', [1, 3, 5], [1, 2]]],
    ],
    [
      "SELECT * FROM UNNEST([STRUCT(1 AS a, 'x' AS b), (2, 'y')]) ORDER BY a",
      [
        [1, 'x'],
        [2, 'y'],
      ],
    ],
  ],
  JSON: [
    [
      "SELECT JSON_VALUE(data, '$.owner.teams[0]'), JSON_VALUE(data, '$.owner.teams[1].n'), JSON_VALUE(data, '$.owner') FROM catalogue.apis WHERE id = 1",
      [['x', '9007199254740993', null]],
    ],
    [
      "SELECT data.calls, data['calls'], data.owner.teams[0], data.missing, data.none FROM catalogue.apis WHERE id = 1",
      [['3', '3', '"x"', null, 'null']],
    ],
    [
      "SELECT JSON_QUERY(data, '$.owner.teams'), JSON_VALUE_ARRAY('[1, \"b\"]'), INT64(data.calls) + 1, JSON_TYPE(data.none) FROM catalogue.apis WHERE id = 1",
      [['["x",{"n":9007199254740993}]', ['1', 'b'], 4, 'null']],
    ],
    [
      "SELECT TO_JSON_STRING(STRUCT(1 AS a, 'x' AS b, [1.5] AS c, DATE '2020-01-02' AS d, NULL AS e))",
      [['{"a":1,"b":"x","c":[1.5],"d":"2020-01-02","e":null}']],
    ],
    [
      `SELECT PARSE_JSON('{"b":1,"a":1e100}'), SAFE.PARSE_JSON('{'), JSON '{"x":[1]}'.x[0]`,
      [['{"a":1e+100,"b":1}', null, '1']],
    ],
  ],
  strings: [
    [
      "SELECT SUBSTR('hello', -3), SUBSTR('hello', 0, 2), SUBSTR('hello', 2, 3), LENGTH('é😀'), BYTE_LENGTH('é')",
      [['llo', 'he', 'ell', 2, 2]],
    ],
    [
      "SELECT REGEXP_EXTRACT('ab12', r'[a-z]+(\\d+)'), REGEXP_EXTRACT('x', r'\\d'), REGEXP_CONTAINS('abc', 'b.'), REGEXP_REPLACE('aXbX', 'X', '-')",
      [['12', null, true, 'a-b-']],
    ],
    [
      "SELECT SPLIT('a,b'), TRIM('\\t x \\u00a0'), LPAD('7', 3, '0'), STRPOS('abc', 'c'), REPLACE('aaa', 'a', 'b')",
      [[['a', 'b'], 'x', '007', 3, 'bbb']],
    ],
    ["SELECT name FROM catalogue.apis WHERE name LIKE 'o%' OR name LIKE '\\\\%'", [['orders']]],
    [
      "SELECT TO_HEX(MD5('a')), TO_BASE64(b'\\x01\\x02')",
      [['0cc175b9c0f1b6a831c399e269772661', 'AQI=']],
    ],
  ],
  numbers: [
    [
      'SELECT 7 / 2, DIV(7, 2), MOD(-7, 3), ROUND(2.5), ROUND(-2.5), CAST(2.5 AS INT64), SAFE_DIVIDE(1, 0)',
      [[3.5, 3, -1, 3, -3, 3, null]],
    ],
    [
      "SELECT price / 3, price * 1.5, NUMERIC '0.1' + NUMERIC '0.2' FROM catalogue.apis WHERE id = 2",
      [['0.833333333', '3.75', '0.3']],
    ],
    [
      'SELECT huge, CAST(huge AS STRING) FROM catalogue.apis WHERE huge IS NOT NULL ORDER BY huge',
      [
        ['-9.75', '-9.75'],
        ['10.5', '10.5'],
      ],
    ],
    [
      "SELECT CAST(1.5 AS STRING), CAST(1.0 AS STRING), CAST(1e20 AS STRING), CAST('12' AS INT64), SAFE_CAST('1.5' AS INT64), CAST('0x' || '1' AS STRING)",
      [['1.5', '1', '1e+20', 12, null, '0x1']],
    ],
  ],
  'dates and times': [
    [
      "SELECT DATE(ts), EXTRACT(HOUR FROM ts), EXTRACT(DAYOFWEEK FROM day), FORMAT_TIMESTAMP('%Y/%m/%d', ts) FROM catalogue.apis WHERE id = 1",
      [['2026-11-23', 23, 2, '2026/11/23']],
    ],
    [
      "SELECT DATE(ts, 'Asia/Tokyo'), EXTRACT(DATE FROM ts AT TIME ZONE 'America/New_York') FROM catalogue.apis WHERE id = 2",
      [['2026-11-24', '2026-11-23']],
    ],
    [
      'SELECT TIMESTAMP_TRUNC(ts, HOUR), DATE_TRUNC(day, MONTH), DATE_TRUNC(day, WEEK), DATE_TRUNC(day, ISOWEEK) FROM catalogue.apis WHERE id = 1',
      [['2026-11-23T23:00:00.000Z', '2026-11-01', '2026-11-22', '2026-11-23']],
    ],
    [
      "SELECT DATE_DIFF(DATE '2026-12-01', DATE '2026-11-30', MONTH), TIMESTAMP_DIFF(TIMESTAMP '2026-01-01 00:59:59', TIMESTAMP '2026-01-01', HOUR)",
      [[1, 0]],
    ],
    [
      "SELECT DATE_ADD(DATE '2026-01-31', INTERVAL 1 MONTH), DATE '2026-01-01' + 1, TIMESTAMP '2026-01-01' - INTERVAL 90 MINUTE",
      [['2026-02-28', '2026-01-02', '2025-12-31T22:30:00.000Z']],
    ],
    ['SELECT CURRENT_TIMESTAMP(), CURRENT_DATE()', [['2026-11-23T23:00:00.000Z', '2026-11-23']]],
    [
      "SELECT CAST(TIMESTAMP '2026-01-01 00:00:00.5+02' AS STRING), UNIX_MICROS(TIMESTAMP '1970-01-01 00:00:01'), PARSE_DATE('%Y%m%d', '20261123')",
      [['2025-12-31 22:00:00.500+00', 1000000, '2026-11-23']],
    ],
  ],
  windows: [
    [
      'SELECT id, ROW_NUMBER() OVER (ORDER BY id DESC) AS place FROM catalogue.apis QUALIFY place = 1',
      [[3, 1]],
    ],
    [
      'SELECT id, SUM(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), LAG(id) OVER (ORDER BY id) FROM catalogue.apis ORDER BY id',
      [
        [1, 1, null],
        [2, 3, 1],
        [3, 6, 2],
      ],
    ],
  ],
  INFORMATION_SCHEMA: [
    [
      'SELECT table_name, partition_id, total_rows FROM catalogue.INFORMATION_SCHEMA.PARTITIONS',
      [['apis', null, 3]],
    ],
    [
      'SELECT column_name, data_type, is_nullable FROM `shop-data.catalogue.INFORMATION_SCHEMA.COLUMNS` WHERE ordinal_position IN (1, 10) ORDER BY 1',
      [
        ['errors', 'ARRAY<STRUCT<field STRING, n INT64>>', 'NO'],
        ['id', 'INT64', 'YES'],
      ],
    ],
    ['SELECT table_id, row_count FROM catalogue.__TABLES__', [['apis', 3]]],
  ],
};

describe.each(Object.entries(ANSWERS))('%s', (_topic, answers) => {
  test.for(answers)('%s', async ([sql, rows], { expect }) => {
    expect(await ask(sql)).toEqual(rows);
  });
});

const REFUSED: readonly (readonly [sql: string, words: string])[] = [
  ['SELECT nope FROM catalogue.apis', 'Unrecognized name: nope at [1:8]'],
  ['SELECT\n  id FROM catalogue.apis WHERE', 'Syntax error: Unexpected end of input at [2:31]'],
  [
    'SELECT FOO(1)',
    "Function not found, or not served by firesink's local BigQuery stand-in: FOO at [1:8]",
  ],
  ['SELECT 1 / 0', 'division by zero: 1 / 0'],
  ['SELECT [1][OFFSET(3)]', 'Array index 3 is out of bounds'],
  ["SELECT CAST('1.5' AS INT64)", 'Bad int64 value: 1.5'],
  ['SELECT 9223372036854775807 + 1', 'Overflow in addition'],
  [
    'SELECT id, COUNT(*) FROM catalogue.apis',
    'SELECT list expression references column id which is neither grouped nor aggregated',
  ],
  [
    "SELECT id FROM catalogue.apis WHERE id = 'x'",
    'No matching signature for operator = for argument types: INT64, STRING',
  ],
  [
    'SELECT id FROM catalogue.apis WHERE name = 1',
    'No matching signature for operator = for argument types: STRING, INT64',
  ],
  [
    'SELECT data FROM catalogue.apis WHERE data = data',
    'No matching signature for operator = for argument types: JSON, JSON',
  ],
  [
    'SELECT data, COUNT(*) FROM catalogue.apis GROUP BY data',
    'Grouping by expressions of type JSON is not allowed',
  ],
  [
    'SELECT id AS a, name AS a FROM catalogue.apis',
    'Duplicate column names in the result are not supported. Found duplicate(s): a',
  ],
  ['SELECT huge + 1 FROM catalogue.apis', 'Arithmetic on BIGNUMERIC'],
  ['SELECT [1, NULL]', 'Array cannot have a null element; error in writing field f0_'],
  ['SELECT 1 << 70', 'The operator << is not served'],
  ['SELECT * FROM catalogue.`apis*`', 'A wildcard table is not served'],
  [
    'SELECT * FROM catalogue.apis FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()',
    'FOR SYSTEM_TIME AS OF is not served',
  ],
  ['CREATE TABLE catalogue.x (a INT64)', 'The statement CREATE is not served'],
  ['SELECT 1; SELECT 2', 'A script of several statements is not served'],
  ['DELETE FROM catalogue.apis', 'DELETE must have a WHERE clause'],
];

describe('a query that cannot be answered rightly fails as invalidQuery', () => {
  test.for(REFUSED)('%s', async ([sql, words], { expect }) => {
    await expect(bigquery.query(sql)).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining(words),
      errors: [{ reason: 'invalidQuery' }],
    });
  });

  test('legacy SQL, with what to do', async ({ expect }) => {
    await expect(bigquery.query({ query: 'SELECT 1', useLegacySql: true })).rejects.toMatchObject({
      message: expect.stringContaining('--nouse_legacy_sql'),
    });
  });

  test('a table that is missing is notFound', async ({ expect }) => {
    await expect(bigquery.query('SELECT * FROM catalogue.none')).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Table shop-data:catalogue.none',
    });
  });
});

test('parameters, named and positional', async ({ expect }) => {
  const sql =
    'SELECT id FROM catalogue.apis WHERE id = @n OR name = @s OR id IN UNNEST(@l) ORDER BY id';
  expect(await ask(sql, { n: 2, s: 'orders', l: [3, 4] })).toEqual([[1], [2], [3]]);
  expect(await ask('SELECT ? + 1, ?', [41, "it's"])).toEqual([[42, "it's"]]);
});

test('64-bit integers and types of the result', async ({ expect }) => {
  const [job] = await bigquery.createQueryJob(
    'SELECT 9007199254740993 AS n, [1.5] AS l, STRUCT(TRUE AS b) AS s',
  );
  const [rows, , response] = await job.getQueryResults({
    wrapIntegers: { integerTypeCastFunction: BigInt },
  });
  expect(rows).toEqual([{ n: 9007199254740993n, l: [1.5], s: { b: true } }]);
  expect(response?.schema?.fields).toEqual([
    { name: 'n', type: 'INTEGER', mode: 'NULLABLE' },
    { name: 'l', type: 'FLOAT', mode: 'REPEATED' },
    {
      name: 's',
      type: 'RECORD',
      mode: 'NULLABLE',
      fields: [{ name: 'b', type: 'BOOLEAN', mode: 'NULLABLE' }],
    },
  ]);
});

test('results come in pages', async ({ expect }) => {
  const [job] = await bigquery.createQueryJob(
    'SELECT x FROM UNNEST(GENERATE_ARRAY(1, 5)) AS x ORDER BY x',
  );
  const [first, next] = await job.getQueryResults({ maxResults: 2, autoPaginate: false });
  expect(first).toEqual([{ x: 1 }, { x: 2 }]);
  const [second] = await job.getQueryResults({ ...next, maxResults: 2 });
  expect(second).toEqual([{ x: 3 }, { x: 4 }]);
});

test('a dry run says what it would read, and runs nothing', async ({ expect }) => {
  const [job] = await bigquery.createQueryJob({
    query: 'SELECT id FROM catalogue.apis',
    dryRun: true,
  });
  expect(job.metadata.statistics).toMatchObject({
    query: { statementType: 'SELECT', schema: { fields: [{ name: 'id', type: 'INTEGER' }] } },
  });
  expect(Number(job.metadata.statistics.totalBytesProcessed)).toBeGreaterThan(0);
  await expect(
    bigquery.createQueryJob({ query: 'SELECT nope', dryRun: true }),
  ).rejects.toMatchObject({ code: 400 });
});

describe('DML', () => {
  const count = async (sql: string) => {
    const [job] = await bigquery.createQueryJob({ query: sql, location: 'EU' });
    await job.getQueryResults();
    const [metadata] = await job.getMetadata();
    return [metadata.statistics.query.numDmlAffectedRows, metadata.statistics.query.dmlStats];
  };
  const stats = (inserted: number, updated: number, deleted: number) => ({
    insertedRowCount: String(inserted),
    updatedRowCount: String(updated),
    deletedRowCount: String(deleted),
  });

  test('inserts, updates and deletes, and counts what it did', async ({ expect }) => {
    await world.createTable('changed', {
      schema: {
        fields: [
          { name: '_slice', type: 'INTEGER' },
          { name: 's', type: 'STRING', maxLength: '5' },
          { name: 'l', type: 'STRING', mode: 'REPEATED' },
        ],
      },
      rangePartitioning: { field: '_slice', range: { start: '0', end: '10', interval: '1' } },
    });
    const insert =
      "INSERT INTO catalogue.changed (_slice, s, l) VALUES (1, 'a', ['x']), (2, NULL, []), (2, 'b', NULL)";
    expect(await count(insert)).toEqual(['3', stats(3, 0, 0)]);
    expect(await count('INSERT catalogue.changed (_slice) SELECT 3')).toEqual([
      '1',
      stats(1, 0, 0),
    ]);
    expect(
      await count("UPDATE catalogue.changed SET s = CONCAT(s, '!') WHERE _slice <= 2"),
    ).toEqual(['3', stats(0, 3, 0)]);
    expect(await count('DELETE FROM catalogue.changed WHERE _slice = 2')).toEqual([
      '2',
      stats(0, 0, 2),
    ]);
    expect(await world.cells('changed')).toEqual([
      ['1', 'a!', ['x']],
      ['3', null, []],
    ]);
    const partitions =
      'SELECT partition_id, total_rows FROM catalogue.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = "changed" ORDER BY 1';
    expect(await ask(partitions)).toEqual([
      ['1', 1],
      ['3', 1],
    ]);
    await expect(
      count("UPDATE catalogue.changed SET s = 'too long' WHERE TRUE"),
    ).rejects.toMatchObject({
      message: expect.stringContaining('Field s: STRING(5) has maximum length 5'),
    });
    expect(await count('TRUNCATE TABLE catalogue.changed')).toEqual(['2', stats(0, 0, 2)]);
  });
});

test('the members of SELECT AS STRUCT are columns of the result', async ({ expect }) => {
  const [rows] = await bigquery.query("SELECT AS STRUCT 1 AS a, 'x' AS b");
  expect(rows).toEqual([{ a: 1, b: 'x' }]);
});

test('a result may be written to a table', async ({ expect }) => {
  const destination = bigquery.dataset(DATASET).table('copied');
  const query = 'SELECT id, name FROM catalogue.apis WHERE id < 3 ORDER BY id';
  const [job] = await bigquery.createQueryJob({ query, destination });
  await job.getQueryResults();
  expect(await world.cells('copied')).toEqual([
    ['1', 'orders'],
    ['2', 'carts'],
  ]);
  const [again] = await bigquery.createQueryJob({ query, destination });
  await expect(again.getQueryResults()).rejects.toMatchObject({ code: 409 });
});
