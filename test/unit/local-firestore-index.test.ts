// The Firestore stand-in's sorted index and the keys in it, against plain sorting.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareText } from '../../infra/local/firestore/compare.ts';
import {
  keyAfter,
  keyAfterAllBelow,
  pathKey,
  segmentKey,
} from '../../infra/local/firestore/names.ts';
import { SortedIndex } from '../../infra/local/firestore/sorted-index.ts';

const ALL = { from: '', to: '\xff' };
const keyOf = (number: number): string => String(number).padStart(6, '0');
const keys = (entries: Iterable<{ key: string }>): string[] => [...entries].map(({ key }) => key);

describe('the sorted index', () => {
  test('walks thousands of keys in order, whatever order they came in', () => {
    const index = new SortedIndex<{ key: string }>();
    // 7919 is prime, so this visits each number below 5000 once.
    for (let n = 0; n < 5000; n += 1) index.add({ key: keyOf((n * 7919) % 5000) });
    const sorted = Array.from({ length: 5000 }, (_, n) => keyOf(n));
    expect(index.size).toBe(5000);
    expect(keys(index.walk(ALL))).toEqual(sorted);
    expect(keys(index.walk(ALL, true))).toEqual(sorted.toReversed());
    expect(keys(index.walk({ from: keyOf(1234), to: keyOf(1237) }))).toEqual([
      '001234',
      '001235',
      '001236',
    ]);
    expect(keys(index.walk({ from: '0012345', to: keyOf(1237) }, true))).toEqual([
      '001236',
      '001235',
    ]);
    expect(index.get('004999')).toEqual({ key: '004999' });
    expect(index.get('005000')).toBeUndefined();
  });

  test('behaves like a sorted list, with whatever is added and deleted', () => {
    const operation = fc.record({ add: fc.boolean(), key: fc.integer({ min: 0, max: 60 }) });
    const bound = fc.integer({ min: 0, max: 61 });
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 200 }),
        bound,
        bound,
        (operations, low, high) => {
          const index = new SortedIndex<{ key: string }>();
          const model = new Set<string>();
          for (const { add, key } of operations) {
            if (add && !model.has(keyOf(key))) index.add({ key: keyOf(key) });
            if (!add) index.delete(keyOf(key));
            if (add) model.add(keyOf(key));
            else model.delete(keyOf(key));
          }
          const range = { from: keyOf(low), to: keyOf(high) };
          const inside = [...model].sort().filter((key) => key >= range.from && key < range.to);
          expect(keys(index.walk(range))).toEqual(inside);
          expect(keys(index.walk(range, true))).toEqual(inside.toReversed());
          expect(index.size).toBe(model.size);
        },
      ),
    );
  });

  test.each([false, true])(
    'goes on behind the last key when it changes, reverse: %s',
    (reverse) => {
      const index = new SortedIndex<{ key: string }>();
      for (let n = 0; n < 2000; n += 2) index.add({ key: keyOf(n) });
      const seen: string[] = [];
      for (const { key } of index.walk(ALL, reverse)) {
        seen.push(key);
        if (key !== keyOf(1000)) continue;
        for (let n = 1; n < 2000; n += 2) index.add({ key: keyOf(n) });
        for (let n = 0; n < 2000; n += 4) index.delete(keyOf(n));
      }
      const before = Array.from({ length: 501 }, (_, at) => at * 2);
      const after = Array.from({ length: 999 }, (_, at) => 1001 + at).filter((n) => n % 4 !== 0);
      const mirrored = (n: number) => 2000 - n;
      const expected = reverse
        ? [
            ...before.slice(1).map(mirrored),
            ...after.map(mirrored).filter((n) => n % 4 !== 0 && n >= 0),
          ]
        : [...before, ...after];
      expect(seen).toEqual(expected.map(keyOf));
    },
  );
});

describe('keys', () => {
  test('sort ids by the bytes of their UTF-8, parents before children', () => {
    // Where UTF-16 and UTF-8 disagree, and what the encoding of keys itself uses.
    const unit = fc.constantFrom('a', 'b', '\0', '\x01', '\x02', '\x7f', '\x80', 'ÿ', '\ud7ff');
    const high = fc.constantFrom('\ue000', '\uffff', '\u{10000}', '\u{10ffff}');
    const id = fc.string({ unit: fc.oneof(unit, high), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(id, id, id, (a, b, child) => {
        const byBytes = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const byKeys = segmentKey(a) < segmentKey(b) ? -1 : segmentKey(a) > segmentKey(b) ? 1 : 0;
        expect(byKeys).toBe(byBytes);
        expect(Math.sign(compareText(a, b))).toBe(byBytes);
        const parent = pathKey(['c', a]);
        const below = pathKey(['c', a, 'd', child]);
        expect(parent < keyAfter(parent) && keyAfter(parent) < below).toBe(true);
        expect(below < keyAfterAllBelow(parent)).toBe(true);
        if (byBytes < 0) expect(keyAfterAllBelow(parent) < pathKey(['c', b])).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('sort numeric ids by number, before all others', () => {
    const ids = ['__id-9223372036854775808__', '__id-1__', '__id0__', '__id9__', '__id10__', '!'];
    expect(ids.toReversed().sort((a, b) => (segmentKey(a) < segmentKey(b) ? -1 : 1))).toEqual(ids);
  });
});
