// What Firestore refuses to store, and in which words.
// https://cloud.google.com/firestore/quotas#collections_documents_and_fields
import { invalidArgument } from './errors.ts';
import { parseReference } from './names.ts';
import { type Fields, type Value, VECTOR_TYPE_KEY, VECTOR_VALUE_KEY } from './values.ts';

/** Bytes, counted as Firestore counts storage. */
const MAX_DOCUMENT_BYTES = 1_048_576;
/** Bytes of one string or bytes value: 1 MiB less 89. */
const MAX_VALUE_BYTES = 1_048_487;
/** Bytes. */
const MAX_FIELD_NAME_BYTES = 1500;
/** Maps and arrays below a field. */
const MAX_DEPTH = 20;

const RESERVED = /^__.*__$/s;

/** @throws INVALID_ARGUMENT for fields that Firestore would not store under this path. */
export function checkFields(fields: Fields, path: readonly string[]): void {
  let bytes = 32 + nameBytes(path);
  for (const [name, value] of fields) {
    if (RESERVED.test(name)) throw invalidArgument(`field name ${name} is reserved`);
    bytes += checkFieldName(name) + new FieldCheck(name).check(value, 0);
  }
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw invalidArgument(`maximum entity size is ${MAX_DOCUMENT_BYTES} bytes`);
  }
}

/** @see https://cloud.google.com/firestore/docs/storage-size#document-name-size */
const nameBytes = (path: readonly string[]): number =>
  path.reduce((bytes, segment) => bytes + Buffer.byteLength(segment) + 1, 16);

function checkFieldName(name: string): number {
  if (name === '') throw invalidArgument('The property.name is the empty string.');
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_FIELD_NAME_BYTES) {
    throw invalidArgument('The property.name is longer than 1500 bytes.');
  }
  return bytes + 1;
}

/** Checks the values below one field of a document, and adds up what they take. */
class FieldCheck {
  readonly #field: string;

  constructor(field: string) {
    this.#field = field;
  }

  /** @returns bytes, as Firestore counts them: storage-size in its documentation. */
  check(value: Value, depth: number, inArray = false): number {
    switch (value.type) {
      case 'null':
      case 'boolean':
        return 1;
      case 'integer':
      case 'double':
      case 'timestamp':
        return 8;
      case 'string':
        return this.#checkLength(Buffer.byteLength(value.value)) + 1;
      case 'bytes':
        return this.#checkLength(value.value.length);
      case 'reference':
        return nameBytes(parseReference(value.value).segments);
      case 'geopoint':
        checkCoordinate('latitude', value.latitude, 90);
        checkCoordinate('longitude', value.longitude, 180);
        return 16;
      case 'array':
        if (inArray) throw invalidArgument('Cannot convert an array value in an array value.');
        this.#checkDepth(depth + 1);
        return value.values.reduce((sum, item) => sum + this.check(item, depth + 1, true), 0);
      case 'map':
        this.#checkDepth(depth + 1);
        return this.#checkMap(value.fields, depth + 1);
    }
  }

  #checkMap(fields: Fields, depth: number): number {
    if (fields.has(VECTOR_TYPE_KEY)) return this.#checkVector(fields);
    let bytes = 0;
    for (const [name, value] of fields) {
      if (RESERVED.test(name)) throw invalidArgument(`field name '${name}' is reserved.`);
      if (name === '') throw this.#invalidNested();
      bytes += checkFieldName(name) + this.check(value, depth);
    }
    return bytes;
  }

  #checkVector(fields: Fields): number {
    const type = fields.get(VECTOR_TYPE_KEY);
    if (type?.type !== 'string' || type.value !== '__vector__') throw this.#invalidNested();
    const value = fields.get(VECTOR_VALUE_KEY);
    if (!value) throw invalidArgument("Vector map is missing key 'value'.");
    if (fields.size > 2) throw invalidArgument('Vector Value map has extraneous entries.');
    if (value.type !== 'array' || value.values.some((element) => element.type !== 'double')) {
      throw invalidArgument("Vector must only contain values of type 'double'");
    }
    if (value.values.length === 0) throw invalidArgument('Cannot have a zero length vector.');
    return value.values.length * 8 + 30;
  }

  #checkLength(bytes: number): number {
    if (bytes > MAX_VALUE_BYTES) {
      throw invalidArgument(
        `The value of property "${this.#field}" is longer than ${MAX_VALUE_BYTES} bytes.`,
      );
    }
    return bytes;
  }

  #checkDepth(depth: number): void {
    if (depth > MAX_DEPTH) throw this.#invalidNested();
  }

  #invalidNested(): Error {
    return invalidArgument(`Property ${this.#field} contains an invalid nested entity.`);
  }
}

function checkCoordinate(name: 'latitude' | 'longitude', degrees: number, limit: number): void {
  if (Math.abs(degrees) <= limit) return;
  const shown = Number.isInteger(degrees) ? degrees.toFixed(1) : String(degrees);
  const range = `-${limit}.0 to ${limit}.0`;
  throw invalidArgument(`Geo point ${name} '${shown}' outside permitted range ${range}.`);
}
