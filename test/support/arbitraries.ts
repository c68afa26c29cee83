// Documents of every type and nesting, and schemas of every type that partly fit them, for fast-check.
import type { Column, ColumnType } from '@firesink/shared/rows/column.ts';
import type { RowOptions } from '@firesink/shared/rows/encode.ts';
import type { Timestamp, Value } from '@firesink/shared/rows/value.ts';
import fc from 'fast-check';
import type { TestDocument } from './wire.ts';

/** Few, so that schemas, paths and documents meet; some of them odd. */
const NAMES = [
  'a',
  'b',
  'c',
  'email',
  'Email',
  'a.b',
  'é😀',
  '"',
  '',
  '__type__',
  'value',
  'x'.repeat(130),
];
const name = fc.constantFrom(...NAMES);

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  fc.string({ minLength: 100, maxLength: 400 }),
  fc.constantFrom(
    '2026-11-23',
    '2024-02-29',
    '2023-02-29',
    '2026-11-23T23:00:00Z',
    '2026-11-23T23:00:00.123456789+02:00',
    '2026-11-23 23:00:00.5',
    '23:00:00',
    '__vector__',
    'NaN',
    '5',
  ),
);

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
  // Around the powers where varints grow and doubles lose digits.
  fc
    .tuple(fc.integer({ min: 0, max: 62 }), fc.constantFrom(-1n, 0n, 1n), fc.boolean())
    .map(([power, by, negative]) => (2n ** BigInt(power) + by) * (negative ? -1n : 1n)),
);

const double = fc.oneof(
  fc.double(),
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.integer({ min: -99_999_999, max: 99_999_999 }).map((cents) => cents / 100),
  fc
    .tuple(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.integer({ min: 0, max: 20 }))
    .map(([digits, exponent]) => digits / 10 ** exponent),
  fc.constantFrom(-0, 5e-324, 2 ** 53, 2 ** 63, 1e21, 1e15, 999_999_999_999_999, 1e-3, 1e-7, 1.5),
);

const timestamp: fc.Arbitrary<Timestamp> = fc.record({
  seconds: fc.oneof(
    { weight: 20, arbitrary: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }) },
    { weight: 20, arbitrary: fc.bigInt({ min: 1_700_000_000n, max: 1_800_000_000n }) },
    { weight: 5, arbitrary: fc.constantFrom(0n, -1n, -62_135_596_800n, 253_402_300_799n) },
    fc.constantFrom(-62_135_596_801n, 253_402_300_800n, -(2n ** 49n) - 1n, 2n ** 63n - 1n),
  ),
  nanos: fc.oneof(
    fc.integer({ min: 0, max: 999 }).map((millis) => millis * 1_000_000),
    fc.integer({ min: 0, max: 999_999 }).map((micros) => micros * 1000),
    fc.integer({ min: 0, max: 999_999_999 }),
    fc.constant(0),
  ),
});

const arrayOfOneKind: fc.Arbitrary<Value> = fc
  .oneof(
    fc.array(text.map((value): Value => ({ kind: 'string', value }))),
    fc.array(int64.map((value): Value => ({ kind: 'integer', value }))),
    fc.array(timestamp.map((value): Value => ({ kind: 'timestamp', ...value }))),
    fc.array(
      fc
        .array(entry(text.map((value): Value => ({ kind: 'string', value }))), { maxLength: 4 })
        .map((entries): Value => ({ kind: 'map', fields: new Map(entries) })),
      { maxLength: 4 },
    ),
  )
  .map((values): Value => ({ kind: 'array', values }));

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    fc.constant<Value>({ kind: 'null' }),
    fc.boolean().map((value): Value => ({ kind: 'boolean', value })),
    int64.map((value): Value => ({ kind: 'integer', value })),
    double.map((value): Value => ({ kind: 'double', value })),
    text.map((value): Value => ({ kind: 'string', value })),
    timestamp.map((value): Value => ({ kind: 'timestamp', ...value })),
    fc.uint8Array({ maxLength: 40 }).map((value): Value => ({ kind: 'bytes', value })),
    text.map((value): Value => ({ kind: 'reference', value })),
    fc
      .tuple(double, double)
      .map(([latitude, longitude]): Value => ({ kind: 'geopoint', latitude, longitude })),
    fc.array(double, { maxLength: 20 }).map((values): Value => ({ kind: 'vector', values })),
    fc.array(tie('value'), { maxLength: 5 }).map((values): Value => ({ kind: 'array', values })),
    arrayOfOneKind,
    fc
      .array(entry(tie('value')), { maxLength: 5 })
      .map((entries): Value => ({ kind: 'map', fields: new Map(entries) })),
  ),
}));

