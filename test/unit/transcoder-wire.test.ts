// What the official client would never show: odd orders, invalid text, unknown types, damaged messages.
import { compileRow, type RowOptions } from '@firesink/shared/rows/encode.ts';
import { createTranscoder } from '@firesink/shared/sources/firestore/wire/transcoder.ts';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { HEAD, value } from '../support/rows.ts';
import {
  encodeDocument,
  encodeResponse,
  encodeValue,
  field,
  varintField,
} from '../support/wire.ts';

const NAME = 'projects/shop-data/databases/(default)/documents/apis/orders';
const START =
  '{"_slice":7,"_run":"20261123T230000.000Z","_source":"shop","_project_id":"shop-data",' +
  '"_database_id":"(default)","_read_time":"2026-11-23T23:00:00.000000Z",' +
  '"_document_id":"orders","_document_path":"apis/orders","_data":';

function rowOf(message: Buffer, options: Partial<RowOptions> = {}): string {
  const transcoder = createTranscoder(compileRow({ columns: [], ...options }), HEAD);
  transcoder.transcode(message, 0, message.length);
  return transcoder.take().toString();
}

const text = (name: string) => field(1, Buffer.from(name));
const entry = (name: string | Buffer, ...parts: Buffer[]) =>
  field(2, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.concat(parts))]));
const response = (...parts: Buffer[]) => field(1, Buffer.concat(parts));
const one = encodeValue(value.integer(1n));

describe('a message', () => {
  test('may lie anywhere in its buffer', ({ expect }) => {
    const message = response(text(NAME), entry('a', one));
    const slab = Buffer.alloc(5000, 0xff);
    const view = slab.subarray(1000, 1007 + message.length);
    message.copy(view, 7);
    const transcoder = createTranscoder(compileRow({ columns: [] }), HEAD);
    transcoder.transcode(view, 7, view.length);
    expect(transcoder.take().toString()).toBe(`${START}{"a":1}}\n`);
  });

  test('without a document makes no row', ({ expect }) => {
    const transcoder = createTranscoder(compileRow({ columns: [] }), HEAD);
    const message = Buffer.concat([varintField(4, 5n), field(3, varintField(1, 1n))]);
    transcoder.transcode(message, 0, message.length);
    expect(transcoder.take()).toHaveLength(0);
    expect(transcoder).toMatchObject({ rows: 0, pendingBytes: 0 });
  });

  test('may have its fields in any order, and fields of a later version', ({ expect }) => {
    const time = varintField(1, 1_700_000_000n);
    const turned = Buffer.concat([field(2, one), field(1, Buffer.from('a'))]);
    const document = Buffer.concat([
      field(4, time),
      varintField(9, 7n),
      field(2, turned),
      field(3, time),
      text(NAME),
    ]);
    const message = Buffer.concat([
      field(3, time),
      field(12, Buffer.from('new')),
      field(1, document),
    ]);
    expect(rowOf(message)).toBe(
      `${START}{"a":1},"_create_time":"2023-11-14T22:13:20.000000Z","_update_time":"2023-11-14T22:13:20.000000Z"}\n`,
    );
  });

  test('of a database may change its length of project and database between rows', ({ expect }) => {
    const transcoder = createTranscoder(compileRow({ columns: [] }), HEAD);
    for (const name of [
      'projects/p/databases/d/documents/documents/a',
      'projects/a-longer-one/databases/(default)/documents/b/c/d/e',
      'projects/p/databases/d/documents/f/g',
    ]) {
      const message = response(text(name));
      transcoder.transcode(message, 0, message.length);
    }
    const rows = transcoder
      .take()
      .toString()
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(rows.map(({ _document_id, _document_path }) => [_document_id, _document_path])).toEqual([
      ['a', 'documents/a'],
      ['e', 'b/c/d/e'],
      ['g', 'f/g'],
    ]);
  });
});

describe('names of fields', () => {
  test('keep the order of the wire, those that look like numbers too', ({ expect }) => {
    const message = response(
      text(NAME),
      ...['b', '10', '9', '__proto__', 'constructor', 'a'].map((name) => entry(name, one)),
    );
    expect(rowOf(message, { columns: [{ name: '9', type: 'INT64', mode: 'NULLABLE' }] })).toBe(
      `${START}{"b":1,"10":1,"9":1,"__proto__":1,"constructor":1,"a":1},"9":1}\n`,
    );
  });
});

