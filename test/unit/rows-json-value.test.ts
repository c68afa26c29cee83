// JSON text into values: nothing is lost, and what is no JSON is refused at its column.
import { parseJsonValue } from '@firesink/shared/rows/json-value.ts';
import type { Value } from '@firesink/shared/rows/value.ts';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { value } from '../support/rows.ts';

const { array, boolean, double, integer, map, NULL, string } = value;

describe('JSON text', () => {
  test.for<[string, Value]>([
    ['null', NULL],
    [' \t\r\n true ', boolean(true)],
    ['false', boolean(false)],
    ['0', integer(0n)],
    ['-1', integer(-1n)],
    ['999999999999999', integer(999999999999999n)],
    ['9007199254740993', integer(9007199254740993n)],
    ['9223372036854775807', integer(9223372036854775807n)],
    ['-9223372036854775808', integer(-9223372036854775808n)],
    ['1.0', double(1)],
    ['1e0', double(1)],
    ['-0', double(-0)],
    ['-0.0', double(-0)],
    ['0e-999', double(0)],
    ['5e-324', double(5e-324)],
    ['1.7976931348623157E+308', double(1.7976931348623157e308)],
    ['""', string('')],
    ['"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\uDE00é😀"', string('a"\\/\b\f\n\r\té😀é😀')],
    ['"\\ud800"', string('\ud800')],
    ['[]', array()],
    ['[ 1 , [ ] , {} ]', array(integer(1n), array(), map({}))],
    ['{"b":1,"a":{"":null},"1":2}', map({ b: integer(1n), a: map({ '': NULL }), 1: integer(2n) })],
  ])('%s is read whole', ([text, expected], { expect }) => {
    expect(parseJsonValue(text)).toEqual(expected);
  });

  test('names keep their order, __proto__ is one like any other', ({ expect }) => {
    const read = parseJsonValue('{"z":1,"__proto__":2,"1":3,"a":4}');
    expect(read.kind === 'map' && [...read.fields.keys()]).toEqual(['z', '__proto__', '1', 'a']);
  });

  test.for<[string, string]>([
    ['', 'column 1, the end: a value is expected'],
    ['tru', 'column 1: a value is expected'],
    ['NaN', 'column 1: a value is expected'],
    ['+1', 'column 1: a value is expected'],
    ['01', 'column 1: this is not a JSON number'],
    ['1.', 'column 1: this is not a JSON number'],
    ['.5', 'column 1: a value is expected'],
    ['1e', 'column 1: this is not a JSON number'],
    [
      '9223372036854775808',
      'column 1: the integer has more than 64 bits: a NUMERIC column takes it as a string',
    ],
    ['[1e999]', 'column 2: the number is beyond what a double holds'],
    ['[1e-999]', 'column 2: the number is beyond what a double holds'],
    ['"abc', 'column 1: the text has no closing quote'],
    ['"a\\', 'column 3: there is no such escape'],
    ['"\\u12G4"', 'column 2: there is no such escape'],
    ['"a\u0009"', 'column 3: a control character must be written as an escape'],
    ['[1,]', 'column 4: a value is expected'],
    ['[1 2]', 'column 4: a comma or ] is expected'],
    ['[1', 'column 3, the end: a comma or ] is expected'],
    ['{"a":1,}', 'column 8: a name in double quotes is expected'],
    ['{"a" 1}', 'column 6: a colon is expected'],
    ['{"a":1 "b":2}', 'column 8: a comma or } is expected'],
    ["{'a':1}", 'column 2: a name in double quotes is expected'],
    ['{"a":1, "\\u0061":2}', 'column 9: the name "a" comes twice'],
    ['{"a":1}}', 'column 8: there is more after the value'],
    ['\ufeff{}', 'column 1: a value is expected'],
  ])('%s is refused: %s', ([text, message], { expect }) => {
    expect(() => parseJsonValue(text)).toThrow(
      expect.objectContaining({ outcome: 'refused', code: 'bad-json', message }),
    );
  });

  test('has at most 500 levels', ({ expect }) => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(() => parseJsonValue(nested(500))).not.toThrow();
    expect(() => parseJsonValue(nested(501))).toThrow('column 501: there are more than 500 levels');
    expect(() => parseJsonValue('['.repeat(1_000_000))).toThrow('column 501');
  });

  test('whatever JSON.stringify writes is read as JSON.parse reads it', ({ expect }) => {
    const plain = (read: Value): unknown => {
      switch (read.kind) {
        case 'map':
          return Object.fromEntries([...read.fields].map(([name, each]) => [name, plain(each)]));
        case 'array':
          return read.values.map(plain);
        case 'integer':
        case 'double':
          return Number(read.value);
        default:
          return read.kind === 'null' ? null : 'value' in read ? read.value : undefined;
      }
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 0, max: 2 }), (json, indent) => {
        const text = JSON.stringify(json, null, indent);
        // Integers beyond 64 bits are refused above; JSON.parse makes doubles of them.
        fc.pre(!/\d{19}/.test(text));
        expect(plain(parseJsonValue(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });
});
