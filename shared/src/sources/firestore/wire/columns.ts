// The user's columns, from what was noted while `_data` was written: as it stands there, or written again in
// the column's form, or, where it is not that simple, decoded and coerced as everywhere else.
import { coerceColumn } from '../../../rows/coerce/nested.ts';
import type { CoercerTable } from '../../../rows/coerce/table.ts';
import { redactValue } from '../../../rows/redact.ts';
import { RowErrors } from '../../../rows/row-errors.ts';
import { type Bytes, CAREFULLY, copyWritten, writeConstant } from './bytes.ts';
import { decodeValue } from './decode.ts';
import { FORM, formOf } from './plain.ts';
import type { RootColumn } from './plan.ts';
import { MessageReader } from './reader.ts';
import { OTHER, type Rewriter } from './rewrite.ts';
import { TAG } from './tags.ts';
import type { ValueWriter } from './values.ts';

const QUOTE = 0x22;

/** Bytes in `_data` for each on the wire: 8.25 for empty geopoints in an array, 6 for control characters. */
export const GROWTH = 10;

interface Parts {
  bytes: Bytes;
  values: ValueWriter;
  rewriter: Rewriter;
  columns: readonly RootColumn[];
  coercers: CoercerTable;
  /** `_data` holds only what no column does. */
  rest: boolean;
}

export class ColumnWriter {
  /** Of this document; null as long as there are none. */
  errors: RowErrors | null = null;
  readonly #bytes: Bytes;
  readonly #values: ValueWriter;
  readonly #rewriter: Rewriter;
  readonly #columns: readonly RootColumn[];
  readonly #coercers: CoercerTable;
  readonly #rest: boolean;

  constructor({ bytes, values, rewriter, columns, coercers, rest }: Parts) {
    this.#bytes = bytes;
    this.#values = values;
    this.#rewriter = rewriter;
    this.#columns = columns;
    this.#coercers = coercers;
    this.#rest = rest;
  }

  /** `,"name":value` for each column that is not NULL. */
  write(at: number): number {
    const bytes = this.#bytes;
    const columns = this.#columns;
    const { document } = this.#values;
    let next = at;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] as RootColumn;
      const { place } = column;
      if (place.document !== document) continue;
      if (place.same) {
        const { writtenStart, writtenEnd } = place;
        next = writeConstant(bytes, column.key, next);
        next = copyWritten(bytes, writtenStart, writtenEnd - writtenStart, next);
      } else if (bytes.input[place.start] !== TAG.null) next = this.#other(column, next);
    }
    return next;
  }

  #other(column: RootColumn, at: number): number {
    const { place, key } = column;
    const { type, mode } = column.column;
    const start = writeConstant(this.#bytes, key, at);
    const isScalar = type !== 'RECORD' && mode === 'NULLABLE';
    const next = isScalar ? this.#written(column, start) : this.#rewritten(column, start);
    return next === OTHER ? this.#decoded(column, place.start, place.end, at) : next;
  }

  /** From `_data`, in quotes if need be. */
  #written(column: RootColumn, at: number): number {
    const bytes = this.#bytes;
    const { start, end, writtenStart, writtenEnd } = column.place;
    const form = formOf(column.column, bytes, start, end);
    if (form === FORM.other) return OTHER;
    const length = writtenEnd - writtenStart;
    if (form === FORM.same) return copyWritten(bytes, writtenStart, length, at);
    bytes.output[at] = QUOTE;
    const next = copyWritten(bytes, writtenStart, length, at + 1);
    bytes.output[next] = QUOTE;
    return next + 1;
  }

  #rewritten(column: RootColumn, at: number): number {
    const values = this.#values;
    const { redacted } = values;
    const { start, end } = column.place;
    const next = this.#rewriter.write(column, start, end, at);
    // Its fields were counted before.
    values.redacted = redacted;
    return next;
  }

  #decoded(column: RootColumn, start: number, end: number, at: number): number {
    const bytes = this.#bytes;
    const decoded = decodeValue(new MessageReader(bytes.input, start, end), 1);
    const value = redactValue(decoded, column.redaction, { redacted: 0 });
    this.errors ??= new RowErrors();
    const mark = this.errors.count;
    const coerced = coerceColumn(value, column.column, this.#coercers, this.errors);
    if (this.errors.count > mark) this.errors.within(mark, ...column.path);
    if (this.#rest && coerced.rest !== undefined) throw CAREFULLY;
    if (coerced.json === undefined) return at;
    const size = coerced.json.length * 3;
    // What other columns are copied from lies behind: no room can be made between.
    if (this.#rest && size > GROWTH * (end - start)) throw CAREFULLY;
    if (!this.#rest) bytes.reserve(at, column.key.length + 8 + size);
    return bytes.writeString(coerced.json, writeConstant(bytes, column.key, at));
  }
}
