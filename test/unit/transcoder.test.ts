// The transcoder against the oracle: the same bytes for every document, whatever it holds and whatever the
// schema asks for.
import type { Column } from '@firesink/shared/rows/column.ts';
import { compileRow } from '@firesink/shared/rows/encode.ts';
import { createTranscoder } from '@firesink/shared/sources/firestore/wire/transcoder.ts';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { document, rowOptions } from '../support/arbitraries.ts';
import { decodeOfficially, encodeOfficially } from '../support/oracle.ts';
import { HEAD, value } from '../support/rows.ts';
import { encodeResponse, type TestDocument } from '../support/wire.ts';

const { array, bytes, double, geopoint, integer, map, string, time, vector } = value;

const named = (fields: TestDocument['fields']): TestDocument => ({
  name: 'projects/shop-data/databases/(default)/documents/apis/orders',
  fields,
  createTime: HEAD.createTime,
  updateTime: HEAD.updateTime,
});

describe('the transcoder gives the very bytes of the oracle', () => {
  test('for 10,200 documents of 1,700 schemas, most of them the fast way', {
    timeout: 120_000,
  }, ({ expect }) => {
    const documents = fc.array(document, { minLength: 6, maxLength: 6 });
    let careful = 0;
    fc.assert(
      fc.property(documents, rowOptions, (batch, options) => {
        const program = compileRow(options);
        const transcoder = createTranscoder(program, HEAD);
        const counts = { rows: 0, rowErrors: 0, redacted: 0 };
        for (const each of batch) {
          const message = encodeResponse(each);
          transcoder.transcode(message, 0, message.length);
          const row = encodeOfficially(program, HEAD, decodeOfficially(message));
          expect(transcoder.take().toString()).toBe(`${row.line}\n`);
          counts.rows++;
          counts.rowErrors += row.rowErrors;
          counts.redacted += row.redacted;
        }
        expect(transcoder).toMatchObject(counts);
        careful += transcoder.careful;
      }),
      { numRuns: 1700 },
    );
    expect(careful).toBeLessThan(5000);
  });

  test('for thousands of documents in a row, over many of its buffers', {
    timeout: 60_000,
  }, ({ expect }) => {
    const documents = fc.sample(document, { numRuns: 1500, seed: 1 });
    const geo: Column = { name: 'geo', type: 'GEOGRAPHY', mode: 'NULLABLE' };
    for (const options of fc.sample(rowOptions, { numRuns: 8, seed: 1 })) {
      const program = compileRow({ ...options, columns: [...options.columns, geo] });
      const transcoder = createTranscoder(program, HEAD);
      const lines = documents.map((each, index) => {
        // Now and then a column far longer than what it is made of.
        const point = geopoint(index % 9 === 0 ? 5e-324 : 51.5, -0.125);
        const message = encodeResponse({
          ...each,
          fields: new Map([...each.fields, ['geo', point]]),
        });
        transcoder.transcode(message, 0, message.length);
        return encodeOfficially(program, HEAD, decodeOfficially(message)).line;
      });
      expect(transcoder.take().toString().split('\n')).toEqual([...lines, '']);
    }
  });

  test('for every double of few digits, and every power of ten', ({ expect }) => {
    const doubles = [
      ...Array.from({ length: 2000 }, (_, cents) => cents / 100),
      ...Array.from({ length: 2000 }, (_, index) => -index / 1000),
      ...Array.from({ length: 640 }, (_, index) => Number(`1e${index - 325}`)),
      ...Array.from({ length: 640 }, (_, index) => Number(`9.999999999999999e${index - 325}`)),
      0.1 + 0.2,
      2 ** 53 + 2,
      1e15 - 0.125,
      123456789.12345678,
      Number.MAX_VALUE,
    ];
    expectSame(named(new Map([['d', array(...doubles.map(double))]])), expect);
  });

  test('for integers at every length of a varint', ({ expect }) => {
    const integers = Array.from({ length: 64 }, (_, bits) => 2n ** BigInt(bits)).flatMap(
      (power) => [power - 1n, power === 2n ** 63n ? 0n : power, -power, 1n - power],
    );
    expectSame(named(new Map([['i', array(...integers.map(integer))]])), expect);
  });

  test('for texts of every length with an escape or a wide letter at every place', ({ expect }) => {
    for (const odd of ['"', '\\', '\n', '\u0000', '\u001f', '\u007f', 'é', '€', '😀']) {
      const texts = Array.from({ length: 20 }, (_, length) =>
        Array.from({ length: length + 1 }, (_, place) =>
          string(`${'a'.repeat(place)}${odd}${'b'.repeat(length - place)}`),
        ),
      ).flat();
      expectSame(named(new Map([['t', array(...texts)]])), expect);
    }
  });

  test('for each day of a leap year, a common one, and the ends of time', ({ expect }) => {
    const days = [
      ...Array.from({ length: 1500 }, (_, day) => 946_684_800n + 86_400n * BigInt(day)),
      ...Array.from({ length: 800 }, (_, day) => -2_208_988_800n + 86_400n * BigInt(day)),
      -62_135_596_800n,
      253_402_300_799n,
      -1n,
    ];
    expectSame(named(new Map([['t', array(...days.map((second) => time(second, 1000)))]])), expect);
  });

  test('for bytes of every length', ({ expect }) => {
    const all = Array.from({ length: 40 }, (_, length) =>
      bytes(...Array.from({ length }, (_, index) => (index * 37 + length * 101) & 255)),
    );
    expectSame(named(new Map([['b', array(...all)]])), expect);
  });

  test('for what looks like a vector and is none', ({ expect }) => {
    const type = string('__vector__');
    const doubles = array(double(1), double(2));
    expectSame(
      named(
        new Map([
          ['yes', vector(0, 1.5)],
          ['empty', vector()],
          ['turned', map({ value: doubles, __type__: type })],
          ['long', vector(...Array.from({ length: 300 }, (_, index) => index / 7))],
          ['more', map({ __type__: type, value: doubles, other: type })],
          ['less', map({ __type__: type })],
          ['integers', map({ __type__: type, value: array(integer(1n), double(1)) })],
          ['other', map({ __type__: string('__matrix__'), value: doubles })],
          ['no array', map({ __type__: type, value: double(1) })],
          ['value only', map({ value: doubles })],
        ]),
      ),
      expect,
    );
  });

  test('for a document of a mebibyte, wherever it grows most', ({ expect }) => {
    for (const fields of [
      new Map([['t', string('\u0001'.repeat(1_000_000))]]),
      new Map([['t', string('x'.repeat(1_000_000))]]),
      new Map([['t', string('é'.repeat(500_000))]]),
      new Map([
        [
          'g',
          { kind: 'array' as const, values: Array.from({ length: 200_000 }, () => geopoint(0, 0)) },
        ],
      ]),
      new Map([['b', { kind: 'bytes' as const, value: Buffer.alloc(700_000, 'bytes') }]]),
    ]) {
      expectSame(named(fields), expect, [
        { name: 't', type: 'STRING', mode: 'NULLABLE' },
        { name: 'g', type: 'GEOGRAPHY', mode: 'REPEATED' },
        { name: 'b', type: 'STRING', mode: 'NULLABLE' },
      ]);
    }
  });
});

function expectSame(
  each: TestDocument,
  expect: typeof import('vitest').expect,
  columns: Parameters<typeof compileRow>[0]['columns'] = [],
): void {
  const program = compileRow({ columns });
  const transcoder = createTranscoder(program, HEAD);
  const message = encodeResponse(each);
  transcoder.transcode(message, 0, message.length);
  const { line } = encodeOfficially(program, HEAD, decodeOfficially(message));
  expect(transcoder.take().toString()).toBe(`${line}\n`);
  expect(transcoder.careful).toBe(0);
}
