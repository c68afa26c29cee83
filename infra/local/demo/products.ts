// The sample's collection `products`, which has no schema: every type Firestore knows, at its limits, and
// names of fields that no column could bear.
import { FieldValue, GeoPoint, Timestamp } from '@google-cloud/firestore';
import type { SampleContext, SampleDocument } from './documents.ts';
import { timestampAt } from './times.ts';

export function* products(context: SampleContext): Generator<SampleDocument> {
  const { source } = context;
  if (source.counts.products === 0) return;
  yield { path: 'products/every-type', data: everyType(context) };
  yield { path: 'products/every-name', data: EVERY_NAME };
  for (let index = 2; index < source.counts.products; index += 1) {
    const id = `product-${String(index).padStart(5, '0')}`;
    yield { path: `products/${id}`, data: product(context, id) };
  }
}

function product({ random, firestore }: SampleContext, id: string): SampleDocument['data'] {
  return {
    name: `Product ${id}`,
    price: { amount: random.integer(1, 100_000) / 100, currency: random.pick(['GBP', 'EUR']) },
    in_stock: random.once(2),
    quantity: random.integer(0, 500),
    categories: random.some(['books', 'games', 'garden', 'music 🎵'], random.integer(0, 3)),
    similar: firestore.doc(`products/product-${String(random.integer(2, 99)).padStart(5, '0')}`),
    added_at: timestampAt(random),
  };
}

function everyType({ firestore }: SampleContext): SampleDocument['data'] {
  return {
    nothing: null,
    yes: true,
    no: false,
    integers: {
      least: -9_223_372_036_854_775_808n,
      most: 9_223_372_036_854_775_807n,
      beyond_doubles: 9_007_199_254_740_993n,
      zero: 0,
    },
    doubles: {
      negative_zero: -0,
      not_a_number: Number.NaN,
      infinity: Number.POSITIVE_INFINITY,
      negative_infinity: Number.NEGATIVE_INFINITY,
      least: 5e-324,
      most: Number.MAX_VALUE,
      third: 1 / 3,
    },
    timestamps: {
      first: new Timestamp(-62_135_596_800, 0),
      last: new Timestamp(253_402_300_799, 999_999_000),
      epoch: new Timestamp(0, 0),
      microsecond: new Timestamp(1_767_225_600, 1_000),
    },
    strings: {
      empty: '',
      emoji: '👩‍👩‍👧 family',
      quote: '"\\\n\t',
      right_to_left: 'שלום',
      long: 'é'.repeat(1000),
    },
    bytes: { empty: Buffer.alloc(0), some: Buffer.from([0, 1, 254, 255]) },
    reference: firestore.doc('apis/orders-v1/versions/1.0.0'),
    place: new GeoPoint(-90, 180),
    array: [1, 'two', null, { three: 3 }, 4.5],
    empty_array: [],
    map: { a: { b: { c: { d: 'deep' } } } },
    empty_map: {},
    vector: FieldValue.vector([0.25, -1, 3e8]),
  };
}

const EVERY_NAME: SampleDocument['data'] = {
  'a.b': 'a dot',
  'two words': true,
  Case: 'upper',
  case: 'lower',
  '1st': 'a digit first',
  select: 'a keyword',
  _data: 'a name like a system column',
  constructor: 'a name every object has',
  'naïve ☕': 'beyond ASCII',
  '`quoted`': 'back quotes',
};
