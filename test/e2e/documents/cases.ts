// Documents at the limits of what Firestore takes, and what a table with a column of every type must show of
// them. All expectations are written out: nothing of firesink computes them.
import {
  type DocumentData,
  FieldValue,
  type Firestore,
  GeoPoint,
  Timestamp,
} from '@google-cloud/firestore';

export interface DocumentCase {
  /** Completes "a document with …". */
  with: string;
  id: string;
  fields: (firestore: Firestore) => DocumentData;
  /** Columns that are neither NULL nor empty. Times and such as text. */
  columns: Record<string, unknown>;
  /** As BigQuery shows its JSON type: keys sorted, doubles with point or exponent. */
  data: string;
  /** Field, expected, actual, reason. */
  errors?: [string, string, string, string][];
}

const REFERENCE = 'projects/acme-limits/databases/(default)/documents/apis/orders/versions/1.0';

/** 20 maps within each other: the most that Firestore takes. */
const levels = (count: number): DocumentData =>
  count === 1 ? { end: 20 } : { [`level${21 - count}`]: levels(count - 1) };

const LEVELS =
  '{"level1":{"level2":{"level3":{"level4":{"level5":{"level6":{"level7":{"level8":{"level9":{"level10":' +
  '{"level11":{"level12":{"level13":{"level14":{"level15":{"level16":{"level17":{"level18":{"level19":' +
  '{"end":20}}}}}}}}}}}}}}}}}}}}';

