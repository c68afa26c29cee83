// A column's value written from the wire, where `_data` does not have the text that could be copied: without
// the fields that have no column, in quotes, or because `_data` holds only the rest.
import { type Bytes, CAREFULLY, writeConstant } from './bytes.ts';
import { contentUpTo, contentWithin, Entry } from './lengths.ts';
import { FORM, formOf } from './plain.ts';
import type { ColumnPlan } from './plan.ts';
import { ELEMENT, TAG } from './tags.ts';
import type { ValueWriter } from './values.ts';
import { findVector } from './vector.ts';

/** In place of a position: the value must be decoded. */
export const OTHER = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

export class Rewriter {
  readonly #bytes: Bytes;
  readonly #values: ValueWriter;
  /** `_data` holds only what no column does. */
  readonly #rest: boolean;
  readonly #entry = new Entry();

  constructor(bytes: Bytes, values: ValueWriter, rest: boolean) {
    this.#bytes = bytes;
    this.#values = values;
    this.#rest = rest;
  }

  /** @returns `OTHER` for a value that is not plainly as its column wants it; then nothing was written */
  write(plan: ColumnPlan, start: number, end: number, at: number): number {
    const { type, mode } = plan.column;
    if (type === 'RECORD') {
      return mode === 'REPEATED'
        ? this.#records(plan, start, end, at)
        : this.#record(plan, start, end, at, false);
    }
    const bytes = this.#bytes;
    const form = formOf(plan.column, bytes, start, end);
    if (form === FORM.other) return OTHER;
    if (form === FORM.same) return this.#values.write(start, end, at, plan.shape, 1);
    bytes.output[at] = QUOTE;
    const next = this.#values.write(start, end, at + 1, plan.shape, 1);
    bytes.output[next] = QUOTE;
    return next + 1;
  }

  #records(plan: ColumnPlan, start: number, end: number, at: number): number {
    const bytes = this.#bytes;
    const { input, output } = bytes;
    if (input[start] !== TAG.array) return OTHER;
    let next = at + 1;
    for (let position = contentUpTo(bytes, start + 1, end); position < end; ) {
      if (input[position] !== ELEMENT) return OTHER;
      const element = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      // The array stays in `_data` whole if its columns lack anything of it.
      next = this.#record(plan, element, position, next, this.#rest);
      if (next === OTHER) return OTHER;
      output[next++] = COMMA;
    }
    output[at] = OPEN_BRACKET;
    const last = next === at + 1 ? next : next - 1;
    output[last] = CLOSE_BRACKET;
    return last + 1;
  }

  /** @param whole  whether each of its fields must have a column */
  #record(plan: ColumnPlan, start: number, end: number, at: number, whole: boolean): number {
    const bytes = this.#bytes;
    const { input, output } = bytes;
    if (input[start] !== TAG.map) return OTHER;
    const content = contentUpTo(bytes, start + 1, end);
    if (findVector(bytes, content, end) >= 0) return OTHER;
    const entry = this.#entry;
    let next = at;
    for (let position = content; position < end; ) {
      if (input[position] !== ELEMENT) return OTHER;
      const from = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      entry.read(bytes, from, position);
      const { name, nameLength, value } = entry;
      const field = plan.fields.find(bytes, name, nameLength);
      if (field === undefined) {
        if (whole) throw CAREFULLY;
      } else if (input[value] !== TAG.null) {
        const key = writeConstant(bytes, field.key, next);
        next = this.#field(field, value, position, key, whole);
        if (next === OTHER) return OTHER;
      }
    }
    // Over the comma before the first name.
    output[at] = OPEN_BRACE;
    if (next === at) next++;
    output[next] = CLOSE_BRACE;
    return next + 1;
  }

  #field(plan: ColumnPlan, start: number, end: number, at: number, whole: boolean): number {
    const { type, mode } = plan.column;
    return type === 'RECORD' && mode === 'NULLABLE'
      ? this.#record(plan, start, end, at, whole)
      : this.write(plan, start, end, at);
  }
}
