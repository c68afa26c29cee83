// The user's columns, from what was noted while `_data` was written: most values are copied, the others
// decoded and coerced as everywhere else.
import { coerceColumn } from '../../../rows/coerce/nested.ts';
import type { CoercerTable } from '../../../rows/coerce/table.ts';
import { redactValue } from '../../../rows/redact.ts';
import { RowErrors } from '../../../rows/row-errors.ts';
import { type Bytes, CAREFULLY, copyWritten, writeConstant } from './bytes.ts';
import { decodeValue } from './decode.ts';
import type { FieldTable } from './field-table.ts';
import { contentUpTo, contentWithin, Entry } from './lengths.ts';
import { FORM, formOf } from './plain.ts';
import type { ColumnPlan, Plan, Scope } from './plan.ts';
import { MessageReader } from './reader.ts';
import { ELEMENT, TAG } from './tags.ts';
import type { TimeWriter } from './time.ts';
import type { ValueWriter } from './values.ts';
import { findVector } from './vector.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** An element that does not go into its columns as it is: the whole array is decoded. */
const OTHER = -1;

interface Parts {
  bytes: Bytes;
  times: TimeWriter;
  values: ValueWriter;
  plan: Plan;
  coercers: CoercerTable;
  /** `_data` holds only what no column does. */
  rest: boolean;
}

export class ColumnWriter {
  /** Of this document; null as long as there are none. */
  errors: RowErrors | null = null;
  readonly #parts: Parts;
  readonly #entry = new Entry();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `,"name":value` for each column that is not NULL. */
  write(at: number): number {
    const { plan } = this.#parts;
    const { columns } = plan;
    let next = at;
    for (let index = 0; index < columns.length; index++) {
      next = this.#column(columns[index] as ColumnPlan, plan, next);
    }
    return next;
  }

  #column(plan: ColumnPlan, scope: Scope, at: number): number {
    const { bytes, times, rest } = this.#parts;
    const { slots } = scope;
    if (!slots.has(plan.slot)) return at;
    const start = slots.start[plan.slot] as number;
    const end = slots.end[plan.slot] as number;
    const tag = bytes.input[start];
    if (tag === TAG.null) return at;
    if (plan.column.type === 'RECORD') return this.#record(plan, scope, start, end, at);
    const form = formOf(plan.column, bytes, times, start, end);
    const isDocument = scope === this.#parts.plan;
    if (form === FORM.other) return isDocument ? this.#decoded(plan, start, end, at) : OTHER;
    let next = writeConstant(bytes, plan.key, at);
    if (form === FORM.quoted) bytes.output[next++] = QUOTE;
    if (isDocument && !rest) {
      const written = slots.writtenStart[plan.slot] as number;
      next = copyWritten(bytes, written, (slots.writtenEnd[plan.slot] as number) - written, next);
    } else {
      next = this.#parts.values.write(start, end, next, plan.redactionTable, 1);
    }
    if (form === FORM.quoted) bytes.output[next++] = QUOTE;
    return next;
  }

  #record(plan: ColumnPlan, scope: Scope, start: number, end: number, at: number): number {
    const { bytes } = this.#parts;
    const isDocument = scope === this.#parts.plan;
    if (plan.element !== null) {
      const next = this.#elements(plan, plan.element, start, end, at);
      if (next !== OTHER) return next;
    } else if (plan.column.mode === 'NULLABLE' && isPlainMap(bytes, start, end)) {
      const open = writeConstant(bytes, plan.key, at);
      return this.#fields(plan.fields, scope, open);
    }
    return isDocument ? this.#decoded(plan, start, end, at) : OTHER;
  }

  /** `{"name":value}` with the columns that are not NULL. */
  #fields(columns: readonly ColumnPlan[], scope: Scope, open: number): number {
    const { output } = this.#parts.bytes;
    let next = open;
    for (let index = 0; index < columns.length; index++) {
      next = this.#column(columns[index] as ColumnPlan, scope, next);
      if (next === OTHER) return OTHER;
    }
    // Over the comma before the first name.
    output[open] = OPEN_BRACE;
    if (next === open) next++;
    output[next] = CLOSE_BRACE;
    return next + 1;
  }

  #elements(plan: ColumnPlan, scope: Scope, start: number, end: number, at: number): number {
    const { bytes } = this.#parts;
    const { input, output } = bytes;
    if (input[start] !== TAG.array) return OTHER;
    const content = contentUpTo(bytes, start + 1, end);
    const open = writeConstant(bytes, plan.key, at);
    let next = open + 1;
    for (let position = content; position < end; ) {
      if (input[position] !== ELEMENT) return OTHER;
      const element = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      if (!isPlainMap(bytes, element, position)) return OTHER;
      scope.slots.clear();
      this.#note(contentUpTo(bytes, element + 1, position), position, scope, scope.table);
      next = this.#fields(scope.columns, scope, next);
      if (next === OTHER) return OTHER;
      output[next++] = COMMA;
    }
    output[open] = OPEN_BRACKET;
    const last = next === open + 1 ? next : next - 1;
    output[last] = CLOSE_BRACKET;
    return last + 1;
  }

  /** Where in an element the values of columns lie. */
  #note(from: number, end: number, scope: Scope, table: FieldTable | null): void {
    const { bytes, rest } = this.#parts;
    const { input } = bytes;
    const entry = this.#entry;
    for (let position = from; position < end; ) {
      if (input[position] !== ELEMENT) throw CAREFULLY;
      const content = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      entry.read(bytes, content, position);
      const { name, nameLength, value } = entry;
      const target = table === null ? null : table.find(bytes, name, nameLength);
      if (target === null) {
        // The array stays in `_data`, whole.
        if (rest) throw CAREFULLY;
        continue;
      }
      for (const slot of target.slots) scope.slots.note(slot, value, position);
      if (target.within !== null && input[value] === TAG.map) {
        this.#note(contentUpTo(bytes, value + 1, position), position, scope, target.within);
      }
    }
  }

  #decoded(plan: ColumnPlan, start: number, end: number, at: number): number {
    const { bytes, coercers, rest, values } = this.#parts;
    const decoded = decodeValue(new MessageReader(bytes.inputBuffer(), start, end), 1);
    // Where `_data` holds the value too, its fields were counted there.
    const value = redactValue(decoded, plan.redaction, rest ? values : { redacted: 0 });
    this.errors ??= new RowErrors();
    const mark = this.errors.count;
    const coerced = coerceColumn(value, plan.column, coercers, this.errors);
    if (this.errors.count > mark) this.errors.within(mark, ...plan.path);
    if (rest && coerced.rest !== undefined) throw CAREFULLY;
    if (coerced.json === undefined) return at;
    bytes.reserve(at, plan.key.length + 8 + coerced.json.length * 3);
    return bytes.writeString(coerced.json, writeConstant(bytes, plan.key, at));
  }
}

const isPlainMap = (bytes: Bytes, from: number, end: number): boolean =>
  bytes.input[from] === TAG.map && findVector(bytes, contentUpTo(bytes, from + 1, end), end) < 0;