export const CASES: DocumentCase[] = [
  {
    with: 'field names that no column could bear',
    id: 'names',
    fields: () => ({
      'a.b': 1,
      'two words': 2,
      '1st': 3,
      'naïve ☕': 4,
      '`quoted`': 5,
      '"\\': 6,
      'line\nbreak': 7,
      _PARTITIONTIME: 8,
      _TABLE_SUFFIX: 9,
      _run: 10,
      constructor: 11,
      ['long'.repeat(100)]: 12,
      text: 'beside them',
    }),
    columns: { text: 'beside them' },
    data: `{"\\"\\\\":6,"1st":3,"_PARTITIONTIME":8,"_TABLE_SUFFIX":9,"_run":10,"\`quoted\`":5,"a.b":1,"constructor":11,"line\\nbreak":7,"${'long'.repeat(100)}":12,"naïve ☕":4,"text":"beside them","two words":2}`,
  },
  {
    with: 'names that differ only by case',
    id: 'case',
    fields: () => ({ Text: 'title', text: 'lower', TEXT: 'upper', Owner: { team: 'none' } }),
    columns: { text: 'lower' },
    data: '{"Owner":{"team":"none"},"TEXT":"upper","Text":"title","text":"lower"}',
  },
  {
    with: '20 levels of maps',
    id: 'levels',
    fields: () => ({ anything: levels(20) }),
    columns: { anything: LEVELS },
    data: `{"anything":${LEVELS}}`,
  },
  {
    // 31 bytes for its name, 32 for itself, a field's name and 1, a text and 1: 1,048,576 in all.
    with: 'exactly 1 MiB',
    id: 'mebibyte',
    fields: () => ({ text: 'é'.repeat(524_200), pad: 'x'.repeat(102) }),
    columns: { text: 'é'.repeat(524_200) },
    data: `{"pad":"${'x'.repeat(102)}","text":"${'é'.repeat(524_200)}"}`,
  },
  {
    with: 'nothing in it',
    id: 'nothing',
    fields: () => ({}),
    columns: {},
    data: '{}',
  },
  {
    with: 'empty maps and arrays',
    id: 'empty',
    fields: () => ({ anything: {}, owner: {}, tags: [], steps: [{}], other: { a: [], m: {} } }),
    columns: {
      anything: '{}',
      owner: { team: null, size: null },
      steps: [{ name: null, at: null }],
    },
    data: '{"anything":{},"other":{"a":[],"m":{}},"owner":{},"steps":[{}],"tags":[]}',
  },
  {
    with: 'nulls, and null elements, which no BigQuery array can hold',
    id: 'nulls',
    fields: () => ({
      text: null,
      tags: ['a', null, 'b'],
      scores: null,
      steps: [{ name: null }, null],
      anything: [null, { a: null }],
    }),
    columns: { anything: '[null,{"a":null}]' },
    data: '{"anything":[null,{"a":null}],"scores":null,"steps":[{"name":null},null],"tags":["a",null,"b"],"text":null}',
    errors: [
      ['tags[1]', 'STRING', 'null', 'a REPEATED column holds no null'],
      ['steps[1]', 'RECORD', 'null', 'a REPEATED column holds no null'],
    ],
  },
  {
    with: 'integers of 64 bits',
    id: 'integers',
    fields: () => ({
      number: 2n ** 63n - 1n,
      text: -(2n ** 63n),
      ratio: 2n ** 53n + 1n,
      price: 12_345_678,
      big: 2n ** 63n - 1n,
      anything: [2n ** 53n + 1n, 0],
      owner: { size: -(2n ** 63n) },
    }),
    columns: {
      number: 9223372036854775807n,
      text: '-9223372036854775808',
      price: '12345678',
      big: '9223372036854775807',
      anything: '[9007199254740993,0]',
      owner: { team: null, size: -9223372036854775808n },
    },
    data: '{"anything":[9007199254740993,0],"big":9223372036854775807,"number":9223372036854775807,"owner":{"size":-9223372036854775808},"price":12345678,"ratio":9007199254740993,"text":-9223372036854775808}',
    errors: [['ratio', 'FLOAT64', 'integer 9007199254740993', 'a FLOAT64 holds integers to 2^53']],
  },
  {
    with: 'doubles at their limits',
    id: 'doubles',
    fields: () => ({
      ratio: -0,
      scores: [5e-324, Number.MAX_VALUE, Number.NaN, -Infinity, Infinity, -0, 0.1 + 0.2, 1e21],
      text: 5e-324,
      number: -0,
      price: Number.NaN,
      big: 1 / 3,
      anything: { zero: -0, tiny: 5e-324, whole: 1e15, nan: Number.NaN },
    }),
    columns: {
      ratio: -0,
      scores: [
        5e-324,
        1.7976931348623157e308,
        Number.NaN,
        -Infinity,
        Infinity,
        -0,
        0.30000000000000004,
        1e21,
      ],
      text: '5e-324',
      big: '0.3333333333333333',
      anything: '{"nan":"NaN","tiny":5e-324,"whole":1000000000000000,"zero":-0.0}',
    },
    data: '{"anything":{"nan":"NaN","tiny":5e-324,"whole":1000000000000000,"zero":-0.0},"big":0.3333333333333333,"number":-0.0,"price":"NaN","ratio":-0.0,"scores":[5e-324,1.7976931348623157e+308,"NaN","-Infinity","Infinity",-0.0,0.30000000000000004,1e+21],"text":5e-324}',
    errors: [
      ['number', 'INT64', 'double -0.0', 'negative zero would lose its sign'],
      ['price', 'NUMERIC(10,2)', 'double NaN', 'NUMERIC has no NaN'],
    ],
  },
  {
    with: 'texts of every kind',
    id: 'texts',
    fields: () => ({
      text: '\u0000\u001f\u007f\u2028\u2029"\\/\uFEFF\uFFFD👩‍👩‍👧 שלום',
      short: '😀😀😀',
      tags: ['', ' ', '\n'],
    }),
    columns: {
      text: '\u0000\u001f\u007f\u2028\u2029"\\/\uFEFF\uFFFD👩‍👩‍👧 שלום',
      short: '😀😀😀',
      tags: ['', ' ', '\n'],
    },
    data: '{"short":"😀😀😀","tags":[""," ","\\n"],"text":"\\u0000\\u001f\u007f\u2028\u2029\\"\\\\/\uFEFF\uFFFD👩‍👩‍👧 שלום"}',
  },
  {
    with: 'times of years 1 to 9999, to the microsecond',
    id: 'times',
    fields: () => ({
      at: new Timestamp(1_795_561_200, 123_456_789),
      text: new Timestamp(-62_135_596_800, 0),
      steps: [
        { name: 'first', at: new Timestamp(-62_135_596_800, 0) },
        { name: 'last', at: new Timestamp(253_402_300_799, 999_999_999) },
      ],
      anything: [new Timestamp(0, 0), new Timestamp(-1, 1_000)],
    }),
    columns: {
      at: '2026-11-24T23:00:00.123456000Z',
      text: '0001-01-01T00:00:00Z',
      steps: [
        { name: 'first', at: '0001-01-01T00:00:00.000Z' },
        { name: 'last', at: '9999-12-31T23:59:59.999999000Z' },
      ],
      anything: '["1970-01-01T00:00:00Z","1969-12-31T23:59:59.000001Z"]',
    },
    data: '{"anything":["1970-01-01T00:00:00Z","1969-12-31T23:59:59.000001Z"],"at":"2026-11-24T23:00:00.123456Z","steps":[{"at":"0001-01-01T00:00:00Z","name":"first"},{"at":"9999-12-31T23:59:59.999999Z","name":"last"}],"text":"0001-01-01T00:00:00Z"}',
  },
  {
    with: 'civil dates and times as texts',
    id: 'civil',
    fields: () => ({
      at: '2026-11-24T01:30:00.5+02:30',
      day: '0001-01-01',
      clock: '23:59:59.999999',
      local: '9999-12-31T23:59:59.999999',
    }),
    columns: {
      at: '2026-11-23T23:00:00.500Z',
      day: '0001-01-01',
      clock: '23:59:59.999999',
      local: '9999-12-31T23:59:59.999999',
    },
    data: '{"at":"2026-11-24T01:30:00.5+02:30","clock":"23:59:59.999999","day":"0001-01-01","local":"9999-12-31T23:59:59.999999"}',
  },
  {
    with: 'bytes, vectors, references and places',
    id: 'others',
    fields: (firestore) => ({
      raw: Buffer.from([0, 1, 254, 255]),
      scores: FieldValue.vector([0.25, -1, 3e8]),
      text: firestore.doc('apis/orders/versions/1.0'),
      place: new GeoPoint(-90, 180),
      anything: {
        bytes: Buffer.alloc(0),
        vector: FieldValue.vector([1]),
        reference: firestore.doc('apis/orders/versions/1.0'),
        place: new GeoPoint(51.5, -0.125),
      },
    }),
    columns: {
      raw: 'AAH+/w==',
      scores: [0.25, -1, 3e8],
      text: REFERENCE,
      place: 'POINT(180 -90)',
      anything: `{"bytes":"","place":{"latitude":51.5,"longitude":-0.125},"reference":"${REFERENCE}","vector":[1.0]}`,
    },
    data: `{"anything":{"bytes":"","place":{"latitude":51.5,"longitude":-0.125},"reference":"${REFERENCE}","vector":[1.0]},"place":{"latitude":-90.0,"longitude":180.0},"raw":"AAH+/w==","scores":[0.25,-1.0,300000000.0],"text":"${REFERENCE}"}`,
  },
  {
    with: 'values of other types than their columns',
    id: 'misfits',
    fields: () => ({
      number: 'many',
      short: 'four',
      flag: 1,
      price: 0.125,
      day: '2026-02-30',
      clock: '24:00:00',
      at: 'yesterday',
      raw: 'AQI=',
      place: { latitude: 51.5, longitude: -0.125 },
      owner: { team: 'core', size: '5' },
      tags: 'one',
      steps: [{ name: 'a', at: 'now' }],
      ratio: 7,
    }),
    columns: { ratio: 7, owner: { team: 'core', size: null }, steps: [{ name: 'a', at: null }] },
    data: '{"at":"yesterday","clock":"24:00:00","day":"2026-02-30","flag":1,"number":"many","owner":{"size":"5","team":"core"},"place":{"latitude":51.5,"longitude":-0.125},"price":0.125,"ratio":7,"raw":"AQI=","short":"four","steps":[{"at":"now","name":"a"}],"tags":"one"}',
    errors: [
      ['short', 'STRING(3)', 'string "four"', 'it has 4 characters'],
      ['number', 'INT64', 'string "many"', 'a string is no INT64'],
      ['price', 'NUMERIC(10,2)', 'double 0.125', 'it has more than 2 digits after the point'],
      ['flag', 'BOOL', 'integer 1', 'an integer is no BOOL'],
      ['at', 'TIMESTAMP', 'string "yesterday"', 'it is not an RFC 3339 timestamp with its offset'],
      ['day', 'DATE', 'string "2026-02-30"', 'there is no such day in years 1 to 9999'],
      ['clock', 'TIME', 'string "24:00:00"', 'there is no such time of day'],
      ['raw', 'BYTES', 'string "AQI="', 'a string is no BYTES'],
      ['place', 'GEOGRAPHY', 'map', 'a map is no GEOGRAPHY'],
      ['owner.size', 'INT64', 'string "5"', 'a string is no INT64'],
      ['tags', 'REPEATED STRING', 'string "one"', 'a string is no array'],
      [
        'steps[0].at',
        'TIMESTAMP',
        'string "now"',
        'it is not an RFC 3339 timestamp with its offset',
      ],
    ],
  },
];
