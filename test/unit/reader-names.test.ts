import { Alphabets, endOfPrefix, middle } from '@firesink/shared/sources/firestore/key-space.ts';
import { compareNames, isIn, locate } from '@firesink/shared/sources/firestore/names.ts';
import fc from 'fast-check';
import { describe, test } from 'vitest';

const DATABASE = { project: 'acme', database: 'orders' };
const ROOT = 'projects/acme/databases/orders/documents';

describe('a collection', () => {
  test.for([
    ['apis', false, ROOT, 'apis'],
    ['tenants/t1/apis', false, `${ROOT}/tenants/t1`, 'apis'],
    ['apis', true, ROOT, 'apis'],
  ] as const)('%s, group: %s', ([path, group, parent, collectionId], { expect }) => {
    expect(locate(DATABASE, { path, group })).toEqual({ parent, collectionId, group });
  });

  test('holds its own documents, not those of others with its id', ({ expect }) => {
    const apis = { path: 'tenants/t1/apis', group: false };
    expect(isIn(DATABASE, apis, `${ROOT}/tenants/t1/apis/a`)).toBe(true);
    expect(isIn(DATABASE, apis, `${ROOT}/tenants/t10/apis/a`)).toBe(false);
    expect(isIn(DATABASE, apis, `${ROOT}/tenants/t1/apis/a/apis/b`)).toBe(false);
    expect(isIn(DATABASE, { path: 'apis', group: true }, `${ROOT}/tenants/t10/apis/a`)).toBe(true);
  });
});

describe('the order of names', () => {
  test('is by segment, numbers first, then by UTF-8', ({ expect }) => {
    // U+FF61 is before U+1F600 in UTF-8, behind it in UTF-16.
    const sorted = [
      'a/__id-5__',
      'a/__id7__',
      'a/__id12__',
      'a/A',
      'a/__id7',
      'a/a',
      'a/a/b/c',
      'a/a!',
      'a/｡',
      'a/😀',
    ];
    expect([...sorted].reverse().sort(compareNames)).toEqual(sorted);
    expect(compareNames('a/b', 'a/b')).toBe(0);
  });
});

describe('the middle between two paths', () => {
  const alphabets = (...paths: string[]) => {
    const learned = new Alphabets();
    for (const path of paths) learned.learn(path);
    return learned;
  };

  test.for([
    ['apis/', endOfPrefix('apis/', 5), [], 'apis/U'],
    ['apis/a', 'apis/c', [], 'apis/b'],
    ['apis/1000', 'apis/1900', ['apis/1000', 'apis/1900'], 'apis/14'],
    ['apis/item-0001', 'apis/item-0002', ['apis/item-0001'], 'apis/item-00014'],
    ['p/a/items/x', 'p/c/items/x', [], 'p/b'],
    ['a/x', 'c/x', [], 'b/-'],
    ['apis/中', 'apis/丽', ['apis/中', 'apis/丽'], 'apis/丵'],
  ] as const)('of %s and %s', ([low, high, seen, expected], { expect }) => {
    expect(middle(low, high, alphabets(...seen))).toBe(expected);
  });

  test('is never an id that Firestore reserves', ({ expect }) => {
    const dots = alphabets('apis/.a', 'apis/-', 'apis/..b', 'apis/..c');
    for (const [low, high] of [
      ['apis/', 'apis/.a'],
      ['apis/-', 'apis/..a'],
      ['apis/__a', 'apis/__b'],
    ] as const) {
      expect(middle(low, high, dots)).not.toMatch(/\/(\.\.?|__.*__)$/);
    }
  });

  test('is none where there is no room', ({ expect }) => {
    expect(middle('apis/a', 'apis/a', alphabets())).toBeUndefined();
  });

  test('lies between them, and is the path of a document', ({ expect }) => {
    const id = fc.string({
      unit: fc.constantFrom(...'-_09AZaz!~é😀'),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(id, id, fc.array(id), (a, b, seen) => {
        const [low = '', high = ''] = [`apis/${a}`, `apis/${b}`].sort(compareNames);
        const found = middle(low, high, alphabets(...seen.map((each) => `apis/${each}`)));
        if (found === undefined) return;
        expect(found.split('/')).toHaveLength(2);
        expect(compareNames(low, found)).toBeLessThan(0);
        expect(compareNames(found, high)).toBeLessThan(0);
      }),
    );
  });
});
