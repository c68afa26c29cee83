// Whole rows: the line itself, `_data`, row errors, redaction, and what `data: rest` keeps.
import type { Column } from '@firesink/shared/rows/column.ts';
import { compileRow, encodeRow, type RowOptions } from '@firesink/shared/rows/encode.ts';
import type { Value } from '@firesink/shared/rows/value.ts';
import { describe, test } from 'vitest';
import { HEAD, value } from '../support/rows.ts';

const { array, bytes, double, geopoint, integer, map, NULL, reference, string, time, vector } =
  value;

function encode(fields: Record<string, Value>, options: Partial<RowOptions> = {}) {
  const program = compileRow({ columns: [], ...options });
  return encodeRow(program, HEAD, new Map(Object.entries(fields)));
}

const START =
  '{"_slice":7,"_run":"20261123T230000.000Z","_source":"shop","_project_id":"shop-data",' +
  '"_database_id":"(default)","_read_time":"2026-11-23T23:00:00.000000Z",' +
  '"_document_id":"orders","_document_path":"apis/orders","_data":';
const TIMES =
  ',"_create_time":"2023-11-14T22:13:20.123456Z","_update_time":"2023-11-14T22:13:21.000000Z"';

/** The text of `_data`, as it stands in the line. */
function dataOf(line: string): string {
  return line.slice(line.indexOf('"_data":') + 8, line.indexOf(',"_create_time"'));
}

const text = (name: string): Column => ({ name, type: 'STRING', mode: 'NULLABLE' });
const number = (name: string): Column => ({ name, type: 'INT64', mode: 'NULLABLE' });

describe('a row', () => {
  test('begins with what is the same in all rows, and leaves out what is NULL', ({ expect }) => {
    const { line } = encode({ title: string('A') }, { columns: [text('title'), number('calls')] });
    expect(line).toBe(`${START}{"title":"A"}${TIMES},"title":"A"}`);
  });

  test('has no database and no times where there are none', ({ expect }) => {
    const head = { ...HEAD, databaseId: null, createTime: null, updateTime: null, readTime: null };
    expect(encodeRow(compileRow({ columns: [] }), head, new Map()).line).toBe(
      '{"_slice":7,"_run":"20261123T230000.000Z","_source":"shop","_project_id":"shop-data",' +
        '"_document_id":"orders","_document_path":"apis/orders","_data":{}}',
    );
  });

  test('shows its own times in microseconds, finer ones cut off', ({ expect }) => {
    const head = { ...HEAD, updateTime: { seconds: -1n, nanos: 999_999_999 } };
    const { line } = encodeRow(compileRow({ columns: [] }), head, new Map());
    expect(line).toContain('"_update_time":"1969-12-31T23:59:59.999999Z"');
  });

  test('takes a column from the field its path names', ({ expect }) => {
    const { line } = encode(
      { owner: map({ 'e.mail': string('a@b') }), email: string('other') },
      { columns: [text('email')], columnPaths: new Map([['email', ['owner', 'e.mail']]]) },
    );
    expect(line.endsWith(`${TIMES},"email":"a@b"}`)).toBe(true);
  });

  test('has NULL where the path leads through something that is no map', ({ expect }) => {
    const { line, rowErrors } = encode(
      { owner: string('me') },
      { columns: [text('email')], columnPaths: new Map([['email', ['owner', 'email']]]) },
    );
    expect(line.endsWith(`${TIMES}}`)).toBe(true);
    expect(rowErrors).toBe(0);
  });

  test('names the field, not the column, in a row error, quoting odd names', ({ expect }) => {
    const { line } = encode(
      { owner: map({ 'e.mail': integer(1n), 'a`b\\': map({}) }) },
      {
        columns: [{ ...text('email'), type: 'BOOL' }, text('x')],
        columnPaths: new Map([
          ['email', ['owner', 'e.mail']],
          ['x', ['owner', 'a`b\\']],
        ]),
      },
    );
    expect(JSON.parse(line)._row_errors.map(({ field }: { field: string }) => field)).toEqual([
      'owner.`e.mail`',
      'owner.`a\\`b\\\\`',
    ]);
  });

  test('matches names by case, and keeps both of two that differ only by it', ({ expect }) => {
    const { line } = encode({ Name: string('A'), name: string('b') }, { columns: [text('name')] });
    expect(line).toBe(`${START}{"Name":"A","name":"b"}${TIMES},"name":"b"}`);
    const other = encode({ Name: string('A') }, { columns: [text('name')] });
    expect(other.line).toBe(`${START}{"Name":"A"}${TIMES}}`);
  });

  test('lists at most a hundred row errors, the last telling how many more there are', ({
    expect,
  }) => {
    const fields = Object.fromEntries(
      Array.from({ length: 130 }, (_, index) => [`f${index}`, string('x')]),
    );
    const columns = Object.keys(fields).map(number);
    const { line, rowErrors } = encode(fields, { columns });
    expect(rowErrors).toBe(130);
    const listed = JSON.parse(line)._row_errors;
    expect(listed).toHaveLength(100);
    expect(listed[98].field).toBe('f98');
    expect(listed[99]).toEqual({
      field: '',
      expected: '',
      actual: '',
      reason: '31 more row errors are not listed',
    });
  });
});

