import {
  type DocumentData,
  FieldPath,
  FieldValue,
  Filter,
  type Firestore,
  GeoPoint,
  type Query,
  Timestamp,
  type WhereFilterOp,
} from '@google-cloud/firestore';
import { test } from 'vitest';
import { runQuery } from '../support/firestore-api.ts';
import { describeFirestore, type Subject } from './firestore-suite.ts';

async function seed(client: Firestore, documents: Record<string, DocumentData>): Promise<void> {
  const batch = client.batch();
  for (const [path, data] of Object.entries(documents)) batch.set(client.doc(path), data);
  await batch.commit();
}

const idsOf = async (query: Query): Promise<string[]> =>
  (await query.get()).docs.map(({ id }) => id);

const pathsOf = async (query: Query): Promise<string[]> =>
  (await query.get()).docs.map(({ ref }) => ref.path);

const byName = FieldPath.documentId();

/** One document of every kind of value, its id naming it. */
const kinds = (client: Firestore): Record<string, DocumentData> => ({
  'kinds/null': { v: null },
  'kinds/false': { v: false },
  'kinds/true': { v: true },
  'kinds/nan': { v: NaN },
  'kinds/-inf': { v: -Infinity },
  'kinds/0': { v: 0 },
  'kinds/1': { v: 1 },
  'kinds/1.5': { v: 1.5 },
  'kinds/2': { v: 2 },
  'kinds/time': { v: new Timestamp(1, 0) },
  'kinds/text': { v: 's' },
  'kinds/text-bmp': { v: '\ufffd' },
  'kinds/text-emoji': { v: '\u{1f600}' },
  'kinds/bytes': { v: Buffer.from('b') },
  'kinds/link': { v: client.doc('a/b') },
  'kinds/place': { v: new GeoPoint(1, 2) },
  'kinds/list-empty': { v: [] },
  'kinds/list': { v: [1, 2] },
  'kinds/vector': { v: FieldValue.vector([5]) },
  'kinds/vector-long': { v: FieldValue.vector([1, 1]) },
  'kinds/map-empty': { v: {} },
  'kinds/map-a': { v: { a: 1 } },
  'kinds/map-ab': { v: { a: 1, b: 1 } },
  'kinds/map-b': { v: { b: 1 } },
  'kinds/absent': {},
});

const SORTED = [
  ...['null', 'false', 'true', 'nan', '-inf', '0', '1', '1.5', '2', 'time', 'text', 'text-bmp'],
  ...['text-emoji', 'bytes', 'link', 'place', 'list-empty', 'list', 'vector', 'vector-long'],
  ...['map-empty', 'map-a', 'map-ab', 'map-b'],
];

const order = ({ endpoint, isGoogles }: Subject) => {
  const names = ['__id-7__', '__id5__', '__id10__', 'Z', 'a', 'a b', 'é', '\ufffd', '\u{1f600}'];

  test('documents come by name: numeric ids first, then by the bytes of UTF-8', async ({
    expect,
  }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, Object.fromEntries(names.map((id) => [`ids/${id}`, {}])));
    expect(await idsOf(client.collection('ids'))).toEqual(names);
  });

  test('a collection group comes by whole path, segment by segment', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const paths = ['g/a', 'g/a/g/b', 'g/a\0/g/b', 'g/a b', 'g/a!/g/b', 'x/y/g/z'];
    await seed(client, Object.fromEntries(paths.map((path) => [path, {}])));
    await seed(client, { 'g/a/other/b': {}, 'gg/a': {} });
    expect(await pathsOf(client.collectionGroup('g'))).toEqual(paths);
    expect(await pathsOf(client.collection('g'))).toEqual(['g/a', 'g/a b']);
    expect(await pathsOf(client.collection('g/a/g'))).toEqual(['g/a/g/b']);
  });

  test('values sort by type, then by value', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, kinds(client));
    expect(await idsOf(client.collection('kinds').orderBy('v'))).toEqual(SORTED);
    expect(await idsOf(client.collection('kinds').orderBy('v', 'desc'))).toEqual(
      SORTED.toReversed(),
    );
  });

  test('equal values come by name, in the direction of the last order', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, {
      'ties/c': { n: 1, m: 1 },
      'ties/a': { n: 1.0, m: 2 },
      'ties/b': { n: 0, m: 1 },
      'ties/d': { n: 1, m: 1 },
    });
    const ties = client.collection('ties');
    expect(await idsOf(ties.orderBy('n'))).toEqual(['b', 'a', 'c', 'd']);
    expect(await idsOf(ties.orderBy('n', 'desc'))).toEqual(['d', 'c', 'a', 'b']);
    expect(await idsOf(ties.orderBy('n').orderBy('m', 'desc'))).toEqual(['b', 'a', 'd', 'c']);
    expect(await idsOf(ties.orderBy('m').orderBy(byName, 'desc'))).toEqual(['d', 'c', 'b', 'a']);
  });

  if (!isGoogles) {
    test("names come in descending order, too (Google's emulator refuses)", async ({ expect }) => {
      const { client } = endpoint().newDatabase();
      await seed(client, Object.fromEntries(names.map((id) => [`ids/${id}`, {}])));
      const descending = client.collection('ids').orderBy(byName, 'desc');
      expect(await idsOf(descending)).toEqual(names.toReversed());
      expect(await idsOf(descending.startAfter('a').limit(2))).toEqual(['Z', '__id10__']);
      expect(await idsOf(descending.startAt('a').endAt('Z'))).toEqual(['a', 'Z']);
      expect(await idsOf(descending.endBefore('é'))).toEqual(['\u{1f600}', '\ufffd']);
    });
  }
};

