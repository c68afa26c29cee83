// BigQuery's rules for values in NDJSON, from its pages "Loading JSON data from Cloud Storage" and "Data
// types", and from messages of the real service in public issue trackers. What is accepted is shown as the
// staging token; how it is stored, and what a client then sees, is in test/contract/bigquery-ndjson.test.ts.
import { describe, test } from 'vitest';
import { parseJson } from '../../infra/local/bigquery/ndjson/json.ts';
import { convertRow, planRow } from '../../infra/local/bigquery/ndjson/row.ts';
import type { Field, FieldType } from '../../infra/local/bigquery/schema.ts';

type Parameters = Omit<Partial<Field>, 'name' | 'type'>;

const field = (type: FieldType, rest: Parameters = {}): Field => ({
  name: 'v',
  type,
  mode: 'NULLABLE',
  ...rest,
});

/** The staging token of `{"v": <json>}`. */
function stage(type: FieldType, json: string, rest: Parameters = {}): string {
  const plan = planRow([field(type, rest)], { ignoreUnknownValues: false });
  const row = convertRow(plan, parseJson(`{"v":${json}}`));
  return row === '{}' ? 'NULL' : row.slice('{"c0":'.length, -1);
}

const convertTo = (fields: Field[], line: string, ignoreUnknownValues = false): string =>
  convertRow(planRow(fields, { ignoreUnknownValues }), parseJson(line));

type Accepted = readonly (readonly [json: string, token: string, parameters?: Parameters])[];
type Refused = readonly (readonly [json: string, words: string, parameters?: Parameters])[];