function entry(value: fc.Arbitrary<Value>): fc.Arbitrary<[string, Value]> {
  return fc.tuple(name, value);
}

const id = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]{20}$/),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
    .map((each) => each.replaceAll('/', '_')),
);

export const document: fc.Arbitrary<TestDocument> = fc
  .record({
    name: fc
      .tuple(id, fc.constantFrom('apis/', 'tenants/acme/apis/', 'documents/x/"/'))
      .map(([last, parent]) => `projects/shop-data/databases/(default)/documents/${parent}${last}`),
    fields: fc.array(entry(anyValue), { maxLength: 8 }).map((entries) => new Map(entries)),
    createTime: fc.option(timestamp),
    updateTime: fc.option(timestamp),
  })
  .chain((each) =>
    fc.boolean().map((same) => (same ? { ...each, updateTime: each.createTime } : each)),
  );

const scalarColumn = (columnName: string): fc.Arbitrary<Column> =>
  fc
    .record({
      type: fc.constantFrom<ColumnType>(
        'STRING',
        'BYTES',
        'INT64',
        'FLOAT64',
        'NUMERIC',
        'BIGNUMERIC',
        'BOOL',
        'TIMESTAMP',
        'DATE',
        'DATETIME',
        'TIME',
        'GEOGRAPHY',
        'JSON',
      ),
      mode: fc.constantFrom('NULLABLE' as const, 'REPEATED' as const),
      length: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 3 }),
    })
    .map(({ type, mode, length }) => ({
      name: columnName,
      type,
      mode,
      ...parametersOf(type, length),
    }));

function parametersOf(type: ColumnType, length: number | null): Partial<Column> {
  if (length === null) return {};
  if (type === 'STRING' || type === 'BYTES') return { maxLength: length };
  return type === 'NUMERIC' ? { precision: length, scale: Math.min(length, 2) } : {};
}

const column = (columnName: string, depth: number): fc.Arbitrary<Column> =>
  depth === 0
    ? scalarColumn(columnName)
    : fc.oneof(
        { weight: 2, arbitrary: scalarColumn(columnName) },
        fc
          .tuple(columns(depth - 1, 1), fc.constantFrom('NULLABLE' as const, 'REPEATED' as const))
          .map(([fields, mode]): Column => ({ name: columnName, type: 'RECORD', mode, fields })),
      );

function columns(depth: number, minLength: number): fc.Arbitrary<Column[]> {
  return fc
    .uniqueArray(name, { minLength, maxLength: 6 })
    .chain((names) => fc.tuple(...names.map((each) => column(each, depth))));
}

const path = fc.array(name, { minLength: 1, maxLength: 3 });

export const rowOptions: fc.Arbitrary<RowOptions> = fc.record({
  columns: columns(2, 0),
  columnPaths: fc
    .array(fc.tuple(name, path), { maxLength: 3 })
    .map((paths) => new Map<string, readonly string[]>(paths)),
  redact: fc.oneof(
    { weight: 2, arbitrary: fc.constant<string[][]>([]) },
    fc.array(path, { maxLength: 3 }),
  ),
  data: fc.constantFrom('full' as const, 'rest' as const),
});
