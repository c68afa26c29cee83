// Every BigQuery type against every kind of value: what fits, as which JSON, and what is a row error instead.
import type { Column } from '@firesink/shared/rows/column.ts';
import type { Value } from '@firesink/shared/rows/value.ts';
import { describe, test } from 'vitest';
import { encodeColumn, nullable, repeated, value } from '../support/rows.ts';

const { array, boolean, bytes, double, geopoint, integer, map, NULL, string, time, vector } = value;
const reference = value.reference('projects/p/databases/(default)/documents/apis/a');

type Fits = [column: Omit<Column, 'name'>, value: Value, json: string];

const FITS: Fits[] = [
  [nullable('STRING'), string('Zoë "quoted" \u0000\n'), '"Zoë \\"quoted\\" \\u0000\\n"'],
  [nullable('STRING'), string(''), '""'],
  [nullable('STRING'), boolean(true), '"true"'],
  [nullable('STRING'), integer(9223372036854775807n), '"9223372036854775807"'],
  [nullable('STRING'), double(1), '"1.0"'],
  [nullable('STRING'), double(-0), '"-0.0"'],
  [nullable('STRING'), double(Number.NaN), '"NaN"'],
  [nullable('STRING'), time(0n, 123_456_789), '"1970-01-01T00:00:00.123456789Z"'],
  [nullable('STRING'), bytes(1, 2, 255), '"AQL/"'],
  [nullable('STRING'), reference, '"projects/p/databases/(default)/documents/apis/a"'],
  [nullable('STRING', { maxLength: 3 }), string('😀😀😀'), '"😀😀😀"'],
  [nullable('INT64'), integer(-5n), '-5'],
  [nullable('INT64'), integer(9007199254740991n), '9007199254740991'],
  [nullable('INT64'), integer(9007199254740992n), '"9007199254740992"'],
  [nullable('INT64'), integer(-9007199254740992n), '"-9007199254740992"'],
  [nullable('INT64'), integer(9223372036854775807n), '"9223372036854775807"'],
  [nullable('INT64'), integer(-9223372036854775808n), '"-9223372036854775808"'],
  [nullable('INT64'), double(3), '3'],
  [nullable('INT64'), double(1e18), '"1000000000000000000"'],
  [nullable('INT64'), double(-(2 ** 63)), '"-9223372036854775808"'],
  [nullable('FLOAT64'), double(1), '1.0'],
  [nullable('FLOAT64'), double(-0), '-0.0'],
  [nullable('FLOAT64'), double(5e-324), '5e-324'],
  [nullable('FLOAT64'), double(1.7976931348623157e308), '1.7976931348623157e+308'],
  [nullable('FLOAT64'), double(1e21), '1e+21'],
  [nullable('FLOAT64'), double(123456789012345680000), '123456789012345680000.0'],
  [nullable('FLOAT64'), double(Number.NaN), '"NaN"'],
  [nullable('FLOAT64'), double(Number.NEGATIVE_INFINITY), '"-Infinity"'],
  [nullable('FLOAT64'), integer(9007199254740992n), '9007199254740992'],
  [nullable('NUMERIC'), integer(-7n), '"-7"'],
  [nullable('NUMERIC'), double(0.1), '"0.1"'],
  [nullable('NUMERIC'), double(1e-9), '"0.000000001"'],
  [nullable('NUMERIC'), double(1e28), '"10000000000000000000000000000"'],
  [nullable('NUMERIC'), double(0), '"0"'],
  [nullable('NUMERIC', { precision: 5, scale: 2 }), double(-999.99), '"-999.99"'],
  [nullable('NUMERIC', { precision: 5, scale: 0 }), integer(99999n), '"99999"'],
  [nullable('NUMERIC', { precision: 2, scale: 2 }), double(0.25), '"0.25"'],
  [nullable('BIGNUMERIC'), double(1 / 3), '"0.3333333333333333"'],
  [nullable('BIGNUMERIC'), double(1e-38), '"0.00000000000000000000000000000000000001"'],
  [nullable('BIGNUMERIC'), double(5e38), '"500000000000000000000000000000000000000"'],
  [nullable('BOOL'), boolean(true), 'true'],
  [nullable('BOOL'), boolean(false), 'false'],
  [nullable('TIMESTAMP'), time(-62135596800n), '"0001-01-01T00:00:00Z"'],
  [nullable('TIMESTAMP'), time(253402300799n, 999_999_000), '"9999-12-31T23:59:59.999999Z"'],
  [nullable('TIMESTAMP'), time(1795561200n, 120_000_000), '"2026-11-24T23:00:00.120Z"'],
  [nullable('TIMESTAMP'), time(951782400n), '"2000-02-29T00:00:00Z"'],
  [nullable('TIMESTAMP'), time(-1n, 999_999_000), '"1969-12-31T23:59:59.999999Z"'],
  [nullable('TIMESTAMP'), string('2026-11-23T23:00:00Z'), '"2026-11-23T23:00:00Z"'],
  [nullable('TIMESTAMP'), string('2026-11-24T01:30:00.5+02:30'), '"2026-11-23T23:00:00.500Z"'],
  [
    nullable('TIMESTAMP'),
    string('2026-11-23t18:00:00.1234560-05:00'),
    '"2026-11-23T23:00:00.123456Z"',
  ],
  [nullable('DATE'), string('0001-01-01'), '"0001-01-01"'],
  [nullable('DATE'), string('2024-02-29'), '"2024-02-29"'],
  [nullable('DATETIME'), string('2026-11-23T23:00:00.120'), '"2026-11-23 23:00:00.120"'],
  [nullable('DATETIME'), string('9999-12-31 23:59:59'), '"9999-12-31 23:59:59"'],
  [nullable('TIME'), string('00:00:00'), '"00:00:00"'],
  [nullable('TIME'), string('23:59:59.9999990'), '"23:59:59.999999"'],
  [nullable('BYTES'), bytes(), '""'],
  [nullable('BYTES', { maxLength: 2 }), bytes(0, 255), '"AP8="'],
  [nullable('GEOGRAPHY'), geopoint(51.5, -0.125), '"POINT(-0.125 51.5)"'],
  [nullable('GEOGRAPHY'), geopoint(1e-7, 180), '"POINT(180 0.0000001)"'],
  [nullable('JSON'), map({ a: array(NULL, double(1)) }), '{"a":[null,1.0]}'],
  [nullable('JSON'), string('x'), '"x"'],
  [nullable('JSON'), integer(9223372036854775807n), '9223372036854775807'],
  [repeated('STRING'), array(string('a'), integer(1n)), '["a","1"]'],
  [repeated('STRING'), array(), '[]'],
  [repeated('INT64'), array(integer(1n), integer(9007199254740992n)), '[1,"9007199254740992"]'],
  [repeated('FLOAT64'), vector(1, 0.5, Number.NaN), '[1.0,0.5,"NaN"]'],
  [repeated('JSON'), array(array(NULL), map({})), '[[null],{}]'],
];

