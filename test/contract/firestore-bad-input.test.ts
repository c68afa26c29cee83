// What Firestore refuses, with its code and its words. Where only the code is compared, Google's emulator
// has words of its own.
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { test } from 'vitest';
import { runQuery } from '../support/firestore-api.ts';
import { describeFirestore, type Endpoint, type Subject } from './firestore-suite.ts';

type ApiWrite = NonNullable<
  NonNullable<Parameters<Endpoint['api']['commit']>[0]>['writes']
>[number];
type ApiValue = NonNullable<NonNullable<ApiWrite['update']>['fields']>[string];

const INVALID = status.INVALID_ARGUMENT;
const one: ApiValue = { integerValue: 1 };
const map = (fields: Record<string, ApiValue>): ApiValue => ({ mapValue: { fields } });
const array = (...values: ApiValue[]): ApiValue => ({ arrayValue: { values } });
const text = (bytes: number): ApiValue => ({ stringValue: 'x'.repeat(bytes) });

/** So many maps (and, in turn, arrays) around a number. */
const nested = (levels: number, mixed = false): ApiValue =>
  Array.from({ length: levels }).reduce<ApiValue>(
    (value, _, level) => (mixed && level % 2 === 0 ? array(value) : map({ a: value })),
    one,
  );

const documents = ({ endpoint }: Subject) => {
  const write = async (id: string, fields: Record<string, ApiValue>): Promise<void> => {
    const { name } = endpoint().newDatabase();
    const update = { name: `${name}/documents/${id}`, fields };
    await endpoint().api.commit({ database: name, writes: [{ update }] });
  };

  const refused: [string, string, Record<string, ApiValue>, string][] = [
    ['a reserved field name', 'c/d', { __foo__: one }, 'field name __foo__ is reserved'],
    ['one in a map', 'c/d', { m: map({ __foo__: one }) }, "field name '__foo__' is reserved."],
    ['an empty field name', 'c/d', { '': one }, 'The property.name is the empty string.'],
    [
      'one in a map',
      'c/d',
      { m: map({ '': one }) },
      'Property m contains an invalid nested entity.',
    ],
    [
      'a field name of 1501 bytes',
      'c/d',
      { [`${'é'.repeat(750)}x`]: one },
      'The property.name is longer than 1500 bytes.',
    ],
    [
      'an id of 1501 bytes',
      `c/${'é'.repeat(750)}x`,
      {},
      'The key path element name is longer than 1500 bytes.',
    ],
    ['a reserved id', 'c/__r__', {}, 'Resource id "__r__" is invalid because it is reserved.'],
    [
      'a reserved collection',
      '__r__/d',
      {},
      'Collection id "__r__" is invalid because it is reserved.',
    ],
    [
      '21 levels of maps',
      'c/d',
      { a: nested(21) },
      'Property a contains an invalid nested entity.',
    ],
    [
      '21 levels of maps and arrays',
      'c/d',
      { a: nested(21, true) },
      'Property a contains an invalid nested entity.',
    ],
    [
      'an array in an array',
      'c/d',
      { a: array(array(one)) },
      'Cannot convert an array value in an array value.',
    ],
    [
      'a value without a type',
      'c/d',
      { a: {} },
      'Cannot convert firestore.v1.Value with type unset.',
    ],
    [
      'a text of 1 MiB',
      'c/d',
      { a: text(1_048_488) },
      'The value of property "a" is longer than 1048487 bytes.',
    ],
    [
      // 21 for its name, 32 for itself, 2 for each field's name, 1 for each text's end, and one too many.
      'a document of more than 1 MiB',
      'sz/a',
      { a: text(548_518), b: text(500_000) },
      'maximum entity size is 1048576 bytes',
    ],
    [
      'a time before the year 1',
      'c/d',
      { a: { timestampValue: { seconds: -62_135_596_801 } } },
      'Timestamp seconds exceeds limit for field.',
    ],
    [
      'nanoseconds below zero',
      'c/d',
      { a: { timestampValue: { seconds: 1, nanos: -1 } } },
      'Timestamp nanos exceeds limit for field.',
    ],
    [
      'a place beyond the pole',
      'c/d',
      { a: { geoPointValue: { latitude: 91, longitude: 0 } } },
      "Geo point latitude '91.0' outside permitted range -90.0 to 90.0.",
    ],
    [
      'a reference that is none',
      'c/d',
      { a: { referenceValue: 'foo' } },
      'Resource name "foo" lacks "projects" at index 0.',
    ],
    [
      'a vector of integers',
      'c/d',
      { a: map({ __type__: { stringValue: '__vector__' }, value: array(one) }) },
      "Vector must only contain values of type 'double'",
    ],
  ];

  test.for(refused)('%s is refused', async ([, id, fields, details], { expect }) => {
    await expect(write(id, fields)).rejects.toMatchObject({ code: INVALID, details });
  });

  const accepted: [string, string, Record<string, ApiValue>][] = [
    ['a field name of 1500 bytes', 'c/d', { ['é'.repeat(750)]: one }],
    ['an id of 1500 bytes', `c/${'é'.repeat(750)}`, {}],
    ['a numeric id', 'c/__id-9223372036854775808__', {}],
    ['20 levels of maps', 'c/d', { a: nested(20) }],
    ['20 levels of maps and arrays', 'c/d', { a: nested(20, true) }],
    ['a document of 1 MiB', 'sz/a', { a: text(548_517), b: text(500_000) }],
    [
      'a reference to another project',
      'c/d',
      { a: { referenceValue: 'projects/other/databases/x/documents/a/b' } },
    ],
    ['a path of 200 ids', Array.from({ length: 200 }, () => 'a').join('/'), {}],
  ];

  test.for(accepted)('%s is accepted', async ([, id, fields]) => {
    await write(id, fields);
  });
};

