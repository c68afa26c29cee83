// What a line of an upload becomes: a document, or a row of ours once more.
import type { Collection } from '@firesink/shared/config/environment.ts';
import { encodeRow } from '@firesink/shared/rows/encode.ts';
import { parseJsonValue } from '@firesink/shared/rows/json-value.ts';
import { compileRow } from '@firesink/shared/rows/program.ts';
import { compileUploadRow } from '@firesink/shared/snapshots/upload-row.ts';
import { describe, test } from 'vitest';

const APIS: Collection = {
  name: 'apis',
  path: 'tenants/acme/apis',
  group: false,
  sources: ['orders-dev'],
  table: 'firestore_apis',
  schema: [
    { name: 'title', type: 'STRING', mode: 'NULLABLE' },
    { name: 'calls', type: 'INT64', mode: 'NULLABLE' },
    { name: 'owner_team', type: 'STRING', mode: 'NULLABLE' },
    { name: 'seen', type: 'TIMESTAMP', mode: 'NULLABLE' },
    { name: 'place', type: 'GEOGRAPHY', mode: 'NULLABLE' },
  ],
  columns: new Map([['owner_team', ['owner', 'team']]]),
  redact: [],
  data: 'full',
  where: [],
};

const HEAD = {
  slice: 4782,
  run: '20261123T230000.000Z_upload_0f3a9c21d4e5',
  source: 'orders-dev',
  projectId: 'acme-apis-dev',
  databaseId: 'orders',
  readTime: { seconds: 1795474800n, nanos: 0 },
};

/** What every row here begins with. */
const BEGIN =
  '{"_slice":4782,"_run":"20261123T230000.000Z_upload_0f3a9c21d4e5","_source":"orders-dev",' +
  '"_project_id":"acme-apis-dev","_database_id":"orders","_read_time":"2026-11-23T23:00:00.000000Z",';

/** The row, without what is the same in all of them. */
function rowOf(line: string, overrides: Partial<Collection> = {}, number = 7): string {
  const collection = { ...APIS, ...overrides };
  const { schema: columns, columns: columnPaths, redact, data } = collection;
  const program = compileRow({ columns, columnPaths, redact, data, input: 'json' });
  const { head, fields, columnFields } = compileUploadRow(collection)(parseJsonValue(line), number);
  const row = encodeRow(program, { ...HEAD, ...head }, fields, columnFields).line;
  if (!row.startsWith(BEGIN)) throw new Error(`begins otherwise: ${row}`);
  return row.slice(BEGIN.length);
}

const named = (id: string, rest: string, path = `tenants/acme/apis/${id}`) =>
  `"_document_id":"${id}","_document_path":"${path}",${rest}}`;

describe('a plain document', () => {
  test.for([
    [
      'has the id it is given',
      '{"_document_id":"orders","id":"x"}',
      'orders',
      '"_data":{"id":"x"}',
    ],
    [
      'has its field id as its id, and keeps it',
      '{"id":"orders"}',
      'orders',
      '"_data":{"id":"orders"}',
    ],
    [
      'has its integer id as its id, all 64 bits',
      '{"id":9007199254740993}',
      '9007199254740993',
      '"_data":{"id":9007199254740993}',
    ],
    ['has its number for an id, without any', '{"a":1}', '7', '"_data":{"a":1}'],
    ['has its number for an id, where id is no id', '{"id":1.5}', '7', '"_data":{"id":1.5}'],
    ['has its number for an id, where id is empty', '{"id":""}', '7', '"_data":{"id":""}'],
    [
      'has its number for an id, where id is null',
      '{"_document_id":null,"id":null}',
      '7',
      '"_data":{"id":null}',
    ],
    [
      'keeps names like those of other systems',
      '{"id":"a","_source":{"x":1},"_run":1}',
      'a',
      '"_data":{"id":"a","_source":{"x":1},"_run":1}',
    ],
    [
      'is one also where its _data is no object',
      '{"id":"a","_data":[1]}',
      'a',
      '"_data":{"id":"a","_data":[1]}',
    ],
    ['may be empty', '{}', '7', '"_data":{}'],
  ] as const)('%s', ([, line, id, data], { expect }) => {
    expect(rowOf(line)).toBe(named(id, data));
  });

  test('fills its columns, and what has none stays in _data', ({ expect }) => {
    expect(
      rowOf('{"id":"a","calls":9007199254740993,"owner":{"team":"pay"},"extra":[1,2.0]}'),
    ).toBe(
      named(
        'a',
        '"_data":{"id":"a","calls":9007199254740993,"owner":{"team":"pay"},"extra":[1,2.0]},' +
          '"calls":"9007199254740993","owner_team":"pay"',
      ),
    );
  });

  test('is refused with an id that is no text', ({ expect }) => {
    for (const id of ['7', '""', '{}']) {
      expect(() => rowOf(`{"_document_id":${id}}`)).toThrow(
        expect.objectContaining({
          outcome: 'refused',
          code: 'bad-row',
          what: 'its _document_id is not a text',
        }),
      );
    }
  });

  test.for([
    ['[1]', 'is an array, not an object'],
    ['"a"', 'is a text, not an object'],
    ['1', 'is a number, not an object'],
    ['1.5', 'is a number, not an object'],
    ['null', 'is null, not an object'],
    ['true', 'is boolean, not an object'],
  ] as const)('is an object: %s', ([line, what], { expect }) => {
    expect(() => rowOf(line)).toThrow(
      expect.objectContaining({ outcome: 'refused', code: 'bad-row', what }),
    );
  });
});