type Misfits = [
  column: Omit<Column, 'name'>,
  value: Value,
  expected: string,
  actual: string,
  reason: string,
];

const MISFITS: Misfits[] = [
  [nullable('STRING'), geopoint(1, 2), 'STRING', 'geopoint', 'a geopoint is no STRING'],
  [nullable('STRING'), map({ secret: string('x') }), 'STRING', 'map', 'a map is no STRING'],
  [nullable('STRING'), array(string('x')), 'STRING', 'array of 1', 'an array is no STRING'],
  [
    nullable('STRING', { maxLength: 2 }),
    string('😀é!'),
    'STRING(2)',
    'string "😀é!"',
    'it has 3 characters',
  ],
  [nullable('INT64'), string('many'), 'INT64', 'string "many"', 'a string is no INT64'],
  [nullable('INT64'), string('5'), 'INT64', 'string "5"', 'a string is no INT64'],
  [nullable('INT64'), boolean(true), 'INT64', 'boolean true', 'a boolean is no INT64'],
  [nullable('INT64'), double(1.5), 'INT64', 'double 1.5', 'it is not a whole number'],
  [nullable('INT64'), double(Number.NaN), 'INT64', 'double NaN', 'it is not a whole number'],
  [nullable('INT64'), double(-0), 'INT64', 'double -0.0', 'negative zero would lose its sign'],
  [
    nullable('INT64'),
    double(2 ** 63),
    'INT64',
    'double 9223372036854776000.0',
    'it has more than 64 bits',
  ],
  [
    nullable('FLOAT64'),
    integer(9007199254740993n),
    'FLOAT64',
    'integer 9007199254740993',
    'a FLOAT64 holds integers to 2^53',
  ],
  [nullable('FLOAT64'), string('1.5'), 'FLOAT64', 'string "1.5"', 'a string is no FLOAT64'],
  [
    nullable('NUMERIC'),
    double(1 / 3),
    'NUMERIC',
    'double 0.3333333333333333',
    'it has more than 9 digits after the point',
  ],
  [
    nullable('NUMERIC'),
    double(1e29),
    'NUMERIC',
    'double 1e+29',
    'it has more than 29 digits before the point',
  ],
  [
    nullable('NUMERIC'),
    double(Number.POSITIVE_INFINITY),
    'NUMERIC',
    'double Infinity',
    'NUMERIC has no Infinity',
  ],
  [nullable('NUMERIC'), string('1.5'), 'NUMERIC', 'string "1.5"', 'a string is no NUMERIC'],
  [
    nullable('NUMERIC', { precision: 5, scale: 2 }),
    integer(1000n),
    'NUMERIC(5,2)',
    'integer 1000',
    'it has more than 3 digits before the point',
  ],
  [
    nullable('NUMERIC', { precision: 5, scale: 2 }),
    double(0.125),
    'NUMERIC(5,2)',
    'double 0.125',
    'it has more than 2 digits after the point',
  ],
  [
    nullable('BIGNUMERIC'),
    double(6e38),
    'BIGNUMERIC',
    'double 6e+38',
    'it has more than 38 digits before the point',
  ],
  [
    nullable('BIGNUMERIC'),
    double(5e-324),
    'BIGNUMERIC',
    'double 5e-324',
    'it has more than 38 digits after the point',
  ],
  [nullable('BOOL'), integer(1n), 'BOOL', 'integer 1', 'an integer is no BOOL'],
  [nullable('BOOL'), string('true'), 'BOOL', 'string "true"', 'a string is no BOOL'],
  [
    nullable('TIMESTAMP'),
    time(0n, 1),
    'TIMESTAMP',
    'timestamp 1970-01-01T00:00:00.000000001Z',
    'a TIMESTAMP has microseconds',
  ],
  [
    nullable('TIMESTAMP'),
    string('2026-11-23'),
    'TIMESTAMP',
    'string "2026-11-23"',
    'it is not an RFC 3339 timestamp with its offset',
  ],
  [
    nullable('TIMESTAMP'),
    string('2026-02-30T00:00:00Z'),
    'TIMESTAMP',
    'string "2026-02-30T00:00:00Z"',
    'there is no such day in years 1 to 9999',
  ],
  [
    nullable('TIMESTAMP'),
    string('2026-01-01T24:00:00Z'),
    'TIMESTAMP',
    'string "2026-01-01T24:00:00Z"',
    'there is no such time of day',
  ],
  [
    nullable('TIMESTAMP'),
    string('2026-12-31T23:59:60Z'),
    'TIMESTAMP',
    'string "2026-12-31T23:59:60Z"',
    'there is no such time of day',
  ],
  [
    nullable('TIMESTAMP'),
    string('0001-01-01T00:00:00+00:01'),
    'TIMESTAMP',
    'string "0001-01-01T00:00:00+00:01"',
    'it lies outside years 1 to 9999',
  ],
  [
    nullable('TIMESTAMP'),
    string('2026-01-01T00:00:00.0000000000001Z'),
    'TIMESTAMP',
    'string "2026-01-01T00:00:00.0000000000001Z"',
    'a TIMESTAMP has microseconds',
  ],
  [nullable('TIMESTAMP'), integer(0n), 'TIMESTAMP', 'integer 0', 'an integer is no TIMESTAMP'],
  [
    nullable('DATE'),
    string('2026-1-1'),
    'DATE',
    'string "2026-1-1"',
    'it is not a date, YYYY-MM-DD',
  ],
  [
    nullable('DATE'),
    string('0000-01-01'),
    'DATE',
    'string "0000-01-01"',
    'there is no such day in years 1 to 9999',
  ],
  [
    nullable('DATE'),
    string('1900-02-29'),
    'DATE',
    'string "1900-02-29"',
    'there is no such day in years 1 to 9999',
  ],
  [nullable('DATE'), time(0n), 'DATE', 'timestamp 1970-01-01T00:00:00Z', 'a timestamp is no DATE'],
  [
    nullable('DATETIME'),
    string('2026-01-01T00:00:00Z'),
    'DATETIME',
    'string "2026-01-01T00:00:00Z"',
    'it is not a date and time without a zone, YYYY-MM-DD HH:MM:SS',
  ],
  [
    nullable('TIME'),
    string('23:60:00'),
    'TIME',
    'string "23:60:00"',
    'there is no such time of day',
  ],
  [
    nullable('TIME'),
    string('23:00:00.0000001'),
    'TIME',
    'string "23:00:00.0000001"',
    'it is finer than microseconds',
  ],
  [nullable('BYTES'), string('AQI='), 'BYTES', 'string "AQI="', 'a string is no BYTES'],
  [nullable('BYTES', { maxLength: 1 }), bytes(1, 2), 'BYTES(1)', '2 bytes', 'it has 2 bytes'],
  [
    nullable('GEOGRAPHY'),
    string('POINT(1 2)'),
    'GEOGRAPHY',
    'string "POINT(1 2)"',
    'a string is no GEOGRAPHY',
  ],
  [
    nullable('GEOGRAPHY'),
    geopoint(Number.NaN, 0),
    'GEOGRAPHY',
    'geopoint',
    'its degrees lie beyond 90 of latitude or 180 of longitude',
  ],
  [
    nullable('RECORD', { fields: [{ name: 'a', ...nullable('STRING') }] }),
    string('x'),
    'RECORD',
    'string "x"',
    'a string is no RECORD',
  ],
  [repeated('STRING'), string('x'), 'REPEATED STRING', 'string "x"', 'a string is no array'],
];

describe('a value from Firestore', () => {
  test.for(FITS)('in a column %o: %o becomes %s', ([column, value, json], { expect }) => {
    expect(encodeColumn(column, value, 'firestore')).toEqual({ json, rowErrors: 0, errors: [] });
  });

  test.for(MISFITS)('in a column %o: %o is NULL and a row error', (row, { expect }) => {
    const [column, value, expected, actual, reason] = row;
    expect(encodeColumn(column, value, 'firestore')).toEqual({
      json: undefined,
      rowErrors: 1,
      errors: [{ field: 'v', expected, actual, reason }],
    });
  });

  test('null is NULL in a column of any type, without a row error', ({ expect }) => {
    for (const column of [nullable('INT64'), repeated('STRING'), nullable('JSON')]) {
      expect(encodeColumn(column, NULL, 'firestore')).toEqual({
        json: undefined,
        rowErrors: 0,
        errors: [],
      });
    }
  });

  test('a long text is cut in its row error', ({ expect }) => {
    const { errors } = encodeColumn(nullable('INT64'), string('😀'.repeat(500)), 'firestore');
    expect(errors).toMatchObject([{ actual: `string "${'😀'.repeat(80)}…"` }]);
  });
});