describe('text that is no UTF-8', () => {
  test.for<[string, number[], string]>([
    ['a stray byte', [0x61, 0x80, 0x62], 'a�b'],
    ['a lone surrogate of three bytes', [0x61, 0xed, 0xa0, 0x80, 0x62], 'a�b'],
    ['a pair of surrogates of three bytes each', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], '��'],
    ['a letter cut short', [0x61, 0xf0, 0x9f, 0x98], 'a���'],
    ['an overlong slash', [0xc0, 0xaf], '��'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '����'],
    ['far into a long text', [...Buffer.from('x'.repeat(200)), 0xff], `${'x'.repeat(200)}�`],
  ])('is repaired and told of: %s', ([, bytes, repaired], { expect }) => {
    const string = field(17, Buffer.from(bytes));
    const row = rowOf(response(text(NAME), entry('t', string)), {
      columns: [{ name: 't', type: 'STRING', mode: 'NULLABLE' }],
    });
    expect(row).toBe(
      `${START}{"t":"${repaired}"},"t":"${repaired}","_row_errors":[{"field":"t","expected":"Unicode text",` +
        `"actual":"invalid text","reason":"what is not valid Unicode became U+FFFD"}]}\n`,
    );
  });

  test('is found at every place of texts of every length', ({ expect }) => {
    for (let length = 1; length < 80; length++) {
      for (let place = 0; place < length; place++) {
        const bytes = Buffer.alloc(length, 0x61);
        bytes[place] = 0xc3;
        const row = JSON.parse(rowOf(response(text(NAME), entry('t', field(17, bytes)))));
        expect(row._data.t).toBe(`${'a'.repeat(place)}�${'a'.repeat(length - place - 1)}`);
      }
    }
  });

  test('random bytes become what TextDecoder makes of them, surrogates aside', ({ expect }) => {
    const decoder = new TextDecoder();
    const byte = fc.oneof(
      fc.integer({ min: 0x20, max: 0x21 }),
      fc.constantFrom(
        0xc2,
        0xe0,
        0xe2,
        0xef,
        0xf0,
        0xf3,
        0xf4,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xfe,
      ),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 90 }), (bytes) => {
        const message = response(text(NAME), entry('t', field(17, Buffer.from(bytes))));
        const { _data, _row_errors } = JSON.parse(rowOf(message));
        const expected = decoder.decode(Uint8Array.from(bytes));
        // How many U+FFFD stand for one mistake is a matter of taste; where they stand is not.
        expect(_data.t.replaceAll(/�+/g, '�')).toBe(expected.replaceAll(/�+/g, '�'));
        expect(_row_errors === undefined).toBe(Buffer.from(expected).equals(Buffer.from(bytes)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what firesink does not know', () => {
  test.for<[string, Buffer]>([
    ['a value type of a later version', field(21, Buffer.from('x'))],
    ['a function, which only queries hold', field(20, Buffer.alloc(0))],
    ['a known type beside an unknown one', Buffer.concat([one, varintField(30, 1n)])],
    ['no type at all', Buffer.alloc(0)],
  ])('fails and names the document: %s', ([, unknown], { expect }) => {
    for (const parts of [
      [unknown],
      [field(9, field(1, unknown))],
      [field(6, field(1, Buffer.concat([text('x'), field(2, unknown)])))],
    ]) {
      const message = response(text(NAME), entry('a', one), entry('f', ...parts));
      expect(() => rowOf(message)).toThrow(
        expect.objectContaining({ outcome: 'failed', code: 'unknown-value', where: NAME }),
      );
    }
  });

  test('of two types the last one counts, as protobuf has it', ({ expect }) => {
    const both = Buffer.concat([encodeValue(value.string('no')), one]);
    expect(rowOf(response(text(NAME), entry('a', both)))).toBe(`${START}{"a":1}}\n`);
  });

  test('a document of 600 levels fails and is named', ({ expect }) => {
    let deep = value.array();
    for (let level = 0; level < 600; level++) deep = value.array(deep);
    expect(() => rowOf(response(text(NAME), entry('a', encodeValue(deep))))).toThrow(
      expect.objectContaining({ outcome: 'failed', code: 'too-deep', where: NAME }),
    );
  });

  test('a document of 300 levels is a row', ({ expect }) => {
    let deep = value.array();
    for (let level = 0; level < 300; level++) deep = value.array(deep);
    expect(rowOf(response(text(NAME), entry('a', encodeValue(deep))))).toBe(
      `${START}{"a":${'['.repeat(301)}${']'.repeat(301)}}}\n`,
    );
  });
});

describe('a damaged message', () => {
  const { array, double, integer, map, string, time } = value;
  const whole = encodeResponse({
    name: NAME,
    fields: new Map([
      ['title', string('Orders')],
      ['calls', integer(123_456n)],
      ['price', double(9.99)],
      ['at', time(1_700_000_000n, 5000)],
      ['list', array(map({ a: string('x') }), map({ a: string('y') }))],
    ]),
    createTime: HEAD.createTime,
    updateTime: HEAD.updateTime,
  });
  const options: Partial<RowOptions> = {
    columns: [
      { name: 'title', type: 'STRING', mode: 'NULLABLE' },
      { name: 'calls', type: 'STRING', mode: 'NULLABLE' },
      {
        name: 'list',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [{ name: 'a', type: 'STRING', mode: 'NULLABLE' }],
      },
    ],
  };

  test('that is cut anywhere is read again later, or is whole', ({ expect }) => {
    for (let length = 1; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      expect(outcome(cut)).toMatch(/^(retry|row)$/);
    }
    expect(() => rowOf(whole.subarray(0, 100))).toThrow(
      expect.objectContaining({ outcome: 'retry', code: 'bad-message' }),
    );
  });

  test('never makes a row that is no JSON, nor an error that is not ours', ({ expect }) => {
    const place = fc.integer({ min: 0, max: whole.length - 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
        (changes) => {
          const damaged = Buffer.from(whole);
          for (const [at, byte] of changes) damaged[at] = byte;
          expect(outcome(damaged)).toMatch(/^(retry|failed|row)$/);
        },
      ),
      { numRuns: 5000 },
    );
  });

  function outcome(message: Buffer): string {
    try {
      const row = rowOf(message, options);
      if (row !== '') JSON.parse(row);
      return 'row';
    } catch (error) {
      return error instanceof Error && 'outcome' in error ? String(error.outcome) : String(error);
    }
  }

  test('leaves the rows before it as they were', ({ expect }) => {
    const transcoder = createTranscoder(compileRow({ columns: [] }), HEAD);
    const good = response(text(NAME), entry('a', one));
    transcoder.transcode(good, 0, good.length);
    expect(() => transcoder.transcode(whole, 0, 100)).toThrow();
    transcoder.transcode(good, 0, good.length);
    expect(transcoder.take().toString()).toBe(`${START}{"a":1}}\n`.repeat(2));
    expect(transcoder.rows).toBe(2);
  });
});

describe('rows that were taken', () => {
  test('stay as they are, however many follow', ({ expect }) => {
    const transcoder = createTranscoder(compileRow({ columns: [] }), HEAD);
    const taken: [Buffer, string][] = [];
    for (let index = 0; index < 20_000; index++) {
      const name = `projects/p/databases/d/documents/c/${index}`;
      const fields = new Map([['t', value.string('x'.repeat(index % 700))]]);
      const message = field(
        1,
        encodeDocument({ name, fields, createTime: null, updateTime: null }),
      );
      transcoder.transcode(message, 0, message.length);
      if (index % 97 === 0) {
        const rows = transcoder.take();
        taken.push([rows, rows.toString()]);
      }
    }
    taken.push([transcoder.take(), '']);
    expect(taken.every(([rows, before]) => before === '' || rows.toString() === before)).toBe(true);
    const ids = Buffer.concat(taken.map(([rows]) => rows))
      .toString()
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row)._document_id);
    expect(ids).toEqual(Array.from({ length: 20_000 }, (_, index) => `${index}`));
  });

  test('may wait, and are all there', ({ expect }) => {
    const transcoder = createTranscoder(compileRow({ columns: [] }), HEAD);
    const message = response(text(NAME), entry('t', encodeValue(value.string('x'.repeat(1000)))));
    for (let index = 0; index < 5000; index++) transcoder.transcode(message, 0, message.length);
    const row = `${START}{"t":"${'x'.repeat(1000)}"}}\n`;
    expect(transcoder.pendingBytes).toBe(5000 * row.length);
    expect(transcoder.take().toString()).toBe(row.repeat(5000));
  });
});