describe('a row of ours', () => {
  const OLD =
    '"_slice":1,"_run":"20260101T000000.000Z","_source":"other","_project_id":"p","_database_id":"d",' +
    '"_read_time":"2026-01-01T00:00:00.000000Z"';

  test('comes back as it was, but for slice, source and run', ({ expect }) => {
    const rest = named(
      'orders',
      '"_data":{"title":"Orders","calls":9007199254740993,"owner":{"team":"pay"},"place":{"latitude":1.5,"longitude":2.0}},' +
        '"_create_time":"2025-01-01T00:00:00.123456Z","_update_time":"2025-06-01T00:00:00.000001Z",' +
        '"title":"Orders","calls":"9007199254740993","owner_team":"pay","place":"POINT(2 1.5)"',
    );

    expect(rowOf(`{${OLD},${rest}`)).toBe(rest);
  });

  test('of `data: rest` comes back as it was', ({ expect }) => {
    const rest = named(
      'orders',
      '"_data":{"extra":1},"title":"Orders","calls":5,"owner_team":"pay"',
    );

    expect(rowOf(`{${OLD},${rest}`, { data: 'rest' })).toBe(rest);
  });

  test('of `data: rest` is whole again where the configuration says full', ({ expect }) => {
    const rest = named(
      'orders',
      '"_data":{"extra":1,"owner":{"mail":"x"}},"title":"Orders","owner_team":"pay"',
    );

    expect(rowOf(`{${OLD},${rest}`)).toBe(
      named(
        'orders',
        '"_data":{"extra":1,"owner":{"mail":"x","team":"pay"},"title":"Orders"},"title":"Orders","owner_team":"pay"',
      ),
    );
  });

  test('keeps a column that was corrected, and its document', ({ expect }) => {
    expect(rowOf('{"_document_id":"a","_data":{"calls":1},"calls":"2"}')).toBe(
      named('a', '"_data":{"calls":1},"calls":2'),
    );
  });

  test('fills a column that is younger than the row', ({ expect }) => {
    expect(rowOf('{"_document_id":"a","_data":{"calls":1,"title":"A"},"calls":1}')).toBe(
      named('a', '"_data":{"calls":1,"title":"A"},"title":"A","calls":1'),
    );
  });

  test('keeps what was in a column that is no more', ({ expect }) => {
    expect(rowOf('{"_document_id":"a","_data":{},"gone":{"x":1}}')).toBe(
      named('a', '"_data":{"gone":{"x":1}}'),
    );
  });

  test('has its row errors found anew', ({ expect }) => {
    const old =
      '"_row_errors":[{"field":"calls","expected":"INT64","actual":"string","reason":"old"}]';

    expect(rowOf(`{"_document_id":"a","_data":{"calls":"many"},${old}}`)).toBe(
      named(
        'a',
        '"_data":{"calls":"many"},"_row_errors":[{"field":"calls","expected":"INT64","actual":"string \\"many\\"",' +
          '"reason":"the text is not a 64-bit integer"}]',
      ),
    );
  });

  test('keeps a value that fits no column any more', ({ expect }) => {
    expect(rowOf('{"_document_id":"a","_data":{},"calls":"many"}', { data: 'rest' })).toBe(
      named(
        'a',
        '"_data":{"calls":"many"},"_row_errors":[{"field":"calls","expected":"INT64","actual":"string \\"many\\"",' +
          '"reason":"the text is not a 64-bit integer"}]',
      ),
    );
  });

  test('leaves out what is redacted, in its document and in its columns', ({ expect }) => {
    const redact = [['owner', 'team'], ['title']];
    const row =
      '{"_document_id":"a","_data":{"owner":{"team":"pay","x":1}},"title":"A","owner_team":"pay"}';

    expect(rowOf(row, { redact })).toBe(named('a', '"_data":{"owner":{"x":1}}'));
  });

  test('as bq shows it: _data as text, NULLs written out', ({ expect }) => {
    const row =
      '{"_document_id":"a","_data":"{\\"calls\\":1}","calls":"1","title":null,"_row_errors":[]}';

    expect(rowOf(row)).toBe(named('a', '"_data":{"calls":1},"calls":1'));
  });

  test.for([
    ['its own path', '"_document_path":"tenants/other/apis/a"', 'tenants/other/apis/a'],
    ['no path', '"_data":{}', 'tenants/acme/apis/a'],
    [
      'the path of another document',
      '"_document_path":"tenants/other/apis/b"',
      'tenants/acme/apis/a',
    ],
    ['the path of a collection', '"_document_path":"tenants/other/a"', 'tenants/acme/apis/a'],
    ['a path with a hole', '"_document_path":"tenants//apis/a"', 'tenants/acme/apis/a'],
    ['a path that is no text', '"_document_path":7', 'tenants/acme/apis/a'],
  ] as const)('with %s', ([, column, path], { expect }) => {
    const data = column.startsWith('"_data"') ? '' : ',"_data":{}';

    expect(rowOf(`{"_document_id":"a",${column}${data}}`)).toBe(named('a', '"_data":{}', path));
  });

  test('with times that are none has none', ({ expect }) => {
    const row = '{"_document_id":"a","_data":{},"_create_time":"yesterday","_update_time":7}';

    expect(rowOf(row)).toBe(named('a', '"_data":{}'));
  });

  test('without an id has that of its document', ({ expect }) => {
    expect(rowOf('{"_data":{"id":"orders"}}')).toBe(named('orders', '"_data":{"id":"orders"}'));
    expect(rowOf('{"_data":{}}')).toBe(named('7', '"_data":{}'));
  });
});