const TYPES: readonly (readonly [type: FieldType, accepted: Accepted, refused: Refused])[] = [
  [
    'INTEGER',
    [
      ['0', '0'],
      ['-7', '-7'],
      ['9223372036854775807', '9223372036854775807'],
      ['-9223372036854775808', '-9223372036854775808'],
      ['9007199254740993', '9007199254740993'],
      ['"9007199254740993"', '9007199254740993'],
      ['"-9223372036854775808"', '-9223372036854775808'],
      ['"+5"', '5'],
      ['"007"', '7'],
      ['null', 'NULL'],
    ],
    [
      [
        '9223372036854775808',
        "Could not convert value 'number_value: 9223372036854775808' to integer",
      ],
      ['-9223372036854775809', 'to integer. Field: v; Value: -9223372036854775809'],
      ['"9223372036854775808"', 'to integer'],
      ['1.5', "Could not convert value 'number_value: 1.5' to integer. Field: v; Value: 1.5"],
      ['1.0', 'to integer'],
      ['1e2', 'to integer'],
      [
        '"30.0"',
        'Could not convert value \'string_value: "30.0"\' to integer. Field: v; Value: 30.0',
      ],
      [
        '"many"',
        'Could not convert value \'string_value: "many"\' to integer. Field: v; Value: many',
      ],
      ['""', 'to integer'],
      ['" 5"', 'to integer'],
      ['true', "Could not convert value 'bool_value: true' to integer"],
      ['{}', 'JSON object specified for non-record field: v'],
      ['[1]', 'Array specified for non-repeated field: v.'],
    ],
  ],
  [
    'FLOAT',
    [
      ['1', '1'],
      ['1.5', '1.5'],
      ['-0.0', '-0.0'],
      ['5e-324', '5e-324'],
      ['1.7976931348623157e308', '1.7976931348623157e+308'],
      ['0.1', '0.1'],
      ['"1.5"', '1.5'],
      ['"-.5"', '-0.5'],
      ['"NaN"', '"NaN"'],
      ['"Infinity"', '"Infinity"'],
      ['"-Infinity"', '"-Infinity"'],
      ['"-inf"', '"-Infinity"'],
    ],
    [
      ['1e400', 'to double'],
      ['"1e400"', 'to double'],
      ['"x"', 'to double'],
      ['"0x1F"', 'to double'],
      ['false', 'to double'],
    ],
  ],
  [
    'NUMERIC',
    [
      ['1.5', '{"h":0,"l":1500000000}'],
      ['"1.5"', '{"h":0,"l":1500000000}'],
      ['-1', '{"h":-1,"l":18446744072709551616}'],
      ['0.000000001', '{"h":0,"l":1}'],
      ['1.10000000000', '{"h":0,"l":1100000000}'],
      ['1e3', '{"h":0,"l":1000000000000}'],
      [
        '"99999999999999999999999999999.999999999"',
        '{"h":5421010862427522170,"l":687399551400673279}',
      ],
      ['1.25', '{"h":0,"l":1250000000}', { precision: '5', scale: '2' }],
    ],
    [
      [
        '-0.8534597960201471',
        'Invalid NUMERIC value: -0.8534597960201471 Field: v; Value: -0.8534597960201471',
      ],
      [
        '100000000000000000000000000000',
        'Invalid NUMERIC value: 100000000000000000000000000000 Field: v;',
      ],
      ['"NaN"', 'Invalid NUMERIC value: NaN'],
      ['""', 'Invalid NUMERIC value:'],
      ['true', 'Invalid NUMERIC value: true'],
      ['1.255', 'Invalid NUMERIC value: 1.255', { precision: '5', scale: '2' }],
      ['1000', 'Invalid NUMERIC value: 1000', { precision: '5', scale: '2' }],
    ],
  ],
  [
    'BIGNUMERIC',
    [
      ['0', '"100000000000000000000000000000000000000000000000000000000000000000000000000000"'],
      [
        '"0.00000000000000000000000000000000000001"',
        '"100000000000000000000000000000000000000000000000000000000000000000000000000001"',
      ],
      ['-1', '"099999999999999999999999999999999999999899999999999999999999999999999999999999"'],
    ],
    [
      [
        '"578960446186580977117854925043439539266.34992332820282019728792003956564819968"',
        'Invalid BIGNUMERIC value:',
      ],
      ['1e-39', 'Invalid BIGNUMERIC value: 1e-39'],
    ],
  ],
  [
    'BOOLEAN',
    [
      ['true', 'true'],
      ['false', 'false'],
      ['"TRUE"', 'true'],
      ['"f"', 'false'],
      ['"Yes"', 'true'],
      ['"n"', 'false'],
      ['1', 'true'],
      ['"0"', 'false'],
    ],
    [
      ['2', "Could not convert value 'number_value: 2' to boolean"],
      ['"on"', 'to boolean'],
      ['""', 'to boolean'],
    ],
  ],
  [
    'STRING',
    [
      ['"a"', '"a"'],
      ['""', '""'],
      ['"\\u00e9\\ud83d\\ude00\\u0000"', '"é😀\\u0000"'],
      ['"\\/\\"\\\\"', '"/\\"\\\\"'],
      ['"ab"', '"ab"', { maxLength: '2' }],
      ['"😀😀"', '"😀😀"', { maxLength: '2' }],
    ],
    [
      ['3', 'Could not convert value to string. Field: v; Value: 3'],
      ['true', 'Could not convert value to string'],
      ['{"a":1}', 'JSON object specified for non-record field: v'],
      ['["a"]', 'Array specified for non-repeated field: v.'],
      ['"abc"', 'STRING(2) has maximum length 2 but got a value with length 3', { maxLength: '2' }],
      ['"\\ud800"', 'half of a surrogate pair'],
      ['"\\x41"', 'Invalid escape sequence'],
    ],
  ],
  [
    'BYTES',
    [
      ['""', '""'],
      ['"AQID"', '"AQID"'],
      ['"AQI="', '"AQI="'],
      ['"AQI"', '"AQI="'],
      ['"_-8="', '"/+8="'],
    ],
    [
      ['"A"', 'Could not decode base64 string to bytes. Field: v; Value: A'],
      ['"AQI=="', 'base64'],
      ['"é"', 'base64'],
      ['5', 'base64'],
      ['"AQID"', 'BYTES(2) has maximum length 2 but got a value with length 3', { maxLength: '2' }],
    ],
  ],
  [
    'TIMESTAMP',
    [
      ['"2018-08-19T12:11"', '1534680660000000'],
      ['"2018-08-19T12:11:35"', '1534680695000000'],
      ['"2018-08-19T12:11:35.22"', '1534680695220000'],
      ['"2018/08/19T12:11"', '1534680660000000'],
      ['"2018-07-05T12:54:00 UTC"', '1530795240000000'],
      ['"2018-08-19T07:11:35.220 -05:00"', '1534680695220000'],
      ['"2018-08-19T12:11:35.220Z"', '1534680695220000'],
      ['"2018-08-19 12:11:35.123456+02"', '1534673495123456'],
      ['"0001-01-01T00:00:00Z"', '-62135596800000000'],
      ['"9999-12-31T23:59:59.999999Z"', '253402300799999999'],
      ['"2024-02-29T00:00:00Z"', '1709164800000000'],
      ['1534680695', '1534680695000000'],
      ['1.534680695e12', '1534680695000000'],
      ['1534680695.25', '1534680695250000'],
      ['-1', '-1000000'],
      ['"1534680695"', '1534680695000000'],
    ],
    [
      [
        '"AA"',
        "Couldn't convert value to timestamp: Could not parse 'AA' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]] Field: v; Value: AA",
      ],
      ['"2018-08-19"', 'as a timestamp'],
      ['"2018-08-19T12:11:35.1234567Z"', 'as a timestamp'],
      ['"2014-04-02T20:00:00.000-0400"', 'as a timestamp'],
      ['"2023-02-29T00:00:00Z"', 'as a timestamp'],
      ['"2018-08-19T24:00:00Z"', 'as a timestamp'],
      ['"10000-01-01T00:00:00Z"', 'as a timestamp'],
      ['"0000-12-31T23:59:59Z"', 'as a timestamp'],
      ['"0001-01-01T00:00:00+01:00"', 'as a timestamp'],
      ['1e300', 'as a timestamp'],
      ['true', 'as a timestamp'],
    ],
  ],
  [
    'DATE',
    [
      ['"2020-02-29"', '"2020-02-29"'],
      ['"0001-01-01"', '"0001-01-01"'],
      ['"9999-12-31"', '"9999-12-31"'],
    ],
    [
      ['"2021-02-29"', "Could not parse '2021-02-29' as DATE for field v"],
      ['"2020/01/01"', 'as DATE'],
      ['"2020-1-1"', 'as DATE'],
      ['"2020-01-01T00:00:00"', 'as DATE'],
      ['20200101', 'as DATE'],
    ],
  ],
  [
    'DATETIME',
    [
      ['"2020-01-02 03:04:05"', '1577934245000000'],
      ['"2020-01-02T03:04:05.123456"', '1577934245123456'],
    ],
    [
      ['"2020-01-02"', 'as DATETIME'],
      ['"2020-01-02T03:04:05Z"', 'as DATETIME'],
      ['"2020-01-02 03:04"', 'as DATETIME'],
    ],
  ],
  [
    'TIME',
    [
      ['"12:34:56"', '"12:34:56"'],
      ['"23:59:59.999999"', '"23:59:59.999999"'],
    ],
    [
      ['"24:00:00"', 'as TIME'],
      ['"12:34"', 'as TIME'],
    ],
  ],
  [
    'GEOGRAPHY',
    [
      ['"POINT(1 2)"', '"POINT(1 2)"'],
      ['" linestring ( 0 0 , 1 1.50 ) "', '"LINESTRING(0 0, 1 1.5)"'],
      ['"POLYGON((0 0, 1 0, 1 1, 0 0))"', '"POLYGON((0 0, 1 0, 1 1, 0 0))"'],
      ['"MULTIPOINT((0 0), (1 1))"', '"MULTIPOINT(0 0, 1 1)"'],
      ['"{ \\"type\\": \\"Point\\", \\"coordinates\\": [1, 2] }"', '"POINT(1 2)"'],
      ['"0101000000feffffffffffef3f0000000000000040"', '"POINT(0.9999999999999998 2)"'],
      ['"POINT EMPTY"', '"GEOMETRYCOLLECTION EMPTY"'],
    ],
    [
      ['"POINT(1)"', 'Invalid geography value: POINT(1)'],
      ['"POINT(1 91)"', 'Invalid geography value'],
      ['"POLYGON((0 0, 1 0, 1 1))"', 'Invalid geography value'],
      ['"CIRCLE(1 2)"', 'Invalid geography value'],
      ['"{\\"type\\":\\"Point\\"}"', 'Invalid geography value'],
      ['"01"', 'Invalid geography value'],
      ['{"type":"Point","coordinates":[1,2]}', 'JSON object specified for non-record field: v'],
    ],
  ],
  [
    'JSON',
    [
      ['{"b":1,"a":[1,{"x":null}]}', '"{\\"a\\":[1,{\\"x\\":null}],\\"b\\":1}"'],
      ['"text"', '"\\"text\\""'],
      ['20', '"20"'],
      ['false', '"false"'],
      ['9223372036854775807', '"9223372036854775807"'],
      ['18446744073709551615', '"18446744073709551615"'],
      ['18446744073709551616', '"1.8446744073709552e+19"'],
      ['1.0', '"1.0"'],
      ['1.50', '"1.5"'],
      ['-0.0', '"-0.0"'],
      ['1e100', '"1e+100"'],
      ['5e-324', '"5e-324"'],
      ['0.00001', '"1e-05"'],
      ['{"a":1,"a":2}', '"{\\"a\\":1}"'],
      ['{"__proto__":1}', '"{\\"__proto__\\":1}"'],
      ['null', 'NULL'],
    ],
    [
      ['1e400', 'number out of range'],
      [`${'['.repeat(501)}${']'.repeat(501)}`, 'nested deeper than 500 levels'],
    ],
  ],
];

