import type { Column } from '@firesink/shared/rows/column.ts';
import { compileRow, encodeRow, type RowHead } from '@firesink/shared/rows/encode.ts';
import type { Value } from '@firesink/shared/rows/value.ts';

/** Written out in the tests' expectations: what every row begins with. */
export const HEAD: RowHead = {
  slice: 7,
  run: '20261123T230000.000Z',
  source: 'shop',
  projectId: 'shop-data',
  databaseId: '(default)',
  readTime: { seconds: 1_795_474_800n, nanos: 0 },
  documentId: 'orders',
  documentPath: 'apis/orders',
  createTime: { seconds: 1_700_000_000n, nanos: 123_456_000 },
  updateTime: { seconds: 1_700_000_001n, nanos: 0 },
};

/** Values as short as tests need them. */
export const value = {
  NULL: { kind: 'null' },
  boolean: (value: boolean): Value => ({ kind: 'boolean', value }),
  integer: (value: bigint): Value => ({ kind: 'integer', value }),
  double: (value: number): Value => ({ kind: 'double', value }),
  string: (value: string): Value => ({ kind: 'string', value }),
  bytes: (...value: number[]): Value => ({ kind: 'bytes', value: Uint8Array.from(value) }),
  reference: (value: string): Value => ({ kind: 'reference', value }),
  time: (seconds: bigint, nanos = 0): Value => ({ kind: 'timestamp', seconds, nanos }),
  geopoint: (latitude: number, longitude: number): Value => ({
    kind: 'geopoint',
    latitude,
    longitude,
  }),
  array: (...values: Value[]): Value => ({ kind: 'array', values }),
  vector: (...values: number[]): Value => ({ kind: 'vector', values }),
  map: (fields: Record<string, Value>): Value => ({
    kind: 'map',
    fields: new Map(Object.entries(fields)),
  }),
} as const;

type Row = { value?: unknown; _row_errors?: { field: string; reason: string }[] };

/** Everything of the line behind `_data`, which is what BigQuery reads into the column `v`. */
export function encodeColumn(
  column: Omit<Column, 'name'>,
  field: Value,
  input: 'firestore' | 'json',
) {
  const program = compileRow({ columns: [{ name: 'v', ...column }], data: 'full', input });
  const { line, rowErrors } = encodeRow(program, HEAD, new Map([['v', field]]));
  const row: Row = JSON.parse(line);
  const [, json] =
    /,"_data":.*?,"_update_time":"[^"]*"(?:,"v":(.*?))?(?:,"_row_errors":.*)?\}$/.exec(line) ?? [];
  return { json, rowErrors, errors: row._row_errors ?? [] };
}

export const nullable = (type: Column['type'], rest: Partial<Column> = {}) =>
  ({ type, mode: 'NULLABLE', ...rest }) as const;
export const repeated = (type: Column['type'], rest: Partial<Column> = {}) =>
  ({ type, mode: 'REPEATED', ...rest }) as const;
