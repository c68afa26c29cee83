// One document of a `RunQueryResponse` as one row, in the very bytes of rows/encode.ts.
import { type SnapshotHead, snapshotHeadJson } from '../../../rows/encode.ts';
import type { RowProgram } from '../../../rows/program.ts';
import { type Bytes, CAREFULLY, Constant, copyWritten, writeConstant } from './bytes.ts';
import { ColumnWriter, GROWTH } from './columns.ts';
import { writeText } from './escape.ts';
import { contentWithin } from './lengths.ts';
import { type Plan, planRow } from './plan.ts';
import { Rewriter } from './rewrite.ts';
import { TimeWriter } from './time.ts';
import { ValueWriter } from './values.ts';

/** Tags of a `Document`, and of the document in a `RunQueryResponse`. */
const DOCUMENT = 0x0a;
const NAME = 0x0a;
const FIELD = 0x12;
const CREATE_TIME = 0x1a;
const UPDATE_TIME = 0x22;

const QUOTE = 0x22;
const SLASH = 0x2f;
const CLOSE_BRACE = 0x7d;
const NEWLINE = 0x0a;

const PATH = new Constant('","_document_path":"');
const DATA = new Constant('","_data":{');
const CREATED = new Constant(',"_create_time":"');
const UPDATED = new Constant(',"_update_time":"');
const ROW_ERRORS = new Constant(',"_row_errors":');

const DOCUMENTS = new Constant('/documents/');

export class DocumentWriter {
  /** Of the last document that was written. */
  rowErrors = 0;
  redacted = 0;
  readonly #bytes: Bytes;
  readonly #head: Constant;
  readonly #plan: Plan;
  /** `_data` holds only what no column does. */
  readonly #rest: boolean;
  readonly #times = new TimeWriter();
  readonly #values: ValueWriter;
  readonly #columns: ColumnWriter;
  /** Bytes of a name before the path in the database, as the last document had it. */
  #rootBytes = 0;
  /** In the input, of the document being read. */
  #created = 0;
  #createdEnd = 0;
  #updated = 0;
  #updatedEnd = 0;

  constructor(bytes: Bytes, program: RowProgram, snapshot: SnapshotHead) {
    const plan = planRow(program);
    const times = this.#times;
    const values = new ValueWriter(bytes, times);
    const rest = program.data === 'rest';
    const { columns } = plan;
    const { coercers } = program;
    const rewriter = new Rewriter(bytes, values, rest);
    this.#bytes = bytes;
    this.#head = new Constant(`${snapshotHeadJson(snapshot)},"_document_id":"`);
    this.#plan = plan;
    this.#rest = rest;
    this.#values = values;
    this.#columns = new ColumnWriter({ bytes, values, rewriter, columns, coercers, rest });
  }

  /**
   * Bytes that a row of such a message never exceeds, and as many again for what only its columns hold. What
   * is decoded reserves its own.
   */
  mostBytes(messageBytes: number): number {
    const { copies, keyBytes } = this.#plan;
    const row = GROWTH * (1 + copies) * messageBytes + keyBytes + this.#head.length + 1024;
    return this.#rest ? 2 * row : row;
  }

