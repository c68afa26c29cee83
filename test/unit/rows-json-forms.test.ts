// Uploads: what BigQuery's types look like in JSON.
import type { Column } from '@firesink/shared/rows/column.ts';
import type { Value } from '@firesink/shared/rows/value.ts';
import { describe, test } from 'vitest';
import { encodeColumn, nullable, repeated, value } from '../support/rows.ts';

const { array, double, integer, map, string } = value;

type Fits = [column: Omit<Column, 'name'>, value: Value, json: string];

describe('a value from JSON text', () => {
  test.for<Fits>([
    [nullable('INT64'), string('9223372036854775807'), '"9223372036854775807"'],
    [nullable('INT64'), string('-12'), '-12'],
    [nullable('FLOAT64'), string('NaN'), '"NaN"'],
    [nullable('FLOAT64'), string('-Infinity'), '"-Infinity"'],
    [nullable('FLOAT64'), integer(3n), '3'],
    [
      nullable('NUMERIC'),
      string('12345678901234567890123456789.123456789'),
      '"12345678901234567890123456789.123456789"',
    ],
    [nullable('NUMERIC'), string('1e3'), '"1000"'],
    [
      nullable('BIGNUMERIC'),
      string('578960446186580977117854925043439539266.34992332820282019728792003956564819967'),
      '"578960446186580977117854925043439539266.34992332820282019728792003956564819967"',
    ],
    [
      nullable('BIGNUMERIC'),
      string('-578960446186580977117854925043439539266.34992332820282019728792003956564819968'),
      '"-578960446186580977117854925043439539266.34992332820282019728792003956564819968"',
    ],
    [nullable('BYTES'), string('AP8='), '"AP8="'],
    [
      nullable('GEOGRAPHY'),
      map({ latitude: double(51.5), longitude: integer(0n) }),
      '"POINT(0 51.5)"',
    ],
    [nullable('GEOGRAPHY'), string('POINT(-0.125 51.5)'), '"POINT(-0.125 51.5)"'],
    [nullable('TIMESTAMP'), string('2026-11-23T23:00:00.120Z'), '"2026-11-23T23:00:00.120Z"'],
    [repeated('BYTES'), array(string('AA=='), string('')), '["AA==",""]'],
  ])('in a column %o: %o becomes %s', ([column, value, json], { expect }) => {
    expect(encodeColumn(column, value, 'json')).toEqual({ json, rowErrors: 0, errors: [] });
  });

  test.for<[Omit<Column, 'name'>, Value, string]>([
    [nullable('INT64'), string('9223372036854775808'), 'it has more than 64 bits'],
    [nullable('INT64'), string('1.0'), 'the text is not a 64-bit integer'],
    [
      nullable('FLOAT64'),
      string('1.5'),
      'the only texts a FLOAT64 takes are NaN, Infinity, -Infinity',
    ],
    [nullable('NUMERIC'), string('.'), 'it is not a decimal number'],
    [nullable('NUMERIC'), string('1e-10'), 'it has more than 9 digits after the point'],
    [
      nullable('BIGNUMERIC'),
      string('578960446186580977117854925043439539266.34992332820282019728792003956564819968'),
      'it has more than 38 digits before the point',
    ],
    [nullable('BYTES'), string('AP8'), 'the text is not base64'],
    [
      nullable('GEOGRAPHY'),
      string('POINT EMPTY'),
      'it is neither {"latitude", "longitude"} nor POINT(longitude latitude)',
    ],
    [
      nullable('GEOGRAPHY'),
      map({ latitude: double(91), longitude: double(0) }),
      'its degrees lie beyond 90 of latitude or 180 of longitude',
    ],
  ])('in a column %o: %o is a row error, %s', ([column, value, reason], { expect }) => {
    expect(encodeColumn(column, value, 'json')).toMatchObject({
      json: undefined,
      errors: [{ reason }],
    });
  });
});
