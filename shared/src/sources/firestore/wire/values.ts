// Values from the wire into `_data`, in one pass, nothing in between.
import { writeBase64 } from './base64.ts';
import { type Bytes, CAREFULLY, type Constant, writeConstant } from './bytes.ts';
import { writeText } from './escape.ts';
import { contentUpTo, contentWithin } from './lengths.ts';
import { writeAscii, writeDouble, writeInteger } from './numbers.ts';
import {
  ANY_TAG,
  type Criteria,
  type Known,
  PLAIN,
  type Place,
  type Shape,
  type Target,
} from './shape.ts';
import { ELEMENT, ENTRY_NAME, ENTRY_VALUE, LATITUDE, LONGITUDE, TAG, TAG_END } from './tags.ts';
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

/** Bytes that a write of eight at a time may take too many. */
const STAGED_GAP = 8;

/** Numbers of documents start again behind it: a place noted a billion documents ago is forgotten. */
const MAX_DOCUMENT = 2 ** 30 - 1;

export class ValueWriter {
  /** Fields of this document left out because the configuration says so. */
  redacted = 0;
  /** Number of the document being written, for its places. */
  document = 0;
  readonly #bytes: Bytes;
  readonly #times: TimeWriter;
  /** In the output: where the next value is written that only a column holds. */
  #staged = 0;
  /** Whether such a value is being written: it is whole, whatever other columns hold of it. */
  #staging = false;
  /** Fields of this document left out because a column holds them. */
  #held = 0;
  /** Of the map, array or field written last: whether columns have it as `_data` has it. */
  #same = false;

  constructor(bytes: Bytes, times: TimeWriter) {
    this.#bytes = bytes;
    this.#times = times;
  }

  /** @param staged  in the output, beyond everything that the row may take */
  begin(staged: number): void {
    this.document = (this.document + 1) & MAX_DOCUMENT;
    this.redacted = 0;
    this.#staged = staged;
    this.#staging = false;
  }

