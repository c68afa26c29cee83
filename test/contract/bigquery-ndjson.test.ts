// What becomes of values that a load job takes: the cells of tabledata.list, written by hand from BigQuery's
// documentation. The rules themselves are in test/unit/local-bigquery-ndjson.test.ts.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type BigqueryWorld, openBigqueryWorld } from '../support/local-bigquery.ts';

let world: BigqueryWorld;
beforeAll(async () => {
  world = await openBigqueryWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const STORED: Readonly<Record<string, readonly (readonly [json: string, cell: unknown])[]>> = {
  STRING: [
    ['"a"', 'a'],
    ['""', ''],
    ['"\\u0000\\ud83d\\ude00é\\n"', '\0😀é\n'],
    ['null', null],
  ],
  BYTES: [
    ['"AQI="', 'AQI='],
    ['"_-8"', '/+8='],
    ['""', ''],
  ],
  INTEGER: [
    ['9007199254740993', '9007199254740993'],
    ['"9223372036854775807"', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['0', '0'],
  ],
  FLOAT: [
    ['1', '1.0'],
    ['-0.0', '-0.0'],
    ['0.1', '0.1'],
    ['5e-324', '5.0E-324'],
    ['1e20', '1.0E20'],
    ['123456.789', '123456.789'],
    ['"NaN"', 'NaN'],
    ['"-Infinity"', '-Infinity'],
  ],
  NUMERIC: [
    ['1.10', '1.1'],
    ['"-0.000000001"', '-0.000000001'],
    ['"99999999999999999999999999999.999999999"', '99999999999999999999999999999.999999999'],
    ['0', '0'],
  ],
  BIGNUMERIC: [
    ['"-1.5"', '-1.5'],
    [
      '"578960446186580977117854925043439539266.34992332820282019728792003956564819967"',
      '578960446186580977117854925043439539266.34992332820282019728792003956564819967',
    ],
    ['1e-38', '0.00000000000000000000000000000000000001'],
  ],
  BOOLEAN: [
    ['true', 'true'],
    ['"N"', 'false'],
    ['1', 'true'],
  ],
  TIMESTAMP: [
    ['"2026-11-23T23:00:00.123456Z"', '1795474800123456'],
    ['"0001-01-01T00:00:00Z"', '-62135596800000000'],
    ['"9999-12-31T23:59:59.999999Z"', '253402300799999999'],
    ['1534680695', '1534680695000000'],
  ],
  DATE: [
    ['"0001-01-01"', '0001-01-01'],
    ['"9999-12-31"', '9999-12-31'],
  ],
  DATETIME: [
    ['"2026-11-23 23:00:00"', '2026-11-23T23:00:00'],
    ['"0001-01-01T00:00:00.5"', '0001-01-01T00:00:00.5'],
  ],
  TIME: [
    ['"23:59:59.999999"', '23:59:59.999999'],
    ['"01:02:03"', '01:02:03'],
  ],
  GEOGRAPHY: [['"{\\"type\\":\\"Point\\",\\"coordinates\\":[13.4,52.5]}"', 'POINT(13.4 52.5)']],
  JSON: [
    ['{"b":9007199254740993,"a":[1.0,null,"x"]}', '{"a":[1.0,null,"x"],"b":9007199254740993}'],
    ['18446744073709551615', '18446744073709551615'],
    ['1e100', '1e+100'],
    ['"text"', '"text"'],
    ['null', null],
  ],
};

test.for(Object.entries(STORED))(
  '%s values come back as they are',
  async ([type, values], { expect }) => {
    const table = `stored_${type}`;
    const lines = values.map(([json], index) => `{"id":${index},"v":${json}}`);
    const answer = await world.load(table, lines.join('\n'), {
      schema: {
        fields: [
          { name: 'id', type: 'INTEGER' },
          { name: 'v', type },
        ],
      },
    });
    expect(answer.error).toBeUndefined();
    expect(await world.cells(table)).toEqual(
      values.map(([, cell], index) => [String(index), cell]),
    );
  },
);

test('records, repeated columns and what is in them', async ({ expect }) => {
  const fields = [
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    {
      name: 'lines',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'at', type: 'TIMESTAMP' },
        { name: 'price', type: 'NUMERIC' },
        { name: 'raw', type: 'BYTES', mode: 'REPEATED' },
        { name: 'more', type: 'RECORD', fields: [{ name: 'j', type: 'JSON' }] },
      ],
    },
  ];
  const rows = [
    '{"TAGS":["a",""],"lines":[{"at":"1970-01-01T00:00:00Z","price":1.5,"raw":["AQI="],"more":{"j":{"x":1}}},{}]}',
    '{"tags":null,"lines":[]}',
    '{}',
  ];
  const answer = await world.load('nested', rows.join('\n'), { schema: { fields } });
  expect(answer.error).toBeUndefined();
  expect(await world.cells('nested')).toEqual([
    [
      ['a', ''],
      [
        ['0', '1.5', ['AQI='], ['{"x":1}']],
        [null, null, [], null],
      ],
    ],
    [[], []],
    [[], []],
  ]);
});

describe('a load job fails', () => {
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] };

  test('at the first bad row, saying where and why; the table is not made', async ({ expect }) => {
    const uri = await world.upload('bad.ndjson', '{"n":1}\n{"n":2}\n{"n":"many"}\n{"n":4}\n');
    const answer = await world.load('bad', { uris: [uri] }, { schema });
    const summary = {
      reason: 'invalid',
      location: uri,
      message:
        'Error while reading data, error message: JSON processing encountered too many errors, giving up. Rows: 3; errors: 1; max bad: 0; error percent: 0',
    };
    expect(answer.error).toEqual(summary);
    expect(answer.errors).toEqual([
      summary,
      {
        reason: 'invalid',
        location: uri,
        message:
          'Error while reading data, error message: JSON parsing error in row starting at position 16: Could not convert value \'string_value: "many"\' to integer. Field: n; Value: many',
      },
    ]);
    await expect(
      world.bigquery.dataset('catalogue').table('bad').getMetadata(),
    ).rejects.toMatchObject({
      code: 404,
      message: 'Not found: Table shop-data:catalogue.bad',
    });
  });

  test.for([
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not UTF-8'],
    ['a byte order mark', '\ufeff{"n":1}', 'Unexpected token'],
    ['a cut last line', '{"n":1}\n{"n":', 'Parser terminated before end of string'],
    ['an array for a row', '[{"n":1}]', 'Start of array encountered without start of object.'],
    ['a cut gzip file', gzipSync('{"n":1}\n{"n":2}\n').subarray(0, -9), 'corrupt or cut short'],
  ] as const)('for %s', async ([, content, words], { expect }) => {
    const answer = await world.load('bad', Buffer.from(content), { schema });
    expect(answer.error?.reason).toBe('invalid');
    expect(answer.errors.map(({ message }) => message).join('\n')).toContain(words);
  });

  test('for an object that is missing', async ({ expect }) => {
    const answer = await world.load('bad', { uris: ['gs://shop-sink/none.ndjson'] }, { schema });
    expect(answer.error).toEqual({
      reason: 'notFound',
      message: 'Not found: URI gs://shop-sink/none.ndjson',
    });
  });

  test('for a row beyond 100 MB, which is not held in memory', async ({ expect }) => {
    const row = Buffer.alloc(101 * 1024 * 1024, 'x');
    row.write('{"n":"');
    const answer = await world.load('bad', gzipSync(row, { level: 1 }), { schema });
    expect(answer.errors.at(-1)?.message).toContain('Row size is larger than: 104857600.');
  });
});

