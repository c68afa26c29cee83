// Values from the wire into `_data`, in one pass, nothing in between.
import { writeBase64 } from './base64.ts';
import { type Bytes, CAREFULLY } from './bytes.ts';
import { writeText } from './escape.ts';
import type { FieldTable, Target } from './field-table.ts';
import { contentUpTo, contentWithin, Entry } from './lengths.ts';
import { writeAscii, writeDouble, writeInteger } from './numbers.ts';
import type { Slots } from './slots.ts';
import { ELEMENT, LATITUDE, LONGITUDE, TAG, TAG_END } from './tags.ts';
import type { TimeWriter } from './time.ts';
import { findVector } from './vector.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Levels the fast way goes down; Firestore allows 20. */
const MAX_LEVELS = 100;

export class ValueWriter {
  /** Fields of this document left out because the configuration says so. */
  redacted = 0;
  readonly #bytes: Bytes;
  readonly #times: TimeWriter;
  readonly #slots: Slots;
  readonly #entry = new Entry();
  /** Fields of this document left out because a column holds them. */
  #held = 0;

  constructor(bytes: Bytes, times: TimeWriter, slots: Slots) {
    this.#bytes = bytes;
    this.#times = times;
    this.#slots = slots;
  }

  /**
   * @param from  the value's message, up to `end`
   * @param table  for the fields within it
   * @returns the next position to write at
   * @throws CAREFULLY for what is rare, damaged or unknown
   */
  write(from: number, end: number, at: number, table: FieldTable | null, level: number): number {
    const bytes = this.#bytes;
    const { input } = bytes;
    switch (from < end ? input[from] : 0) {
      case TAG.string:
        if (input[from + 1] !== TAG_END) throw CAREFULLY;
        return this.#text(contentUpTo(bytes, from + 2, end), end, at);
      case TAG.integer:
        return writeInteger(bytes, from + 1, end, at);
      case TAG.double:
        if (from + 9 !== end) throw CAREFULLY;
        return writeDouble(bytes, bytes.inputView.getFloat64(from + 1, true), at);
      case TAG.boolean:
        if (from + 2 !== end) throw CAREFULLY;
        return writeAscii(bytes, input[from + 1] === 0 ? 'false' : 'true', at);
      case TAG.map:
        return this.#map(contentUpTo(bytes, from + 1, end), end, at, table, level);
      case TAG.array:
        return this.#array(contentUpTo(bytes, from + 1, end), end, at, table, level);
      case TAG.timestamp:
        return this.#times.write(bytes, contentUpTo(bytes, from + 1, end), end, at);
      case TAG.null:
        if (from + 2 !== end) throw CAREFULLY;
        return writeAscii(bytes, 'null', at);
      case TAG.reference:
        return this.#text(contentUpTo(bytes, from + 1, end), end, at);
      case TAG.geopoint:
        return this.#geopoint(contentUpTo(bytes, from + 1, end), end, at);
      case TAG.bytes:
        if (input[from + 1] !== TAG_END) throw CAREFULLY;
        return this.#base64(contentUpTo(bytes, from + 2, end), end, at);
      default:
        throw CAREFULLY;
    }
  }

  /** One field of a map, `"name":value,`; nothing where it is left out. */
  entry(from: number, end: number, at: number, table: FieldTable | null, level: number): number {
    const bytes = this.#bytes;
    const entry = this.#entry;
    entry.read(bytes, from, end);
    const { name, nameLength, value } = entry;
    if (table !== null) {
      const target = table.find(bytes, name, nameLength);
      if (target !== null) return this.#target(target, entry, end, at, level);
    }
    const last = this.write(value, end, this.#name(name, nameLength, at), null, level);
    bytes.output[last] = COMMA;
    return last + 1;
  }

  #target(target: Target, entry: Entry, end: number, at: number, level: number): number {
    const { slots, within, heldByFields } = target;
    const { name, nameLength, value } = entry;
    if (target.redacted) {
      this.redacted++;
      return at;
    }
    for (let index = 0; index < slots.length; index++) {
      this.#slots.note(slots[index] as number, value, end);
    }
    if (target.held && !(heldByFields && this.#bytes.input[value] === TAG.map)) {
      this.#held++;
      return at;
    }
    const held = this.#held;
    const start = this.#name(name, nameLength, at);
    const last = this.write(value, end, start, within, level);
    if (last === start + 2 && (heldByFields || this.#held > held)) {
      // `{}` is left, for columns hold all there was.
      this.#held++;
      return at;
    }
    for (let index = 0; index < slots.length; index++) {
      this.#slots.noteWritten(slots[index] as number, start, last);
    }
    this.#bytes.output[last] = COMMA;
    return last + 1;
  }

  #name(from: number, length: number, at: number): number {
    const { output } = this.#bytes;
    output[at] = QUOTE;
    const last = writeText(this.#bytes, from, length, at + 1);
    output[last] = QUOTE;
    output[last + 1] = COLON;
    return last + 2;
  }

  #text(from: number, end: number, at: number): number {
    const { output } = this.#bytes;
    output[at] = QUOTE;
    const last = writeText(this.#bytes, from, end - from, at + 1);
    output[last] = QUOTE;
    return last + 1;
  }

  #map(from: number, end: number, at: number, table: FieldTable | null, level: number): number {
    const bytes = this.#bytes;
    const { input, output } = bytes;
    if (level >= MAX_LEVELS) throw CAREFULLY;
    const vector = findVector(bytes, from, end);
    if (vector >= 0) return this.#array(vector, bytes.position, at, null, level);
    let next = at + 1;
    for (let position = from; position < end; ) {
      if (input[position] !== ELEMENT) throw CAREFULLY;
      const content = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      next = this.entry(content, position, next, table, level + 1);
    }
    output[at] = OPEN_BRACE;
    // Over the comma behind the last field.
    const last = next === at + 1 ? next : next - 1;
    output[last] = CLOSE_BRACE;
    return last + 1;
  }

  #array(from: number, end: number, at: number, table: FieldTable | null, level: number): number {
    const bytes = this.#bytes;
    const { input, output } = bytes;
    if (level >= MAX_LEVELS) throw CAREFULLY;
    const within = table === null ? null : table.inArrays;
    let next = at + 1;
    for (let position = from; position < end; ) {
      if (input[position] !== ELEMENT) throw CAREFULLY;
      const content = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      next = this.write(content, position, next, within, level + 1);
      output[next++] = COMMA;
    }
    output[at] = OPEN_BRACKET;
    const last = next === at + 1 ? next : next - 1;
    output[last] = CLOSE_BRACKET;
    return last + 1;
  }

  #geopoint(from: number, end: number, at: number): number {
    const bytes = this.#bytes;
    const { input, inputView } = bytes;
    let position = from;
    let latitude = 0;
    let longitude = 0;
    if (position < end && input[position] === LATITUDE) {
      latitude = inputView.getFloat64(position + 1, true);
      position += 9;
    }
    if (position < end && input[position] === LONGITUDE) {
      longitude = inputView.getFloat64(position + 1, true);
      position += 9;
    }
    if (position !== end) throw CAREFULLY;
    let next = writeDouble(bytes, latitude, writeAscii(bytes, '{"latitude":', at));
    next = writeDouble(bytes, longitude, writeAscii(bytes, ',"longitude":', next));
    bytes.output[next] = CLOSE_BRACE;
    return next + 1;
  }

  #base64(from: number, end: number, at: number): number {
    const { output } = this.#bytes;
    output[at] = QUOTE;
    const last = writeBase64(this.#bytes, from, end - from, at + 1);
    output[last] = QUOTE;
    return last + 1;
  }
}
