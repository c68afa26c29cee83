// What is hard to bring over, written with Google's Firestore client and read back from the table: documents
// at the limits of what Firestore takes, and a real API description of 811 documents.
import { fileURLToPath } from 'node:url';
import type { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { firestoreOf } from '../support/local.ts';
import {
  firesink,
  publish,
  query,
  type Row,
  rowsOf,
  statusOf,
  upload,
} from '../support/pipeline.ts';
import { CASES } from './documents/cases.ts';
import { apiDocuments, type Json, unwrap } from './documents/openapi.ts';

const CONFIG = fileURLToPath(new URL('../fixtures/documents/firesink.yaml', import.meta.url));

let system: LocalSystem;
let firestore: Firestore;
let rows: Map<unknown, Row>;

beforeAll(async () => {
  system = await startLocal({ config: CONFIG });
  firestore = firestoreOf(system, { project: 'acme-limits' });
  for (const { id, fields } of CASES) await firestore.doc(`typed/${id}`).set(fields(firestore));
  const writer = firestore.bulkWriter();
  for (const { id, fields } of apiDocuments())
    void writer.set(firestore.doc(`paths/${id}`), fields);
  await writer.close();
  await publish(system, 'schedule', {});
  await system.idle();
  const typed = await rowsOf(system, 'firestore_typed', 'acme-limits');
  rows = new Map(typed.map((row) => [row._document_id, row]));
});

afterAll(async () => {
  await firestore?.terminate();
  await system?.[Symbol.asyncDispose]();
});

test('every document is a row', async () => {
  const { slices } = await statusOf(system);
  expect(slices).toMatchObject([
    { collection: 'typed', state: 'loaded', documents: CASES.length, rows: CASES.length },
    { collection: 'uploaded', state: 'empty' },
    { collection: 'paths', state: 'loaded', documents: 811, rows: 811, rowErrors: 0 },
  ]);
});

describe('a document with', () => {
  test.for(CASES)('$with', ({ id, columns, data, errors = [] }) => {
    const row = rows.get(id);
    expect(columnsOf(row)).toEqual(columns);
    expect(row?._row_errors).toEqual(
      errors.map(([field, expected, actual, reason]) => ({ field, expected, actual, reason })),
    );
    expect(row?._data).toBe(data);
    expect(row).toMatchObject({ _document_path: `typed/${id}`, _source: 'acme-limits' });
  });
});

/** What a row has in its own columns, without what is NULL or empty. Google's wrappers as their texts. */
function columnsOf(row: Row = {}): Record<string, unknown> {
  const own = Object.entries(row).filter(([name]) => !name.startsWith('_'));
  const columns = own.map(([name, value]): [string, unknown] => [name, plain(value)]);
  return Object.fromEntries(columns.filter(([, value]) => !isEmpty(value)));
}

const isEmpty = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.length === 0);

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    return String(Reflect.get(value, 'value') ?? value);
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

test('a lone surrogate is refused by Firestore; from a file it is U+FFFD and a row error', async () => {
  const surrogate = firestore.doc('typed/surrogate').set({ text: 'a\uD800b' });
  await expect(surrogate).rejects.toThrow('invalid UTF-8');
  const line = '{"_document_id":"surrogate","text":"a\\ud800b","tags":["fine"]}\n';
  await upload(system, 'uploads/firestore/acme-limits/uploaded/surrogate.ndjson', line);
  await system.idle();
  const [row] = await rowsOf(system, 'firestore_uploaded', 'acme-limits');
  expect(columnsOf(row)).toEqual({ text: 'a\uFFFDb', tags: ['fine'] });
  expect(row).toMatchObject({
    _data: '{"tags":["fine"],"text":"a\uFFFDb"}',
    _row_errors: [{ field: 'text' }],
  });
});

test('integers of 64 bits come out of query whole, for people and for machines', async () => {
  const sql = "SELECT number, owner.size FROM firestore_typed WHERE _document_id = 'integers'";
  expect(await query(system, sql)).toEqual([
    { number: 9223372036854775807n, size: -9223372036854775808n },
  ]);
  const people = await firesink(system, ['query', sql]);
  expect(people.stdout).toContain('9223372036854775807');
  const machines = await firesink(system, ['--json', 'query', sql]);
  expect(machines.stdout).toBe('[{"number":9223372036854775807,"size":-9223372036854775808}]\n');
});

describe('the paths of a real API description', () => {
  test('are in _data, every value as in its origin', async () => {
    const paths = await rowsOf(system, 'firestore_paths', 'acme-limits');
    const found = new Map(
      paths.map((row): [unknown, Json] => [row.path, unwrap(JSON.parse(String(row._data)))]),
    );
    for (const { path, origin } of apiDocuments()) {
      expect(found.get(path), path).toEqual({ path, ...origin });
    }
    expect(found.size).toBe(811);
  });

  test('are in their columns, too', async () => {
    const paths = await rowsOf(system, 'firestore_paths', 'acme-limits');
    const found = new Map(paths.map((row) => [row.path, row]));
    for (const { path, origin } of apiDocuments()) {
      const { get } = origin;
      const row = found.get(path) ?? {};
      const json = (text: unknown) => unwrap(JSON.parse(String(text)));
      const columns = {
        operation: row.get_operation,
        summary: row.get_summary,
        tags: row.get_tags,
        description: row.get_description,
        parameters: Array.isArray(row.get_parameters) ? row.get_parameters.map(json) : undefined,
        responses: json(row.get_responses),
        category: row.get_category,
        apps: row.get_apps,
      };
      expect(columns, path).toEqual({
        operation: get?.operationId ?? null,
        summary: get?.summary ?? null,
        tags: get?.tags ?? [],
        description: get?.description ?? null,
        parameters: get?.parameters ?? [],
        responses: get?.responses ?? null,
        category: get?.['x-github']?.category ?? null,
        apps: get?.['x-github']?.enabledForGitHubApps ?? null,
      });
    }
  });
});
