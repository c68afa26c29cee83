// One document as one row: a line of NDJSON that BigQuery's loader takes whole, whatever the document holds.
// Order: what is the same in all rows, the document's name, `_data`, its times, the user's columns, row
// errors. NULL columns are left out.
import { type Coerced, coerceColumn } from './coerce/nested.ts';
import { fieldsJson, textJson } from './data.ts';
import type { RowProgram } from './program.ts';
import { redactFields } from './redact.ts';
import { restOfFields } from './rest.ts';
import { RowErrors } from './row-errors.ts';
import { formatMicroseconds } from './text.ts';
import type { Fields, Timestamp, Value } from './value.ts';

export { compileRow, type RowOptions, type RowProgram } from './program.ts';

/** What is the same in all rows of a snapshot. */
export interface SnapshotHead {
  slice: number;
  run: string;
  source: string;
  projectId: string;
  databaseId: string | null;
  readTime: Timestamp | null;
}

export interface RowHead extends SnapshotHead {
  documentId: string;
  documentPath: string;
  createTime: Timestamp | null;
  updateTime: Timestamp | null;
}

export interface EncodedRow {
  /** JSON, without a newline at its end. */
  line: string;
  /** Also those beyond the hundred that a row lists. */
  rowErrors: number;
  /** Fields left out because the configuration says so. */
  redacted: number;
}

/**
 * @param columnFields  what the columns take their values from, where that is not the document itself
 * @throws FiresinkError `too-deep`, for more levels than BigQuery's JSON type takes
 */
export function encodeRow(
  program: RowProgram,
  head: RowHead,
  fields: Fields,
  columnFields: Fields = fields,
): EncodedRow {
  const counter = { redacted: 0 };
  const { redaction } = program;
  const kept = redaction === undefined ? fields : redactFields(fields, redaction, counter);
  const keptForColumns = columnFields === fields ? kept : redactColumns(columnFields, program);
  const errors = new RowErrors();
  const name = documentNameJson(head, errors);
  // Also where only the rest is kept: it is here that text is checked.
  const whole = fieldsJson(kept, errors);
  const coerced = program.columns.map(({ column, path }): Coerced | undefined => {
    const value = valueAt(keptForColumns, path);
    if (value === undefined) return undefined;
    const mark = errors.count;
    const result = coerceColumn(value, column, program.coercers, errors);
    if (errors.count > mark) errors.within(mark, ...path);
    return result;
  });
  const data =
    program.data === 'full' ? whole : fieldsJson(restOfFields(kept, program.fields, coerced), null);
  const times = `${timeJson('_create_time', head.createTime)}${timeJson('_update_time', head.updateTime)}`;
  const columns = program.columns.map(({ key }, index) => {
    const json = coerced[index]?.json;
    return json === undefined ? '' : `${key}${json}`;
  });
  const rowErrors = errors.count === 0 ? '' : `,"_row_errors":${errors.json()}`;
  return {
    line: `${snapshotHeadJson(head)}${name},"_data":${data}${times}${columns.join('')}${rowErrors}}`,
    rowErrors: errors.count,
    redacted: counter.redacted,
  };
}

/** Not counted: they are the document's fields once more. */
const redactColumns = (fields: Fields, { redaction }: RowProgram): Fields =>
  redaction === undefined ? fields : redactFields(fields, redaction, { redacted: 0 });

/** The beginning of every row of a snapshot, up to the document's name. */
export function snapshotHeadJson(head: SnapshotHead): string {
  const database =
    head.databaseId === null ? '' : `,"_database_id":${JSON.stringify(head.databaseId)}`;
  return (
    `{"_slice":${head.slice},"_run":${JSON.stringify(head.run)}` +
    `,"_source":${JSON.stringify(head.source)},"_project_id":${JSON.stringify(head.projectId)}` +
    `${database}${timeJson('_read_time', head.readTime)}`
  );
}

function documentNameJson({ documentId, documentPath }: RowHead, errors: RowErrors): string {
  const id = textJson(documentId, errors);
  errors.within(0, '_document_id');
  const mark = errors.count;
  const path = textJson(documentPath, errors);
  errors.within(mark, '_document_path');
  return `,"_document_id":${id},"_document_path":${path}`;
}

function timeJson(column: string, time: Timestamp | null): string {
  const text = time === null ? undefined : formatMicroseconds(time);
  return text === undefined ? '' : `,"${column}":"${text}"`;
}

function valueAt(fields: Fields, path: readonly string[]): Value | undefined {
  let value: Value | undefined = { kind: 'map', fields };
  for (const name of path) {
    if (value?.kind !== 'map') return undefined;
    value = value.fields.get(name);
  }
  return value;
}