const filters = ({ endpoint }: Subject) => {
  const notEqualToOne = SORTED.filter((id) => id !== 'null' && id !== '1');
  const numbers = ['-inf', '0', '1', '1.5', '2'];
  const cases: [WhereFilterOp, unknown, string[]][] = [
    ['==', 1.0, ['1']],
    ['==', null, ['null']],
    ['==', NaN, ['nan']],
    ['==', [1, 2], ['list']],
    ['==', { b: 1, a: 1 }, ['map-ab']],
    ['!=', 1, notEqualToOne],
    ['!=', null, SORTED.filter((id) => id !== 'null')],
    ['!=', NaN, SORTED.filter((id) => id !== 'null' && id !== 'nan')],
    ['<', 1, ['-inf', '0']],
    ['<=', 1, ['-inf', '0', '1']],
    ['>', 1, ['1.5', '2']],
    ['>=', -Infinity, numbers],
    ['>=', false, ['false', 'true']],
    ['>', 's', ['text-bmp', 'text-emoji']],
    ['>', [], ['list']],
    ['>', {}, ['map-a', 'map-ab', 'map-b']],
    ['array-contains', 2, ['list']],
    ['array-contains-any', [2, 3], ['list']],
    ['in', [2, 's', 1.5, 7], ['1.5', '2', 'text']],
    ['not-in', [1, 's'], notEqualToOne.filter((id) => id !== 'text')],
  ];

  test.for(cases)('v %s %j', async ([op, value, ids], { expect }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, kinds(client));
    expect(await idsOf(client.collection('kinds').where('v', op, value))).toEqual(ids);
  });

  test('and, or, nested', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, {
      'people/a': { age: 20, town: 'Rom' },
      'people/b': { age: 30, town: 'Ulm' },
      'people/c': { age: 40, town: 'Rom' },
    });
    const people = client.collection('people');
    expect(await idsOf(people.where('town', '==', 'Rom').where('age', '>', 20))).toEqual(['c']);
    const either = Filter.or(
      Filter.where('age', '==', 20),
      Filter.and(Filter.where('town', '==', 'Ulm'), Filter.where('age', '==', 30)),
    );
    expect(await idsOf(people.where(either))).toEqual(['a', 'b']);
  });

  test('an inequality sorts by its field, and an order asks for the field', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, { 'n/a': { n: 3 }, 'n/b': { n: 1, m: 1 }, 'n/c': { n: 2 } });
    const numbered = client.collection('n');
    expect(await idsOf(numbered.where('n', '>', 0))).toEqual(['b', 'c', 'a']);
    expect(await idsOf(numbered.where('n', '>', 0).orderBy('n', 'desc'))).toEqual(['a', 'c', 'b']);
    expect(await idsOf(numbered.orderBy('m'))).toEqual(['b']);
  });

  test('names and nested, quoted fields can be asked for', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, {
      'f/a': { 'odd name': { in: 1 } },
      'f/b': { 'odd name': { in: 2 } },
      'f/c': { 'odd name': 1 },
    });
    const all = client.collection('f');
    expect(await idsOf(all.where(new FieldPath('odd name', 'in'), '==', 2))).toEqual(['b']);
    expect(await idsOf(all.where(byName, '==', 'b'))).toEqual(['b']);
    expect(await idsOf(all.where(byName, 'in', ['c', 'a', 'x']))).toEqual(['a', 'c']);
    expect(await idsOf(all.where(byName, '>=', 'b').limit(1))).toEqual(['b']);
    expect(await idsOf(all.where(byName, '>', 'a').where(byName, '<', 'c'))).toEqual(['b']);
    const group = client.collectionGroup('f');
    expect(await pathsOf(group.where(byName, '<=', 'f/b'))).toEqual(['f/a', 'f/b']);
  });
};

