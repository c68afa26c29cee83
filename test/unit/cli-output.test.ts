// What the command prints: exact numbers, and nothing that a terminal would obey.

import { formatCell, formatJson } from '@firesink/cli/output/json.ts';
import { formatStatus } from '@firesink/cli/output/status-table.ts';
import { formatTable, type TableColumn } from '@firesink/cli/output/table.ts';
import type { SliceStatus, Status } from '@firesink/shared/stages/status.ts';
import { BigQuery } from '@google-cloud/bigquery';
import { describe, expect, test } from 'vitest';

describe('JSON and cells', () => {
  const cases: [string, unknown, string, string][] = [
    ['a 64-bit integer', BigQuery.int('9007199254740993'), '9007199254740993', '9007199254740993'],
    [
      'the least one',
      BigQuery.int('-9223372036854775808'),
      '-9223372036854775808',
      '-9223372036854775808',
    ],
    ['a double', 1.5, '1.5', '1.5'],
    ['NaN', Number.NaN, '"NaN"', 'NaN'],
    ['a text', 'a "b"', '"a \\"b\\""', 'a "b"'],
    ['null', null, 'null', 'NULL'],
    [
      'a timestamp',
      BigQuery.timestamp('2026-11-23T23:00:00.123456Z'),
      '"2026-11-23T23:00:00.123456000Z"',
      '2026-11-23T23:00:00.123456000Z',
    ],
    ['bytes', Buffer.from([0, 255]), '"AP8="', 'AP8='],
    [
      'a record',
      { n: BigQuery.int('9007199254740993'), tags: ['a'] },
      '{"n":9007199254740993,"tags":["a"]}',
      '{"n":9007199254740993,"tags":["a"]}',
    ],
  ];

  test.for(cases)('%s', ([, value, json, cell], { expect: expectHere }) => {
    expectHere(formatJson(value)).toBe(json);
    expectHere(formatCell(value)).toBe(cell);
  });
});

test('a table aligns its columns, numbers to the right', () => {
  const columns: TableColumn<{ name: string; rows: number }>[] = [
    { title: 'name', cell: ({ name }) => name },
    { title: 'rows', align: 'right', cell: ({ rows }) => `${rows}` },
  ];
  const rows = [
    { name: 'apis', rows: 5 },
    { name: 'a', rows: 1200 },
  ];
  expect(formatTable(columns, rows)).toBe('NAME  ROWS\napis     5\na     1200\n');
});

test('control characters from documents do not reach the terminal', () => {
  const columns = [{ title: 'x', cell: () => 'a\u001b[31mred\nline' }];
  expect(formatTable(columns, [{}])).toBe('X\na\u{FFFD}[31mred\u{FFFD}line\n');
});

const loaded: SliceStatus = {
  table: 'firestore_apis',
  source: 'shop-eu',
  collection: 'apis',
  state: 'loaded',
  documents: 1200,
  rows: 1200,
  rowErrors: 2,
  run: '20261123T230000.000Z',
  readTime: '2026-11-23T23:00:00.000Z',
  loadedAt: '2026-11-23T23:00:09.000Z',
  object: 'firestore/shop-eu/apis/20261123T230000.000Z.ndjson',
  error: null,
};

test('the status names what is wrong below the table, and sums up', () => {
  const refused: SliceStatus = {
    ...loaded,
    source: 'shop-us',
    state: 'refused',
    rows: 3,
    error: 'line 3: no',
  };
  const status: Status = {
    environment: 'dev',
    run: loaded.run,
    slices: [loaded, refused],
    failed: 1,
  };
  expect(formatStatus(status)).toBe(
    'TABLE           SOURCE   COLLECTION  STATE    DOCUMENTS   ROWS  ROW ERRORS  RUN\n' +
      'firestore_apis  shop-eu  apis        loaded       1,200  1,200           2  20261123T230000.000Z\n' +
      'firestore_apis  shop-us  apis        refused      1,200      3           2  20261123T230000.000Z\n' +
      '\nshop-us apis refused: line 3: no\n' +
      '\n2 slices: 1 loaded, 1 refused. 1,203 rows.\n',
  );
});
