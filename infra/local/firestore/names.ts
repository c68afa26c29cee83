// Resource names, and keys that sort as Firestore sorts them: segment by segment, numeric ids
// (`__id7__`) by number before all others, the rest by the bytes of their UTF-8.
import { invalidArgument } from './errors.ts';

export interface ParsedName {
  /** `projects/p/databases/(default)` */
  database: string;
  /** Collection and document ids in turn, below `documents`. */
  segments: string[];
}

/** Bytes. Firestore documentation, "Quotas and limits": collection and document ids. */
const MAX_ID_BYTES = 1500;
/** Segments: a hundred levels of subcollections, each with a collection id and a document id. */
const MAX_SEGMENTS = 200;

const RESERVED = /^__.*__$/s;
const NUMERIC_ID = /^__id(-?\d+)__$/;

/** `projects/p/databases/(default)/documents/apis/a1` */
export const parseDocumentName = (name: string): ParsedName => parseName(name, 'Document', false);

/** As in a value; such a name may lead to any project and database. */
export const parseReference = (name: string): ParsedName => parseName(name, 'Resource', false);

/** A document, or the root of a database: `projects/p/databases/(default)/documents`. */
export const parseParent = (name: string): ParsedName => parseName(name, 'Document parent', true);

/** @throws INVALID_ARGUMENT unless it is `projects/p/databases/d`. */
export function parseDatabase(name: string): string {
  const walk = new Walk(name, 'Database');
  walk.fixed('projects');
  walk.id();
  walk.fixed('databases');
  walk.id();
  walk.end();
  return name;
}

function parseName(name: string, what: string, mayBeRoot: boolean): ParsedName {
  const walk = new Walk(name, what);
  walk.fixed('projects');
  walk.id();
  walk.fixed('databases');
  walk.id();
  const database = name.slice(0, walk.position - 1);
  walk.fixed('documents', mayBeRoot);
  const segments: string[] = [];
  while (!walk.done || (segments.length === 0 && !mayBeRoot)) {
    segments.push(checkCollectionId(walk.id()));
    if (segments.length > MAX_SEGMENTS) {
      throw invalidArgument('Key path is too long. Cannot exceed 100 elements.');
    }
    segments.push(checkDocumentId(walk.id(true)));
  }
  return { database, segments };
}

/** Goes through a name from slash to slash, and says where it is wrong. */
class Walk {
  readonly #name: string;
  readonly #what: string;
  position = 0;

  constructor(name: string, what: string) {
    this.#name = name;
    this.#what = what;
  }

  get done(): boolean {
    return this.position > this.#name.length;
  }

  fixed(word: string, mayBeLast = false): void {
    if (this.#next() !== word) throw this.#lacks(`"${word}"`, this.position);
    this.#advance(word, mayBeLast);
  }

  id(mayBeLast = false): string {
    const id = this.#next();
    if (id === '') throw this.#lacks('a resource id', this.position);
    if (id === '.' || id === '..') {
      throw invalidArgument(
        `${this.#what} name "${this.#name}" contains a resource id "${id}" at index ${this.position}.`,
      );
    }
    this.#advance(id, mayBeLast || this.#what === 'Database');
    return id;
  }

  end(): void {
    if (!this.done) throw this.#lacks('its end', this.position - 1);
  }

  #next(): string {
    const slash = this.#name.indexOf('/', this.position);
    return this.#name.slice(this.position, slash === -1 ? undefined : slash);
  }

  #advance(part: string, mayBeLast: boolean): void {
    this.position += part.length + 1;
    if (this.position > this.#name.length && !mayBeLast) {
      throw this.#lacks('"/"', this.#name.length);
    }
  }

  #lacks(part: string, index: number): Error {
    return invalidArgument(`${this.#what} name "${this.#name}" lacks ${part} at index ${index}.`);
  }
}

/** @throws INVALID_ARGUMENT for an id Firestore would refuse; otherwise the id. */
export function checkCollectionId(id: string): string {
  if (id.includes('/')) {
    throw invalidArgument(`Collection id "${id}" is invalid because it contains "/".`);
  }
  if (RESERVED.test(id)) {
    throw invalidArgument(`Collection id "${id}" is invalid because it is reserved.`);
  }
  return checkLength(id);
}

function checkDocumentId(id: string): string {
  if (RESERVED.test(id) && numericId(id) === undefined) {
    throw invalidArgument(`Resource id "${id}" is invalid because it is reserved.`);
  }
  return checkLength(id);
}

function checkLength(id: string): string {
  if (id.length * 3 > MAX_ID_BYTES && Buffer.byteLength(id) > MAX_ID_BYTES) {
    throw invalidArgument('The key path element name is longer than 1500 bytes.');
  }
  return id;
}

function numericId(id: string): bigint | undefined {
  const digits = NUMERIC_ID.exec(id)?.[1];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

export const formatName = (database: string, segments: readonly string[]): string =>
  ['documents', ...segments].reduce((name, segment) => `${name}/${segment}`, database);

/** The collection a document is in: the id before its own. */
export const collectionIdOf = (segments: readonly string[]): string => segments.at(-2) ?? '';

/**
 * One segment, so that keys compare by plain `<`: each character is one byte of an order-preserving
 * encoding. Numbers: 1, then eight bytes, sign flipped. Text: 2, its UTF-8 with 0 as 0 255, then 0 1.
 */
export function segmentKey(id: string): string {
  const number = id.startsWith('__id') ? numericId(id) : undefined;
  if (number !== undefined) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt.asUintN(64, number) ^ (1n << 63n));
    return `\x01${bytes.toString('latin1')}`;
  }
  const isPlainAscii = Buffer.byteLength(id) === id.length && !id.includes('\0');
  const text = isPlainAscii
    ? id
    : Buffer.from(id, 'utf8').toString('latin1').replaceAll('\0', '\0\xff');
  return `\x02${text}\0\x01`;
}

export const pathKey = (segments: readonly string[]): string =>
  segments.reduce((key, segment) => key + segmentKey(segment), '');

/** The first key after `key` and before those of the documents below it. */
export const keyAfter = (key: string): string => `${key}\0`;

/** After every key that begins with this one. */
export const keyAfterAllBelow = (key: string): string => `${key}\xff`;
