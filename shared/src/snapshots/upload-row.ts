// What a line of an upload is: a plain document, or a row as firesink writes it (and as BigQuery gives it back).
// Of a row its `_data` is the document, completed by the columns that hold what `_data` does not (`data: rest`);
// its other columns keep the values they have, for somebody may have corrected them.
import type { Collection } from '../config/environment.ts';
import type { FieldPath } from '../config/field-path.ts';
import { refusal } from '../config/refusal.ts';
import { parseTimestamp } from '../rows/coerce/date-time.ts';
import type { RowHead } from '../rows/encode.ts';
import { parseJsonValue } from '../rows/json-value.ts';
import { SYSTEM_COLUMNS } from '../rows/system-columns.ts';
import type { Fields, Timestamp, Value } from '../rows/value.ts';

export interface UploadRow {
  head: Pick<RowHead, 'documentId' | 'documentPath' | 'createTime' | 'updateTime'>;
  /** The document: what `_data` is made of. */
  fields: Fields;
  /** What the columns are made of: the document, and over it the columns a row brought along. */
  columnFields: Fields;
}

export type ReadUploadRow = (value: Value, number: number) => UploadRow;

const SYSTEM_NAMES: ReadonlySet<string> = new Set(SYSTEM_COLUMNS.map(({ name }) => name));

/**
 * The returned function takes a document and its number in the file.
 * - id: `_document_id`, else the document's `id` (text or an integer), else the number
 * - path, create and update time: the row's own where they are valid, else of the collection, and none
 *
 * Both throw a FiresinkError, refused, `bad-row`, for what is neither document nor row.
 */
export function compileUploadRow(collection: Collection): ReadUploadRow {
  const paths = new Map(
    collection.schema.map(({ name }) => [name, collection.columns.get(name) ?? [name]]),
  );
  return (value, number) => {
    if (value.kind !== 'map') throw badRow(`is ${KINDS[value.kind] ?? value.kind}, not an object`);
    const document = documentOf(value.fields);
    return document === undefined
      ? plainDocument(value.fields, number, collection.path)
      : firesinkRow(value.fields, document, { number, collection: collection.path, paths });
  };
}

const KINDS: Partial<Record<Value['kind'], string>> = {
  array: 'an array',
  string: 'a text',
  integer: 'a number',
  double: 'a number',
};

/** The `_data` of a row; undefined where the line is a plain document. */
function documentOf(fields: Fields): Fields | undefined {
  const data = fields.get('_data');
  if (data?.kind === 'map') return data.fields;
  // `bq query --format=json` shows the JSON type as text.
  if (data?.kind !== 'string' || !data.value.startsWith('{')) return undefined;
  const parsed = parseJsonValue(data.value);
  return parsed.kind === 'map' ? parsed.fields : undefined;
}

function plainDocument(line: Fields, number: number, collection: string): UploadRow {
  const documentId = documentIdOf(line, line, number);
  const fields = line.has('_document_id') ? without(line, '_document_id') : line;
  const head = {
    documentId,
    documentPath: `${collection}/${documentId}`,
    createTime: null,
    updateTime: null,
  };
  return { head, fields, columnFields: fields };
}

function without(fields: Fields, name: string): Fields {
  const rest = new Map(fields);
  rest.delete(name);
  return rest;
}

interface RowContext {
  number: number;
  collection: string;
  /** Column → the field it takes. */
  paths: ReadonlyMap<string, FieldPath>;
}

function firesinkRow(
  row: Fields,
  document: Fields,
  { number, collection, paths }: RowContext,
): UploadRow {
  const documentId = documentIdOf(row, document, number);
  let fields = document;
  const corrected: [FieldPath, Value][] = [];
  for (const [name, value] of row) {
    if (SYSTEM_NAMES.has(name) || value.kind === 'null') continue;
    const path = paths.get(name) ?? [name];
    // With `data: rest`, or of a column since removed: there is no other place for it than the document.
    if (!hasValue(fields, path)) fields = withValue(fields, path, value);
    else if (paths.has(name)) corrected.push([path, value]);
  }
  const columnFields = corrected.reduce(
    (all, [path, value]) => withValue(all, path, value),
    fields,
  );
  return {
    head: {
      documentId,
      documentPath: pathOf(row, documentId) ?? `${collection}/${documentId}`,
      createTime: timeOf(row, '_create_time'),
      updateTime: timeOf(row, '_update_time'),
    },
    fields,
    columnFields,
  };
}

function hasValue(fields: Fields, [name = '', ...inner]: FieldPath): boolean {
  const value = fields.get(name);
  if (inner.length === 0 || value === undefined) return value !== undefined;
  return value.kind === 'map' && hasValue(value.fields, inner);
}

function withValue(fields: Fields, [name = '', ...inner]: FieldPath, value: Value): Fields {
  const within = fields.get(name);
  const next: Value =
    inner.length === 0
      ? value
      : {
          kind: 'map',
          fields: withValue(within?.kind === 'map' ? within.fields : new Map(), inner, value),
        };
  return new Map(fields).set(name, next);
}

function documentIdOf(line: Fields, document: Fields, number: number): string {
  const own = line.get('_document_id');
  if (own !== undefined && own.kind !== 'null') {
    if (own.kind === 'string' && own.value !== '') return own.value;
    throw badRow('its _document_id is not a text');
  }
  const id = document.get('id');
  if (id?.kind === 'integer') return id.value.toString();
  return id?.kind === 'string' && id.value !== '' ? id.value : `${number}`;
}

/** `apis/orders`, `tenants/acme/apis/orders`: pairs of collection and document, the last one this. */
function pathOf(row: Fields, documentId: string): string | undefined {
  const path = row.get('_document_path');
  if (path?.kind !== 'string') return undefined;
  const parts = path.value.split('/');
  const valid =
    parts.length % 2 === 0 && parts.every((part) => part !== '') && parts.at(-1) === documentId;
  return valid ? path.value : undefined;
}

function timeOf(row: Fields, name: string): Timestamp | null {
  const time = row.get(name);
  const parsed = time?.kind === 'string' ? parseTimestamp(time.value) : undefined;
  return parsed === undefined || 'reason' in parsed ? null : parsed;
}

const badRow = (what: string) => refusal('bad-row', what);