  /**
   * @param from  the value's message, up to `end`
   * @param shape  of its map, or its array
   * @returns the next position to write at
   * @throws CAREFULLY for what is rare, damaged or unknown
   */
  write(from: number, end: number, at: number, shape: Shape, level: number): number {
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
        return this.#map(contentUpTo(bytes, from + 1, end), end, at, shape, level);
      case TAG.array:
        return this.#array(contentUpTo(bytes, from + 1, end), end, at, shape, level);
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

  /**
   * The fields of a map, `"name":value,` each. Reads entries as long as there are any, to `bytes.position`.
   * @param tag  what stands before an entry
   */
  entries(from: number, end: number, at: number, tag: number, shape: Shape, level: number): number {
    const bytes = this.#bytes;
    const { input, inputView, output } = bytes;
    let predicted = shape.first;
    let previous: Known | null = null;
    let position = from;
    let next = at;
    const { plain } = shape;
    let same = true;
    while (position < end && input[position] === tag) {
      // Tag, length, tag of the name and its length at once, where both lengths take a byte.
      const header = inputView.getInt32(position, true);
      let name = position + 4;
      let nameEnd: number;
      let value: number;
      if ((header & 0x80ff80ff) === (tag | 0xa0000)) {
        position += 2 + ((header >> 8) & 0x7f);
        nameEnd = name + (header >>> 24);
        if (position > end || nameEnd + 2 > position) throw CAREFULLY;
        const valueHeader = inputView.getUint16(nameEnd, true);
        value = nameEnd + 2;
        if ((valueHeader & 0x80ff) !== ENTRY_VALUE || value + (valueHeader >> 8) !== position)
          throw CAREFULLY;
      } else {
        const entry = contentWithin(bytes, position + 1, end);
        position = bytes.position;
        if (input[entry] !== ENTRY_NAME) throw CAREFULLY;
        name = contentWithin(bytes, entry + 1, position);
        nameEnd = bytes.position;
        if (input[nameEnd] !== ENTRY_VALUE) throw CAREFULLY;
        value = contentUpTo(bytes, nameEnd + 1, position);
      }
      let known = predicted;
      if (!plain && (known === null || !known.name.isAt(bytes, name, nameEnd - name))) {
        known = shape.find(bytes, name, nameEnd - name);
        if (known !== null) {
          if (previous === null) shape.first = known;
          else previous.next = known;
        }
      }
      previous = known ?? previous;
      predicted = known === null ? predicted : known.next;
      if (known !== null && known.target !== null) {
        next = this.#field(known.key, known.target, value, position, next, level);
        same &&= this.#same;
      } else {
        const start =
          known === null ? this.#name(name, nameEnd, next) : writeConstant(bytes, known.key, next);
        next = this.write(value, position, start, PLAIN, level);
        output[next++] = COMMA;
        same = false;
      }
    }
    bytes.position = position;
    this.#same = same;
    return next;
  }

  #field(
    key: Constant,
    target: Target,
    value: number,
    end: number,
    at: number,
    level: number,
  ): number {
    const { places, inRecord } = target;
    const bytes = this.#bytes;
    const tag = bytes.input[value] as number;
    if (target.redacted) {
      this.redacted++;
      // Columns leave it out, too.
      this.#same = true;
      return at;
    }
    for (let index = 0; index < places.length; index++) {
      const place = places[index] as Place;
      place.document = this.document;
      place.start = value;
      place.end = end;
    }
    if (target.held && !this.#staging && this.#isStaged(target, tag, value, end, level)) {
      this.#held++;
      return at;
    }
    const held = this.#held;
    const start = writeConstant(bytes, key, at);
    const last = this.write(value, end, start, target.within, level);
    if (last === start + 2 && (target.heldByFields || this.#held > held)) {
      // `{}` is left, for columns hold all there was.
      this.#held++;
      return at;
    }
    const nested = this.#same;
    if (places.length > 0) notePlaces(places, tag, start, last, nested);
    this.#same = inRecord !== null && isSame(inRecord, tag, last - start, nested);
    bytes.output[last] = COMMA;
    return last + 1;
  }

  /**
   * Writes what a column holds where `_data` does not reach, for the column to be copied from there.
   * @returns false for a map of which columns hold only some fields: the others are to be written
   */
  #isStaged(target: Target, tag: number, value: number, end: number, level: number): boolean {
    const { redacted } = this;
    const start = this.#staged;
    this.#staging = true;
    const last = this.write(value, end, start, target.within, level);
    this.#staging = false;
    if (target.heldByFields && tag === TAG.map && !this.#same) {
      this.redacted = redacted;
      return false;
    }
    notePlaces(target.places, tag, start, last, this.#same);
    this.#staged = last + STAGED_GAP;
    return true;
  }

  #name(from: number, end: number, at: number): number {
    const { output } = this.#bytes;
    output[at] = QUOTE;
    const last = writeText(this.#bytes, from, end - from, at + 1);
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

  #map(from: number, end: number, at: number, shape: Shape, level: number): number {
    const bytes = this.#bytes;
    const { output } = bytes;
    if (level >= MAX_LEVELS) throw CAREFULLY;
    const vector = findVector(bytes, from, end);
    if (vector >= 0) return this.#array(vector, bytes.position, at, shape, level);
    output[at] = OPEN_BRACE;
    const next = this.entries(from, end, at + 1, ELEMENT, shape, level + 1);
    if (bytes.position !== end) throw CAREFULLY;
    // Over the comma behind the last field.
    const last = next === at + 1 ? next : next - 1;
    output[last] = CLOSE_BRACE;
    return last + 1;
  }

  #array(from: number, end: number, at: number, shape: Shape, level: number): number {
    const bytes = this.#bytes;
    const { input, output } = bytes;
    if (level >= MAX_LEVELS) throw CAREFULLY;
    const { elements, element } = shape;
    let next = at + 1;
    let same = element !== null;
    for (let position = from; position < end; ) {
      if (input[position] !== ELEMENT) throw CAREFULLY;
      const content = contentWithin(bytes, position + 1, end);
      position = bytes.position;
      const last = this.write(content, position, next, elements, level + 1);
      same &&=
        element !== null && isSame(element, input[content] as number, last - next, this.#same);
      output[last] = COMMA;
      next = last + 1;
    }
    this.#same = same;
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

function notePlaces(
  places: readonly Place[],
  tag: number,
  start: number,
  end: number,
  nested: boolean,
): void {
  for (let index = 0; index < places.length; index++) {
    const place = places[index] as Place;
    place.writtenStart = start;
    place.writtenEnd = end;
    place.same = isSame(place.criteria, tag, end - start, nested);
  }
}

function isSame(criteria: Criteria, tag: number, length: number, nested: boolean): boolean {
  if (tag === criteria.tag) return criteria.nested ? nested : length <= criteria.maxLength;
  return criteria.tag === ANY_TAG && tag !== TAG.null;
}