describe('_data', () => {
  test.for<[string, Value, string]>([
    ['null', NULL, 'null'],
    ['2^63-1', integer(9223372036854775807n), '9223372036854775807'],
    ['-2^63', integer(-9223372036854775808n), '-9223372036854775808'],
    ['2^53+1', integer(9007199254740993n), '9007199254740993'],
    ['the double 1', double(1), '1.0'],
    ['-0.0', double(-0), '-0.0'],
    ['the smallest double', double(5e-324), '5e-324'],
    ['1e20', double(1e20), '100000000000000000000.0'],
    ['1e21', double(1e21), '1e+21'],
    ['NaN', double(Number.NaN), '"NaN"'],
    ['infinity', double(Number.POSITIVE_INFINITY), '"Infinity"'],
    ['a nanosecond timestamp', time(0n, 1), '"1970-01-01T00:00:00.000000001Z"'],
    ['a microsecond timestamp', time(0n, 1000), '"1970-01-01T00:00:00.000001Z"'],
    ['year 1', time(-62135596800n), '"0001-01-01T00:00:00Z"'],
    ['the end of 9999', time(253402300799n, 999_999_999), '"9999-12-31T23:59:59.999999999Z"'],
    [
      'a text with escapes',
      string('\u0000\b\t\n\f\r"\\/\u007f\u2028é😀'),
      '"\\u0000\\b\\t\\n\\f\\r\\"\\\\/\u007f\u2028é😀"',
    ],
    ['bytes', bytes(0, 1, 2, 253), '"AAEC/Q=="'],
    [
      'a reference',
      reference('projects/p/databases/d/documents/a/b'),
      '"projects/p/databases/d/documents/a/b"',
    ],
    ['a geopoint', geopoint(51.5, -0), '{"latitude":51.5,"longitude":-0.0}'],
    ['a vector', vector(1, -0.5), '[1.0,-0.5]'],
    ['an empty map', map({}), '{}'],
    ['an empty array', array(), '[]'],
    ['null elements', array(NULL, NULL), '[null,null]'],
  ])('shows %s', ([, field, json], { expect }) => {
    const { line, rowErrors } = encode({ field });
    expect(dataOf(line)).toBe(`{"field":${json}}`);
    expect(rowErrors).toBe(0);
  });

  test('keeps field names BigQuery would refuse, in the order they came', ({ expect }) => {
    const names = ['z', '', 'a.b', '__proto__', '"', '_TABLE_', '1', 'é😀'];
    const fields = new Map(names.map((name) => [name, NULL]));
    const { line } = encodeRow(compileRow({ columns: [] }), HEAD, fields);
    expect(dataOf(line)).toBe(
      '{"z":null,"":null,"a.b":null,"__proto__":null,"\\"":null,"_TABLE_":null,"1":null,"é😀":null}',
    );
  });

  test('keeps twenty levels of maps', ({ expect }) => {
    let deep = map({ end: integer(20n) });
    for (let level = 19; level > 0; level--) deep = map({ down: deep });
    expect(dataOf(encode({ field: deep }).line)).toBe(
      `{"field":${'{"down":'.repeat(19)}{"end":20}${'}'.repeat(20)}`,
    );
  });

  test('refuses more levels than BigQuery takes', ({ expect }) => {
    let deep = array();
    for (let level = 2; level < 500; level++) deep = array(deep);
    expect(() => encode({ field: deep })).not.toThrow();
    expect(() => encode({ field: array(deep) })).toThrow('deeper than 500 levels');
  });

  test('has U+FFFD for lone surrogates, wherever they are, and a row error for each text', ({
    expect,
  }) => {
    const { line, rowErrors } = encode(
      {
        'a\ud800': string('x\udc00y\ud83d'),
        ok: array(string('😀'), map({ b: string('\ud83d') })),
      },
      { columns: [text('ok')] },
    );
    expect(dataOf(line)).toBe('{"a�":"x�y�","ok":["😀",{"b":"�"}]}');
    const reason = 'what is not valid Unicode became U+FFFD';
    const repaired = { expected: 'Unicode text', actual: 'invalid text', reason };
    expect(JSON.parse(line)._row_errors).toEqual([
      { field: '`a�`', ...repaired },
      { field: '`a�`', ...repaired },
      { field: 'ok[1].b', ...repaired },
      { field: 'ok', expected: 'STRING', actual: 'array of 2', reason: 'an array is no STRING' },
    ]);
    expect(rowErrors).toBe(4);
  });

  test('a repaired text still goes into its column', ({ expect }) => {
    const { line } = encode({ title: string('\ud83d!') }, { columns: [text('title')] });
    expect(JSON.parse(line)).toMatchObject({ title: '�!', _data: { title: '�!' } });
  });

  test('has the numbers of a timestamp no calendar knows, and a row error', ({ expect }) => {
    const { line, rowErrors } = encode({ at: time(253402300800n), before: time(0n, -1) });
    expect(dataOf(line)).toBe(
      '{"at":{"seconds":253402300800,"nanos":0},"before":{"seconds":0,"nanos":-1}}',
    );
    expect(rowErrors).toBe(2);
  });

  test('a document id that is no valid text is a row error of its own', ({ expect }) => {
    const head = { ...HEAD, documentId: '\udfff', documentPath: 'apis/\udfff' };
    const { line } = encodeRow(compileRow({ columns: [] }), head, new Map());
    expect(JSON.parse(line)).toMatchObject({
      _document_id: '�',
      _document_path: 'apis/�',
      _row_errors: [{ field: '_document_id' }, { field: '_document_path' }],
    });
  });
});