describe.each(TYPES)('%s', (type, accepted, refused) => {
  test.for(accepted)('takes %s', ([json, token, parameters], { expect }) => {
    expect(stage(type, json, parameters)).toBe(token);
  });

  test.for(refused)('refuses %s', ([json, words, parameters], { expect }) => {
    expect(() => stage(type, json, parameters)).toThrow(words);
  });
});

describe('repeated columns', () => {
  test('take arrays; null is no array and stored as an empty one', ({ expect }) => {
    expect(stage('STRING', '["a","b"]', { mode: 'REPEATED' })).toBe('["a","b"]');
    expect(stage('STRING', '[]', { mode: 'REPEATED' })).toBe('[]');
    expect(stage('STRING', 'null', { mode: 'REPEATED' })).toBe('NULL');
  });

  test.for([
    ['"a"', 'Repeated field must be imported as a JSON array. Field: v.'],
    ['["a",null]', 'Only optional fields can be set to NULL. Field: v; Value: NULL'],
    ['[["a"]]', 'Nested arrays are not allowed. Field: v'],
    ['[1]', 'Could not convert value to string. Field: v; Value: 1'],
  ] as const)('refuse %s', ([json, words], { expect }) => {
    expect(() => stage('STRING', json, { mode: 'REPEATED' })).toThrow(words);
  });

  test('of JSON take arrays in arrays', ({ expect }) => {
    expect(stage('JSON', '[[1],{"a":2}]', { mode: 'REPEATED' })).toBe('["[1]","{\\"a\\":2}"]');
  });
});

