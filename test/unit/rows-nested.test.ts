// REPEATED and RECORD: what one value that does not fit takes with it.
import { describe, test } from 'vitest';
import { encodeColumn, nullable, repeated, value } from '../support/rows.ts';

const { array, boolean, double, integer, map, NULL, string } = value;

describe('elements of an array', () => {
  test('a null among them makes the column NULL and names its index', ({ expect }) => {
    expect(encodeColumn(repeated('STRING'), array(string('a'), NULL), 'firestore')).toEqual({
      json: undefined,
      rowErrors: 1,
      errors: [
        {
          field: 'v[1]',
          expected: 'STRING',
          actual: 'null',
          reason: 'a REPEATED column holds no null',
        },
      ],
    });
  });

  test('of several that do not fit the first is named, and how many there are', ({ expect }) => {
    const values = array(integer(1n), string('a'), integer(2n), string('b'), NULL);
    expect(encodeColumn(repeated('INT64'), values, 'firestore').errors).toEqual([
      {
        field: 'v[1]',
        expected: 'INT64',
        actual: 'string "a"',
        reason: 'a string is no INT64 (first of 3 such elements)',
      },
    ]);
  });

  test('an array within an array does not fit', ({ expect }) => {
    expect(encodeColumn(repeated('STRING'), array(array()), 'firestore').errors).toEqual([
      { field: 'v[0]', expected: 'STRING', actual: 'array of 0', reason: 'an array is no STRING' },
    ]);
  });
});

describe('a RECORD', () => {
  const owner = nullable('RECORD', {
    fields: [
      { name: 'email', ...nullable('STRING') },
      { name: 'age', ...nullable('INT64') },
      { name: 'odd name', ...repeated('BOOL') },
    ],
  });

  test('takes the fields of its names, whatever else the map holds', ({ expect }) => {
    const value = map({ Email: string('no'), email: string('a@b'), age: double(3), more: NULL });
    expect(encodeColumn(owner, value, 'firestore').json).toBe('{"email":"a@b","age":3}');
  });

  test('an empty map is a RECORD of NULLs, not NULL', ({ expect }) => {
    expect(encodeColumn(owner, map({}), 'firestore').json).toBe('{}');
  });

  test('loses only the field that does not fit', ({ expect }) => {
    const value = map({
      email: string('a@b'),
      age: string('old'),
      'odd name': array(boolean(true), NULL),
    });
    expect(encodeColumn(owner, value, 'firestore')).toEqual({
      json: '{"email":"a@b"}',
      rowErrors: 2,
      errors: [
        {
          field: 'v.age',
          expected: 'INT64',
          actual: 'string "old"',
          reason: 'a string is no INT64',
        },
        {
          field: 'v.`odd name`[1]',
          expected: 'BOOL',
          actual: 'null',
          reason: 'a REPEATED column holds no null',
        },
      ],
    });
  });

  test('in an array loses only the field that does not fit, too', ({ expect }) => {
    const owners = { ...owner, mode: 'REPEATED' } as const;
    const value = array(map({ age: integer(1n) }), map({ age: string('old'), email: string('x') }));
    expect(encodeColumn(owners, value, 'firestore')).toMatchObject({
      json: '[{"age":1},{"email":"x"}]',
      errors: [{ field: 'v[1].age' }],
    });
  });

  test('beside an element that is no map, the whole array is NULL and only that is told', ({
    expect,
  }) => {
    const owners = { ...owner, mode: 'REPEATED' } as const;
    expect(
      encodeColumn(owners, array(map({ age: string('old') }), string('x')), 'firestore'),
    ).toMatchObject({
      json: undefined,
      rowErrors: 1,
      errors: [{ field: 'v[1]', expected: 'RECORD', actual: 'string "x"' }],
    });
  });
});