describe('a redacted field', () => {
  const owners = array(
    map({ name: string('A'), email: string('a@b') }),
    string('nobody'),
    array(map({ email: string('c@d') })),
  );

  test('appears nowhere, in no array either, and is counted', ({ expect }) => {
    const { line, redacted } = encode(
      { owners, secret: string('s'), spec: map({ key: string('k'), other: NULL }) },
      {
        redact: [['owners', 'email'], ['secret'], ['spec', 'key'], ['spec', 'missing'], ['none']],
        columns: [text('secret'), { name: 'owners', type: 'JSON', mode: 'NULLABLE' }],
      },
    );
    expect(line).toBe(
      `${START}{"owners":[{"name":"A"},"nobody",[{}]],"spec":{"other":null}}${TIMES}` +
        ',"owners":[{"name":"A"},"nobody",[{}]]}',
    );
    expect(redacted).toBe(4);
  });

  test('takes with it what is redacted within', ({ expect }) => {
    for (const redact of [
      [['spec'], ['spec', 'key']],
      [['spec', 'key'], ['spec']],
    ]) {
      const { line, redacted } = encode({ spec: map({ key: string('k') }) }, { redact });
      expect(dataOf(line)).toBe('{}');
      expect(redacted).toBe(1);
    }
  });
});

describe('data: rest', () => {
  const rest = (
    fields: Record<string, Value>,
    columns: Column[],
    paths: [string, string[]][] = [],
  ) => {
    const { line, rowErrors } = encode(fields, {
      columns,
      columnPaths: new Map(paths),
      data: 'rest',
    });
    return { data: dataOf(line), rowErrors };
  };

  test('leaves out what a column holds, and keeps what did not fit', ({ expect }) => {
    const fields = { title: string('A'), calls: string('many'), more: double(1), empty: NULL };
    expect(rest(fields, [text('title'), number('calls'), text('empty')])).toEqual({
      data: '{"calls":"many","more":1.0}',
      rowErrors: 1,
    });
  });

  test('keeps those fields of a map that its RECORD has no column for', ({ expect }) => {
    const record: Column = {
      name: 'spec',
      type: 'RECORD',
      mode: 'NULLABLE',
      fields: [text('a'), number('b')],
    };
    const spec = map({ a: string('x'), b: double(0.5), c: NULL });
    expect(rest({ spec }, [record]).data).toBe('{"spec":{"b":0.5,"c":null}}');
    expect(rest({ spec: map({ a: string('x') }) }, [record]).data).toBe('{}');
    expect(rest({ spec: map({}) }, [record]).data).toBe('{}');
  });

  test('keeps an array whole if its column lacks anything of it', ({ expect }) => {
    const record: Column = { name: 'list', type: 'RECORD', mode: 'REPEATED', fields: [text('a')] };
    const a = map({ a: string('x') });
    expect(rest({ list: array(a, a) }, [record]).data).toBe('{}');
    expect(rest({ list: array(a, map({ a: string('x'), b: NULL })) }, [record]).data).toBe(
      '{"list":[{"a":"x"},{"a":"x","b":null}]}',
    );
    expect(rest({ list: array(a, map({ a: map({}) })) }, [record]).data).toBe(
      '{"list":[{"a":"x"},{"a":{}}]}',
    );
  });

  test('leaves out a field within a map that has a column of its own', ({ expect }) => {
    const fields = {
      owner: map({ email: string('a@b'), name: string('A') }),
      tags: map({ x: NULL }),
    };
    expect(
      rest(
        fields,
        [text('email'), text('x')],
        [
          ['email', ['owner', 'email']],
          ['x', ['tags', 'x']],
        ],
      ).data,
    ).toBe('{"owner":{"name":"A"}}');
  });

  test('keeps nothing that one of two columns holds', ({ expect }) => {
    const fields = { at: string('2026-01-01'), on: string('soon') };
    const columns: Column[] = [
      text('at'),
      { name: 'day', type: 'DATE', mode: 'NULLABLE' },
      { name: 'on', type: 'DATE', mode: 'NULLABLE' },
    ];
    expect(rest(fields, columns, [['day', ['at']]]).data).toBe('{"on":"soon"}');
    expect(rest({ at: string('x') }, columns, [['day', ['at']]])).toEqual({
      data: '{}',
      rowErrors: 1,
    });
  });

  test('still tells of repaired text that only a column holds', ({ expect }) => {
    expect(rest({ title: string('\ud800') }, [text('title')])).toEqual({
      data: '{}',
      rowErrors: 1,
    });
  });
});