const partsOfAnAnswer = ({ endpoint }: Subject) => {
  async function letters(): Promise<{ client: Firestore; query: Query }> {
    const { client } = endpoint().newDatabase();
    await seed(client, {
      'letters/a': { n: 1 },
      'letters/b': { n: 2 },
      'letters/c': { n: 2 },
      'letters/d': { n: 3 },
      'letters/b/letters/x': { n: 9 },
    });
    return { client, query: client.collection('letters') };
  }

  test('cursors include or exclude where they stand', async ({ expect }) => {
    const { query } = await letters();
    const named = query.orderBy(byName);
    expect(await idsOf(named.startAt('b'))).toEqual(['b', 'c', 'd']);
    expect(await idsOf(named.startAfter('b'))).toEqual(['c', 'd']);
    expect(await idsOf(named.endAt('b'))).toEqual(['a', 'b']);
    expect(await idsOf(named.endBefore('b'))).toEqual(['a']);
    expect(await idsOf(named.startAfter('a').endBefore('d'))).toEqual(['b', 'c']);
    expect(await idsOf(named.startAt('bb').endAt('c\0'))).toEqual(['c']);
    expect(await idsOf(named.startAt('d').endAt('a'))).toEqual([]);
  });

  test('cursors on values stand for all that have them', async ({ expect }) => {
    const { client, query } = await letters();
    const sorted = query.orderBy('n');
    expect(await idsOf(sorted.startAt(2))).toEqual(['b', 'c', 'd']);
    expect(await idsOf(sorted.startAfter(2))).toEqual(['d']);
    expect(await idsOf(sorted.endBefore(2))).toEqual(['a']);
    expect(await idsOf(sorted.orderBy(byName).startAfter(2, 'b'))).toEqual(['c', 'd']);
    const snapshot = await client.doc('letters/b').get();
    expect(await idsOf(sorted.startAfter(snapshot))).toEqual(['c', 'd']);
    expect(await idsOf(query.orderBy('n', 'desc').startAt(2))).toEqual(['c', 'b', 'a']);
  });

  test('limits and offsets count documents of the answer', async ({ expect }) => {
    const { query } = await letters();
    expect(await idsOf(query.limit(2))).toEqual(['a', 'b']);
    expect(await idsOf(query.limit(2).offset(3))).toEqual(['d']);
    expect(await idsOf(query.offset(9))).toEqual([]);
    expect(await idsOf(query.orderBy('n').limitToLast(2))).toEqual(['c', 'd']);
  });

  test('a projection answers only the fields it names', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await seed(client, { 'p/a': { a: 1, b: { c: 2, d: 3 }, e: 4 } });
    const [fields] = (await client.collection('p').select('b.c', 'e', 'missing').get()).docs;
    expect(fields?.data()).toEqual({ b: { c: 2 }, e: 4 });
    const [nothing] = (await client.collection('p').select().get()).docs;
    expect(nothing?.data()).toEqual({});
    expect(nothing?.updateTime).toEqual(fields?.updateTime);
  });

  test('counts respect filters, limits and up-to', async ({ expect }) => {
    const { query } = await letters();
    const count = async (counted: Query) => (await counted.count().get()).data().count;
    expect(await count(query)).toBe(4);
    expect(await count(query.where('n', '==', 2))).toBe(2);
    expect(await count(query.limit(3))).toBe(3);
    expect(await count(query.firestore.collectionGroup('letters'))).toBe(5);
    expect(await count(query.firestore.collection('empty'))).toBe(0);
  });

  test('an answer says that it is done with its last document', async ({ expect }) => {
    const { client, name } = endpoint().newDatabase();
    await seed(client, { 'two/a': {}, 'two/b': {} });
    const run = (collectionId: string) => {
      const structuredQuery = { from: [{ collectionId }] };
      return runQuery(endpoint().api, { parent: `${name}/documents`, structuredQuery });
    };
    const seen = [...(await run('two')), ...(await run('none'))].map((answer) => ({
      id: answer.document?.name?.split('/').at(-1),
      done: answer.done === true,
      timed: Number(answer.readTime?.seconds) > 0,
    }));
    expect(seen).toEqual([
      { id: 'a', done: false, timed: true },
      { id: 'b', done: true, timed: true },
      { id: undefined, done: true, timed: true },
    ]);
  });
};

describeFirestore({ order, filters, 'parts of an answer': partsOfAnAnswer });