  /**
   * @param start  of the response, up to `end`
   * @returns the next position to write at, behind the row's newline
   * @throws CAREFULLY, and what was written until then means nothing
   */
  write(start: number, end: number, at: number): number {
    const bytes = this.#bytes;
    if (this.#plan.careful || bytes.input[start] !== DOCUMENT) throw CAREFULLY;
    const document = contentWithin(bytes, start + 1, end);
    const values = this.#values;
    values.begin(at + this.mostBytes(end - start) / 2);
    this.#columns.errors = null;
    let next = this.#document(document, bytes.position, at);
    next = this.#columns.write(this.#writeTimes(next));
    next = this.#writeErrors(next);
    bytes.output[next] = CLOSE_BRACE;
    bytes.output[next + 1] = NEWLINE;
    this.redacted = values.redacted;
    return next + 2;
  }

  /** Up to the end of `_data`; where the times lie is noted. */
  #document(start: number, end: number, at: number): number {
    const bytes = this.#bytes;
    const { input } = bytes;
    if (input[start] !== NAME) throw CAREFULLY;
    const name = contentWithin(bytes, start + 1, end);
    let position = bytes.position;
    let next = this.#writeName(name, position, at);
    this.#createdEnd = 0;
    this.#updatedEnd = 0;
    const { shape } = this.#plan;
    const data = next;
    while (position < end) {
      const tag = input[position];
      if (tag === FIELD) {
        next = this.#values.entries(position, end, next, FIELD, shape, 1);
        position = bytes.position;
        continue;
      }
      const content = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      if (tag === CREATE_TIME) {
        this.#created = content;
        this.#createdEnd = position;
      } else if (tag === UPDATE_TIME) {
        this.#updated = content;
        this.#updatedEnd = position;
      } else throw CAREFULLY;
    }
    const { output } = bytes;
    if (next === data) next++;
    output[next - 1] = CLOSE_BRACE;
    return next;
  }

  /** The id is the name behind its last slash, the path what follows `/documents/`. */
  #writeName(start: number, end: number, at: number): number {
    const bytes = this.#bytes;
    const { input } = bytes;
    const path = start + this.#root(start, end);
    let id = end;
    while (input[id - 1] !== SLASH) id--;
    let next = writeConstant(bytes, this.#head, at);
    next = writeText(bytes, id, end - id, next);
    next = writeConstant(bytes, PATH, next);
    next = writeText(bytes, path, end - path, next);
    return writeConstant(bytes, DATA, next);
  }

  /** Bytes of the name before its path: the same for all documents of a database. */
  #root(start: number, end: number): number {
    if (!this.#isRoot(start + this.#rootBytes, start, end)) {
      let root = start + DOCUMENTS.length;
      while (root < end && !this.#isRoot(root, start, end)) root++;
      if (root >= end) throw CAREFULLY;
      this.#rootBytes = root - start;
    }
    return this.#rootBytes;
  }

  #isRoot(root: number, start: number, end: number): boolean {
    const first = root - DOCUMENTS.length;
    if (first < start || root >= end) return false;
    const { inputView } = this.#bytes;
    const { view } = DOCUMENTS;
    return (
      inputView.getInt32(first) === view.getInt32(0) &&
      inputView.getInt32(first + 4) === view.getInt32(4) &&
      inputView.getInt32(first + 7) === view.getInt32(7)
    );
  }

  #writeTimes(at: number): number {
    const bytes = this.#bytes;
    const times = this.#times;
    let next = at;
    let text = 0;
    if (this.#createdEnd > 0) {
      text = writeConstant(bytes, CREATED, next);
      next = times.writeMicroseconds(bytes, this.#created, this.#createdEnd, text);
      bytes.output[next++] = QUOTE;
    }
    if (this.#updatedEnd > 0) {
      next = writeConstant(bytes, UPDATED, next);
      next = this.#isNeverUpdated()
        ? copyWritten(bytes, text, MICROSECOND_TIME_BYTES, next)
        : times.writeMicroseconds(bytes, this.#updated, this.#updatedEnd, next);
      bytes.output[next++] = QUOTE;
    }
    return next;
  }

  #isNeverUpdated(): boolean {
    const { input } = this.#bytes;
    const length = this.#updatedEnd - this.#updated;
    if (this.#createdEnd === 0 || this.#createdEnd - this.#created !== length) return false;
    for (let index = 0; index < length; index++) {
      if (input[this.#created + index] !== input[this.#updated + index]) return false;
    }
    return true;
  }

  #writeErrors(at: number): number {
    const { errors } = this.#columns;
    this.rowErrors = errors === null ? 0 : errors.count;
    if (errors === null || errors.count === 0) return at;
    const bytes = this.#bytes;
    const json = errors.json();
    bytes.reserve(at, ROW_ERRORS.length + json.length * 3);
    return bytes.writeString(json, writeConstant(bytes, ROW_ERRORS, at));
  }
}

/** `2026-11-23T23:00:00.000000Z` */
const MICROSECOND_TIME_BYTES = 27;