describe('a load job takes', () => {
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] };

  test('blank lines, no newline at the end, carriage returns', async ({ expect }) => {
    await world.load('lines', '\n{"n":1}\r\n\n  \n{"n":2}', { schema });
    expect(await world.cells('lines')).toEqual([['1'], ['2']]);
  });

  test('gzip by its content, whatever it is called', async ({ expect }) => {
    const answer = await world.load('zipped', gzipSync('{"n":1}\n{"n":2}\n'), { schema });
    expect(answer.statistics).toMatchObject({ outputRows: '2', inputFiles: '1' });
    expect(await world.cells('zipped')).toEqual([['1'], ['2']]);
  });

  test('several files and a wildcard, each object once', async ({ expect }) => {
    await world.upload('w/a-1.ndjson', '{"n":1}');
    await world.upload('w/a-2.ndjson', '{"n":2}');
    await world.upload('w/b-3.txt', 'not this one');
    const other = await world.upload('other.ndjson', '{"n":3}');
    const uris = ['gs://shop-sink/w/*.ndjson', other];
    const answer = await world.load('many', { uris }, { schema });
    expect(answer.statistics).toMatchObject({
      inputFiles: '3',
      inputFileBytes: '21',
      outputRows: '3',
    });
    expect(await world.cells('many')).toEqual([['1'], ['2'], ['3']]);
  });

  test('an object of zero rows, which empties the table', async ({ expect }) => {
    await world.load('emptied', '{"n":1}', { schema });
    const answer = await world.load('emptied', '', { schema, writeDisposition: 'WRITE_TRUNCATE' });
    expect(answer.error).toBeUndefined();
    expect(answer.statistics).toMatchObject({ outputRows: '0' });
    expect(await world.cells('emptied')).toEqual([]);
  });

  test('as many bad rows as it may, and lists them', async ({ expect }) => {
    const answer = await world.load('some', '{"n":1}\n{"x":1}\n{"n":3}\n{"n":"y"}\n', {
      schema,
      maxBadRecords: 2,
    });
    expect(answer.error).toBeUndefined();
    expect(answer.statistics).toMatchObject({ outputRows: '2', badRecords: '2' });
    expect(answer.errors.map(({ message }) => message)).toEqual([
      'Error while reading data, error message: JSON parsing error in row starting at position 8: No such field: x.',
      'Error while reading data, error message: JSON parsing error in row starting at position 24: Could not convert value \'string_value: "y"\' to integer. Field: n; Value: y',
    ]);
  });

  test('unknown fields where they may be ignored', async ({ expect }) => {
    await world.load('loose', '{"n":1,"x":{"y":[1]}}', { schema, ignoreUnknownValues: true });
    expect(await world.cells('loose')).toEqual([['1']]);
  });
});