const requests = ({ endpoint, isGoogles }: Subject) => {
  const invalid = (details: string) => ({ code: INVALID, details });

  test('names are spelled out to where they go wrong', async ({ expect }) => {
    const { name } = endpoint().newDatabase();
    const { api } = endpoint();
    const get = (path: string) => api.getDocument({ name: `${name}/documents/${path}` });
    const length = `${name}/documents/a`.length;
    await expect(get('a')).rejects.toMatchObject(
      invalid(`Document name "${name}/documents/a" lacks "/" at index ${length}.`),
    );
    await expect(get('a//')).rejects.toMatchObject(
      invalid(`Document name "${name}/documents/a//" lacks a resource id at index ${length + 1}.`),
    );
    await expect(get('a/..')).rejects.toMatchObject(
      invalid(
        `Document name "${name}/documents/a/.." contains a resource id ".." at index ${length + 1}.`,
      ),
    );
    await expect(get('a/b')).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: `Document (${name}/documents/a/b) not found.`,
    });
  });

  test('writes that say nothing, or the same twice, are refused', async ({ expect }) => {
    const { name } = endpoint().newDatabase();
    const { api } = endpoint();
    await expect(api.commit({ database: name, writes: [{}] })).rejects.toMatchObject(
      invalid('empty write operation'),
    );
    const update = { name: `${name}/documents/a/b`, fields: {} };
    await expect(
      api.batchWrite({ database: name, writes: [{ update }, { update }] }),
    ).rejects.toMatchObject(
      invalid('the same document cannot be written more than once in a single request'),
    );
  });

  test('queries that make no sense are refused', async ({ expect }) => {
    const { name } = endpoint().newDatabase();
    const run = (structuredQuery: Record<string, unknown>) =>
      runQuery(endpoint().api, { parent: `${name}/documents`, structuredQuery });
    const from = [{ collectionId: 'c' }];
    const order = { field: { fieldPath: 'v' }, direction: 'ASCENDING' };
    const inList = (values: ApiValue[]) => ({
      fieldFilter: { field: { fieldPath: 'v' }, op: 'IN', value: array(...values) },
    });
    const cases: [Record<string, unknown>, string][] = [
      [
        { from: [...from, ...from] },
        'StructuredQuery.from cannot have more than one collection selector.',
      ],
      [
        { from: [{ collectionId: 'c/d' }] },
        'Collection id "c/d" is invalid because it contains "/".',
      ],
      [{ from, limit: { value: -1 } }, 'limit is negative'],
      [{ from, offset: -1 }, 'offset is negative'],
      [{ from, orderBy: [order, order] }, 'order by clause cannot contain duplicate fields v'],
      [{ from, startAt: { values: [one] } }, 'Cursor has too many values.'],
      [{ from, where: {} }, 'Unknown Filter type.'],
      [{ from, where: inList([]) }, "'IN' requires an non-empty ArrayValue."],
      [
        { from, where: inList(Array.from({ length: 31 }, () => one)) },
        "'IN' supports up to 30 comparison values.",
      ],
    ];
    for (const [query, details] of cases) {
      await expect(run(query)).rejects.toMatchObject(invalid(details));
    }
  });

  if (!isGoogles) {
    test("a request of more than 11 MiB is refused (Google's emulator: 4 MiB, other words)", async ({
      expect,
    }) => {
      const { name } = endpoint().newDatabase();
      const writes = Array.from({ length: 12 }, (_, at) => ({
        update: { name: `${name}/documents/big/${at}`, fields: { a: text(1_000_000) } },
      }));
      await expect(endpoint().api.commit({ database: name, writes })).rejects.toMatchObject(
        invalid('Request payload size exceeds the limit: 11534336 bytes.'),
      );
    });

    test("a document of another database is refused (Google's emulator writes it)", async ({
      expect,
    }) => {
      const { name } = endpoint().newDatabase();
      const other = endpoint().newDatabase();
      const update = { name: `${other.name}/documents/a/b`, fields: {} };
      await expect(
        endpoint().api.commit({ database: name, writes: [{ update }] }),
      ).rejects.toMatchObject({ code: INVALID });
    });

    test("what is no UTF-8, or no message, is refused (Google's emulator: UNKNOWN)", async ({
      expect,
    }) => {
      const { name } = endpoint().newDatabase();
      const field = (number: number, body: Buffer) =>
        Buffer.concat([Buffer.from([number * 8 + 2, body.length]), body]);
      const named = field(1, Buffer.from(`${name}/documents/a/b`));
      // A Value's string_value, field 17, has two bytes of tag.
      const value = Buffer.from([0x8a, 0x01, 2, 0xc3, 0x28]);
      const entry = field(2, Buffer.concat([field(1, Buffer.from('a')), field(2, value)]));
      const write = field(2, field(1, Buffer.concat([named, entry])));
      const commit = Buffer.concat([field(1, Buffer.from(name)), write]);
      await expect(send(commit)).rejects.toMatchObject(
        invalid('String field contains invalid UTF-8 data.'),
      );
      await expect(send(Buffer.from([0xff, 0xff]))).rejects.toMatchObject({ code: INVALID });
    });
  }

  function send(commit: Buffer): Promise<Buffer | undefined> {
    const client = new Client(endpoint().host, credentials.createInsecure());
    const same = (bytes: Buffer) => bytes;
    const path = '/google.firestore.v1.Firestore/Commit';
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, commit, new Metadata(), (error, answer) => {
        client.close();
        if (error) reject(error);
        else resolve(answer);
      });
    });
  }
};

describeFirestore({ documents, requests });
