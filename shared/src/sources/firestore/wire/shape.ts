// What the maps at one place of a collection's documents look like: the names seen there, each with what
// becomes of its field. Documents of a collection are alike, so each name is first compared with the one
// that followed last time; a hit needs no search and is written without looking for escapes.
import { isUtf8 } from 'node:buffer';
import { type Bytes, Constant } from './bytes.ts';
import { Name, NameTable } from './name.ts';

/** Names learned at one place. Where there are more, they are data themselves: ids, dates, hosts. */
const MAX_LEARNED = 128;
/** Bytes. */
const MAX_LEARNED_LENGTH = 64;

/** A tag that stands for all of them but null. */
export const ANY_TAG = -1;

/** When the text in `_data` is also the text for a column. */
export interface Criteria {
  /** Tag of the value; `ANY_TAG`, or 0 for never. */
  readonly tag: number;
  /** Bytes that the text may have, quotes included. */
  readonly maxLength: number;
  /** Of maps and arrays: whether it was so for all they hold. */
  readonly nested: boolean;
}

/** Where the value of a column lies in the document that is being read. */
export class Place {
  readonly criteria: Criteria;
  /** Which document it was noted in. */
  document = 0;
  /** In the input. */
  start = 0;
  end = 0;
  /** In the output, as `_data` has it; of no meaning where `_data` leaves the field out. */
  writtenStart = 0;
  writtenEnd = 0;
  /** Whether that is also the text for the column. */
  same = false;

  constructor(criteria: Criteria) {
    this.criteria = criteria;
  }
}

/** What becomes of a field. */
export interface Target {
  /** Never written, but counted. */
  readonly redacted: boolean;
  /** Not in `_data`, for a column holds it. */
  readonly held: boolean;
  /** A RECORD holds its fields, each by itself, so that only the others are in `_data`. */
  readonly heldByFields: boolean;
  /** Of the columns that take it. */
  readonly places: readonly Place[];
  /** Of the column within the RECORD around it. */
  readonly inRecord: Criteria | null;
  /** What its map looks like, or its array. */
  readonly within: Shape;
}

/** A name seen before. */
export class Known {
  readonly name: Name;
  /** `"name":` */
  readonly key: Constant;
  /** Null for a field that is nothing but a part of `_data`. */
  readonly target: Target | null;
  /** What came after it in the last map. */
  next: Known | null = null;

  constructor(name: Buffer, target: Target | null) {
    this.name = new Name(name);
    this.key = new Constant(`${JSON.stringify(name.toString())}:`);
    this.target = target;
  }
}

export class Shape {
  /** Whether no field matters for more than `_data`: then nothing is learned, for nothing is looked for. */
  readonly plain: boolean;
  /** The first name of the last map. */
  first: Known | null = null;
  /** Of the maps in an array: redaction reaches there, and REPEATED RECORDs. */
  readonly elements: Shape;
  /** Of the values in an array: when they are as a REPEATED column has them. */
  readonly element: Criteria | null;
  readonly #known = new NameTable<Known>();
  #learned = 0;

  /**
   * @param targets  fields that matter for more than `_data`
   * @param elements  `itself` where maps and the arrays around them are the same
   */
  constructor(
    targets: ReadonlyMap<string, Target>,
    elements: Shape | 'itself',
    element: Criteria | null = null,
  ) {
    this.plain = targets.size === 0;
    this.elements = elements === 'itself' ? this : elements;
    this.element = element;
    for (const [name, target] of targets) this.#known.add(new Known(Buffer.from(name), target));
  }

  /** Null for a name that is not worth knowing. */
  find(bytes: Bytes, from: number, length: number): Known | null {
    const known = this.#known.find(bytes, from, length);
    if (known !== undefined) return known;
    if (this.#learned >= MAX_LEARNED || length > MAX_LEARNED_LENGTH) return null;
    this.#learned++;
    return this.#learn(Buffer.from(bytes.input.slice(from, from + length)));
  }

  #learn(name: Buffer): Known | null {
    // What is no UTF-8 is not written by its name.
    if (!isUtf8(name)) return null;
    const known = new Known(name, null);
    this.#known.add(known);
    return known;
  }
}

/** Of a field that is nothing but a part of `_data`. */
export const PLAIN = new Shape(new Map(), 'itself');
