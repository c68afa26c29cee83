import {
  FieldPath,
  FieldValue,
  GeoPoint,
  type QueryDocumentSnapshot,
  Timestamp,
} from '@google-cloud/firestore';
import { describe, test } from 'vitest';
import { describeFirestore, type Subject } from './firestore-suite.ts';

const values = ({ endpoint }: Subject) => {
  test('every type comes back as it was written', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('types/all');
    const values = {
      text: 'Grüße, \u{1f525} \0 "quoted"',
      empty: '',
      yes: true,
      no: false,
      nothing: null,
      integer: 42,
      double: 0.1,
      tiny: 5e-324,
      infinite: -Infinity,
      bytes: Buffer.from([0, 255, 1]),
      place: new GeoPoint(-90, 180),
      nowhere: new GeoPoint(0, 0),
      link: client.doc('other/doc'),
      list: [1, 'two', null, { three: [3] }],
      emptyList: [],
      map: { a: { b: { c: 'd' } } },
      emptyMap: {},
      vector: FieldValue.vector([1.5, -2, 0]),
    };
    await reference.set(values);
    const document = await reference.get();
    expect(document.data()).toEqual({
      ...values,
      vector: FieldValue.vector([1.5, -2, 0]),
    });
  });

  test('int64, minus zero and NaN keep every bit', async ({ expect }) => {
    const { name } = endpoint().newDatabase();
    const document = {
      name: `${name}/documents/numbers/edge`,
      fields: {
        max: { integerValue: '9223372036854775807' },
        min: { integerValue: '-9223372036854775808' },
        odd: { integerValue: '9007199254740993' },
        minusZero: { doubleValue: -0 },
        nan: { doubleValue: NaN },
        vector: {
          mapValue: {
            fields: {
              value: { arrayValue: { values: [{ doubleValue: -0 }] } },
              __type__: { stringValue: '__vector__' },
            },
          },
        },
      },
    };
    await endpoint().api.commit({ database: name, writes: [{ update: document }] });
    const [found] = await endpoint().api.getDocument({ name: document.name });
    const fields = found.fields ?? {};
    expect(fields.max?.integerValue).toBe('9223372036854775807');
    expect(fields.min?.integerValue).toBe('-9223372036854775808');
    expect(fields.odd?.integerValue).toBe('9007199254740993');
    expect(fields.minusZero?.doubleValue).toBe(-0);
    expect(fields.nan?.doubleValue).toBeNaN();
    const vector = fields.vector?.mapValue?.fields ?? {};
    expect(Object.keys(vector)).toEqual(['__type__', 'value']);
    expect(vector.value?.arrayValue?.values?.[0]?.doubleValue).toBe(-0);
  });

  test('timestamps from year 1 to 9999 keep microseconds, and nothing finer', async ({
    expect,
  }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('times/edge');
    await reference.set({
      first: new Timestamp(-62_135_596_800, 0),
      beforeEpoch: new Timestamp(-1, 999_999_999),
      last: new Timestamp(253_402_300_799, 999_999_999),
      fine: new Timestamp(1, 123_456_789),
    });
    const document = await reference.get();
    expect(document.data()).toEqual({
      first: new Timestamp(-62_135_596_800, 0),
      beforeEpoch: new Timestamp(-1, 999_999_000),
      last: new Timestamp(253_402_300_799, 999_999_000),
      fine: new Timestamp(1, 123_456_000),
    });
  });

  test('maps keep the order of their keys, changed ones go to the end', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('order/keys');
    await reference.set({ zeta: 1, alpha: 2, B: 3, é: 4, 'a b': 5, inner: { y: 1, x: 2 } });
    expect(Object.keys((await reference.get()).data() ?? {})).toEqual([
      'zeta',
      'alpha',
      'B',
      'é',
      'a b',
      'inner',
    ]);
    await reference.update({ alpha: 3, B: 3 });
    await reference.update({ 'inner.y': 2 });
    const changed = (await reference.get()).data() ?? {};
    expect(Object.keys(changed)).toEqual(['zeta', 'B', 'é', 'a b', 'alpha', 'inner']);
    expect(Object.keys(changed.inner)).toEqual(['x', 'y']);
  });

  test('documents of every length come back, whatever is nested in what', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    // Lengths are written in one byte up to 127, in two up to 16,383, in three up to 2,097,151.
    const lengths = [0, 1, 100, 125, 126, 127, 128, 129, 16_370, 16_381, 16_384, 400_000];
    const document = Object.fromEntries(
      lengths.map((length) => {
        const text = 'é'.repeat(length / 2) + 'x'.repeat(length % 2);
        return [`of ${length}`, { text, list: [{ deep: { text: 'y'.repeat(length % 1000) } }] }];
      }),
    );
    await client.doc('lengths/all').set(document);
    expect((await client.doc('lengths/all').get()).data()).toEqual(document);
  });

  test('field names may hold anything but reserved words', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('names/odd');
    const fields = {
      'a.b': 1,
      '`': 2,
      '\\': 3,
      ' ': 4,
      '\u{1f600}': 5,
      __proto: 6,
      constructor: 7,
    };
    await reference.set(fields);
    await reference.update(new FieldPath('a.b'), 11, new FieldPath('`'), FieldValue.delete());
    const { '`': _, ...others } = fields;
    expect((await reference.get()).data()).toEqual({ ...others, 'a.b': 11 });
  });
};