describe('records', () => {
  const record = field('RECORD', { fields: [{ ...field('INTEGER'), name: 'n' }] });

  test('take objects, members matched without case', ({ expect }) => {
    expect(convertTo([record], '{"V":{"N":1}}')).toBe('{"c0":{"c0":1}}');
    expect(convertTo([record], '{"v":{}}')).toBe('{"c0":{}}');
    expect(convertTo([record], '{"v":null}')).toBe('{}');
  });

  test('name the member that is wrong by its path', ({ expect }) => {
    expect(() => convertTo([record], '{"v":{"n":"x"}}')).toThrow('Field: v.n; Value: x');
    expect(() => convertTo([record], '{"v":{"m":1}}')).toThrow('No such field: v.m.');
  });

  test('take nothing else', ({ expect }) => {
    expect(() => convertTo([record], '{"v":1}')).toThrow('without start of object');
    expect(() => convertTo([record], '{"v":[{}]}')).toThrow(
      'Array specified for non-repeated field: v.',
    );
  });
});

describe('rows', () => {
  const fields = [
    { ...field('STRING'), name: 'name' },
    { ...field('INTEGER'), name: 'N' },
  ];

  test('a field that is not in the schema is an error, even with null', ({ expect }) => {
    expect(() => convertTo(fields, '{"other":null}')).toThrow('No such field: other.');
    expect(convertTo(fields, '{"other":{"deep":[1]},"name":"a"}', true)).toBe('{"c0":"a"}');
  });

  test('a field that comes twice is an error, also in another case', ({ expect }) => {
    expect(() => convertTo(fields, '{"n":1,"N":2}')).toThrow('Duplicate field: N');
  });

  test('a required field must be there, and not be null', ({ expect }) => {
    const required = [field('STRING', { mode: 'REQUIRED' })];
    expect(() => convertTo(required, '{}')).toThrow('Missing required field: v.');
    expect(() => convertTo(required, '{"v":null}')).toThrow(
      'Only optional fields can be set to NULL. Field: v; Value: NULL',
    );
  });

  test.for([
    ['[1]', 'Start of array encountered without start of object.'],
    ['5', 'Value encountered without start of object.'],
    ['{"n":1', 'Parser terminated before end of string'],
    ['{"n":', 'Parser terminated before end of string'],
    ['{"name":"a', 'Parser terminated before end of string'],
    ['{"n":1}}', 'Parser terminated before end of string'],
    ['{"n":1}{"n":2}', 'Parser terminated before end of string'],
    ['{"n":01}', 'Unexpected token "1"'],
    ['{"n":NaN}', 'Unexpected token "N"'],
    ["{'n':1}", 'Unexpected token "\'"'],
    ['{"n":1,}', 'Unexpected token "}"'],
    ['{"name":"a\tb"}', 'Unexpected token "\t"'],
    ['\ufeff{"n":1}', 'Unexpected token "\ufeff"'],
  ] as const)('%j is no row', ([line, words], { expect }) => {
    expect(() => convertTo(fields, line)).toThrow(words);
  });
});