const writes = ({ endpoint }: Subject) => {
  test('a document has the times of its creation and of its last change', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('times/own');
    const created = await reference.set({ a: 1 });
    const changed = await reference.set({ a: 2 });
    const document = await reference.get();
    expect(document.createTime).toEqual(created.writeTime);
    expect(document.updateTime).toEqual(changed.writeTime);
    expect(changed.writeTime.valueOf() > created.writeTime.valueOf()).toBe(true);
    expect(changed.writeTime.nanoseconds % 1000).toBe(0);
  });

  test('a write that changes nothing leaves the update time', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('times/same');
    const first = await reference.set({ a: 1, b: { c: 2, d: 3 } });
    const second = await reference.set({ b: { d: 3, c: 2 }, a: 1 });
    expect(second.writeTime).toEqual(first.writeTime);
    expect((await reference.get()).updateTime).toEqual(first.writeTime);
  });

  test('a merge writes what it names, deletes what it names without a value, leaves the rest', async ({
    expect,
  }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('merge/a');
    await reference.set({ keep: 1, map: { keep: 1, drop: 2 }, text: 'scalar' });
    await reference.set(
      { map: { drop: FieldValue.delete(), add: 3 }, text: { now: { a: 'map' } } },
      { merge: true },
    );
    expect((await reference.get()).data()).toEqual({
      keep: 1,
      map: { keep: 1, add: 3 },
      text: { now: { a: 'map' } },
    });
  });

  test('a merge creates a document that is not there, even of nothing', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await client.doc('merge/new').set({}, { merge: true });
    const document = await client.doc('merge/new').get();
    expect(document.exists).toBe(true);
    expect(document.data()).toEqual({});
  });

  test('create refuses a document that exists, update one that does not', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('preconditions/a');
    await expect(reference.update({ a: 1 })).rejects.toMatchObject({ code: 5 });
    await expect(reference.delete({ exists: true })).rejects.toMatchObject({ code: 5 });
    await reference.create({ a: 1 });
    await expect(reference.create({ a: 2 })).rejects.toMatchObject({ code: 6 });
    expect((await reference.get()).data()).toEqual({ a: 1 });
  });

  test('a write may depend on the last update time', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const reference = client.doc('preconditions/time');
    const { writeTime } = await reference.set({ a: 1 });
    await reference.update({ a: 2 }, { lastUpdateTime: writeTime });
    await expect(reference.update({ a: 3 }, { lastUpdateTime: writeTime })).rejects.toMatchObject({
      code: 9,
      details: expect.stringContaining('does not match the required base version'),
    });
    expect((await reference.get()).data()).toEqual({ a: 2 });
  });

  test('a batch is written whole or not at all', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const failing = client.batch();
    failing.set(client.doc('batch/a'), { a: 1 });
    failing.update(client.doc('batch/missing'), { a: 1 });
    await expect(failing.commit()).rejects.toMatchObject({ code: 5 });
    expect((await client.doc('batch/a').get()).exists).toBe(false);

    const batch = client.batch();
    batch.create(client.doc('batch/a'), { a: 1 });
    batch.update(client.doc('batch/a'), { b: 2 });
    batch.set(client.doc('batch/b'), { c: 3 });
    const [first, second, third] = await batch.commit();
    expect((await client.doc('batch/a').get()).data()).toEqual({ a: 1, b: 2 });
    expect(first?.writeTime).toEqual(third?.writeTime);
    expect(second?.writeTime).toEqual(third?.writeTime);
  });

  test('a bulk writer hears of each write for itself', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    await client.doc('bulk/there').set({ a: 1 });
    const writer = client.bulkWriter();
    writer.onWriteError(() => false);
    const outcomes = Promise.allSettled([
      writer.set(client.doc('bulk/a'), { a: 1 }),
      writer.create(client.doc('bulk/there'), { a: 2 }),
      writer.update(client.doc('bulk/missing'), { a: 3 }),
      writer.delete(client.doc('bulk/never')),
    ]);
    await writer.close();
    expect(
      (await outcomes).map((outcome) =>
        outcome.status === 'fulfilled' ? 'written' : outcome.reason.code,
      ),
    ).toEqual(['written', 6, 5, 'written']);
    const { docs } = await client.collection('bulk').get();
    expect(docs.map((document: QueryDocumentSnapshot) => [document.id, document.data()])).toEqual([
      ['a', { a: 1 }],
      ['there', { a: 1 }],
    ]);
  });

  test('databases and projects do not see each other', async ({ expect }) => {
    const { client } = endpoint().newDatabase();
    const { client: named } = endpoint().newDatabase('orders');
    await client.doc('shared/a').set({ from: 'default' });
    await named.doc('shared/a').set({ from: 'named' });
    expect((await client.doc('shared/a').get()).data()).toEqual({ from: 'default' });
    expect((await named.doc('shared/a').get()).data()).toEqual({ from: 'named' });
    const { client: other } = endpoint().newDatabase();
    expect((await other.doc('shared/a').get()).exists).toBe(false);
  });

  describe('transforms', () => {
    test('compute increments, clamped to 64 bits', async ({ expect }) => {
      const { client, name } = endpoint().newDatabase();
      const reference = client.doc('transforms/numbers');
      await reference.set({ int: 1, double: 1.5, text: 'x' });
      await reference.update({
        int: FieldValue.increment(2),
        double: FieldValue.increment(1),
        text: FieldValue.increment(3),
        'new.nested': FieldValue.increment(4),
      });
      expect((await reference.get()).data()).toEqual({
        int: 3,
        double: 2.5,
        text: 3,
        new: { nested: 4 },
      });
      const document = `${name}/documents/transforms/clamped`;
      const increment = { fieldPath: 'n', increment: { integerValue: '9223372036854775807' } };
      const transform = { document, fieldTransforms: [increment, increment] };
      const [{ writeResults }] = await endpoint().api.commit({
        database: name,
        writes: [{ transform }],
      });
      expect(writeResults?.[0]?.transformResults?.map(({ integerValue }) => integerValue)).toEqual([
        '9223372036854775807',
        '9223372036854775807',
      ]);
    });

    test('put into arrays what is missing, and take all of a value out', async ({ expect }) => {
      const { client } = endpoint().newDatabase();
      const reference = client.doc('transforms/arrays');
      await reference.set({ union: [1, 2], remove: [1, 2, 1.0, 'x'], scalar: 5 });
      await reference.update({
        union: FieldValue.arrayUnion(2, 3, 3),
        remove: FieldValue.arrayRemove(1),
        scalar: FieldValue.arrayUnion('a'),
        fresh: FieldValue.arrayRemove('a'),
      });
      expect((await reference.get()).data()).toEqual({
        union: [1, 2, 3],
        remove: [2, 'x'],
        scalar: ['a'],
        fresh: [],
      });
    });

    test('keep the greater or the lesser number', async ({ expect }) => {
      const { client } = endpoint().newDatabase();
      const reference = client.doc('transforms/extremes');
      await reference.set({ low: 5, high: 5, text: 'x' });
      await reference.update({
        low: FieldValue.minimum(3),
        high: FieldValue.maximum(3),
        text: FieldValue.maximum(3),
      });
      expect((await reference.get()).data()).toEqual({ low: 3, high: 5, text: 3 });
    });

    test('set the time of the request, in whole milliseconds', async ({ expect }) => {
      const { client } = endpoint().newDatabase();
      const reference = client.doc('transforms/time');
      const { writeTime } = await reference.set({ at: FieldValue.serverTimestamp() });
      const { at } = (await reference.get()).data() ?? {};
      expect(at).toBeInstanceOf(Timestamp);
      expect(at.nanoseconds % 1_000_000).toBe(0);
      expect(Math.abs(at.toMillis() - writeTime.toMillis())).toBeLessThan(1000);
    });
  });
};

describeFirestore({ values, writes });
