// Firestore's values, and how they are written as google.firestore.v1.Value. Maps keep the order in
// which their keys came, as Firestore's answers do.
import { invalidArgument } from './errors.ts';
import { readTimestamp, writeTimestamp } from './timestamps.ts';
import { FIXED64, LENGTH, tag, VARINT, type WireReader, WireWriter } from './wire.ts';

export type Fields = Map<string, Value>;

export type Value =
  | { type: 'null' }
  | { type: 'boolean'; value: boolean }
  | { type: 'integer'; value: bigint }
  | { type: 'double'; value: number }
  /** Nanoseconds are whole microseconds: what is finer is cut off, as Firestore does. */
  | { type: 'timestamp'; seconds: bigint; nanos: number }
  | { type: 'string'; value: string }
  | { type: 'bytes'; value: Buffer }
  | { type: 'reference'; value: string }
  | { type: 'geopoint'; latitude: number; longitude: number }
  | { type: 'array'; values: Value[] }
  | { type: 'map'; fields: Fields };

export const NULL: Value = { type: 'null' };

/** In the vectors' own map, by Firestore's convention. */
export const VECTOR_TYPE_KEY = '__type__';
export const VECTOR_VALUE_KEY = 'value';

/** The elements of a vector: the map `{__type__: '__vector__', value: [doubles]}`. */
export function vectorElements(fields: Fields): Value[] | undefined {
  const type = fields.get(VECTOR_TYPE_KEY);
  if (type?.type !== 'string' || type.value !== '__vector__') return undefined;
  const value = fields.get(VECTOR_VALUE_KEY);
  return value?.type === 'array' ? value.values : undefined;
}

/** Deeper nesting than Firestore allows, so that hostile input cannot exhaust the stack. */
const MAX_WIRE_DEPTH = 64;

const UNSUPPORTED: Record<number, string> = {
  19: 'FIELD_REFERENCE_VALUE',
  20: 'FUNCTION_VALUE',
  21: 'PIPELINE_VALUE',
  22: 'VARIABLE_REFERENCE_VALUE',
};

/** @throws INVALID_ARGUMENT for a value without a type, or of one that only pipelines know. */
export function readValue(reader: WireReader, depth = 0): Value {
  if (depth > MAX_WIRE_DEPTH) throw invalidArgument('Property contains an invalid nested entity.');
  let value: Value | undefined;
  while (!reader.done) {
    const fieldTag = reader.uint();
    value = readTyped(reader, fieldTag, depth) ?? value;
  }
  if (!value) throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
  return value;
}

function readTyped(reader: WireReader, fieldTag: number, depth: number): Value | undefined {
  switch (fieldTag) {
    case tag(11, VARINT):
      reader.uint();
      return NULL;
    case tag(1, VARINT):
      return { type: 'boolean', value: reader.uint() !== 0 };
    case tag(2, VARINT):
      return { type: 'integer', value: reader.int64() };
    case tag(3, FIXED64):
      return { type: 'double', value: reader.double() };
    case tag(10, LENGTH):
      return checkedTimestamp(readTimestamp(reader.message()));
    case tag(17, LENGTH):
      return { type: 'string', value: reader.string() };
    case tag(18, LENGTH):
      return { type: 'bytes', value: reader.bytes() };
    case tag(5, LENGTH):
      return { type: 'reference', value: reader.string() };
    case tag(8, LENGTH):
      return readGeopoint(reader.message());
    case tag(9, LENGTH):
      return { type: 'array', values: readArray(reader.message(), depth + 1) };
    case tag(6, LENGTH):
      return { type: 'map', fields: readMap(reader.message(), depth + 1) };
    default: {
      const unsupported = UNSUPPORTED[fieldTag >> 3];
      if (unsupported) throw invalidArgument(`Value type is not supported: ${unsupported}`);
      reader.skip(fieldTag);
      return undefined;
    }
  }
}

/** Reads a google.firestore.v1.ArrayValue. */
export function readArray(reader: WireReader, depth = 0): Value[] {
  const values: Value[] = [];
  while (!reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag === tag(1, LENGTH)) values.push(readValue(reader.message(), depth));
    else reader.skip(fieldTag);
  }
  return values;
}

function readMap(reader: WireReader, depth: number): Fields {
  const fields: Fields = new Map();
  while (!reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag === tag(1, LENGTH)) readEntry(reader.message(), fields, depth);
    else reader.skip(fieldTag);
  }
  return fields;
}

/** Reads one entry of a protobuf map into `fields`; of a key that comes twice the last one stays. */
export function readEntry(reader: WireReader, fields: Fields, depth = 0): void {
  let key = '';
  let value: Value | undefined;
  while (!reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag === tag(1, LENGTH)) key = reader.string();
    else if (fieldTag === tag(2, LENGTH)) value = readValue(reader.message(), depth);
    else reader.skip(fieldTag);
  }
  if (!value) throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
  fields.set(key, value);
}

function readGeopoint(reader: WireReader): Value {
  let latitude = 0;
  let longitude = 0;
  while (!reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag === tag(1, FIXED64)) latitude = reader.double();
    else if (fieldTag === tag(2, FIXED64)) longitude = reader.double();
    else reader.skip(fieldTag);
  }
  return { type: 'geopoint', latitude, longitude };
}

/** Seconds since 1970 of 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

function checkedTimestamp({ seconds, nanos }: { seconds: bigint; nanos: bigint }): Value {
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw invalidArgument('Timestamp seconds exceeds limit for field.');
  }
  if (nanos < 0n || nanos > 999_999_999n) {
    throw invalidArgument('Timestamp nanos exceeds limit for field.');
  }
  return { type: 'timestamp', seconds, nanos: Number(nanos - (nanos % 1000n)) };
}

/** Writes the body of a google.firestore.v1.Value. */
function writeValue(writer: WireWriter, value: Value): void {
  switch (value.type) {
    case 'null':
      writer.uint(tag(11, VARINT));
      writer.uint(0);
      return;
    case 'boolean':
      writer.uint(tag(1, VARINT));
      writer.uint(value.value ? 1 : 0);
      return;
    case 'integer':
      writer.uint(tag(2, VARINT));
      writer.int64(value.value);
      return;
    case 'double':
      writer.uint(tag(3, FIXED64));
      writer.double(value.value);
      return;
    case 'string':
      writer.uint(tag(17, LENGTH));
      writer.string(value.value);
      return;
    case 'bytes':
      writer.uint(tag(18, LENGTH));
      writer.bytes(value.value);
      return;
    case 'reference':
      writer.uint(tag(5, LENGTH));
      writer.string(value.value);
      return;
    default:
      writeMessageValue(writer, value);
  }
}

type MessageValue = Extract<Value, { type: 'timestamp' | 'geopoint' | 'array' | 'map' }>;

const MESSAGE_FIELDS: Record<MessageValue['type'], number> = {
  timestamp: 10,
  geopoint: 8,
  array: 9,
  map: 6,
};

function writeMessageValue(writer: WireWriter, value: MessageValue): void {
  writer.uint(tag(MESSAGE_FIELDS[value.type], LENGTH));
  const start = writer.beginMessage();
  switch (value.type) {
    case 'timestamp':
      writeTimestamp(writer, value.seconds, value.nanos);
      break;
    case 'geopoint':
      writeCoordinate(writer, 1, value.latitude);
      writeCoordinate(writer, 2, value.longitude);
      break;
    case 'array':
      for (const element of value.values) {
        writer.uint(tag(1, LENGTH));
        const elementStart = writer.beginMessage();
        writeValue(writer, element);
        writer.endMessage(elementStart);
      }
      break;
    case 'map':
      writeFields(writer, 1, value.fields);
  }
  writer.endMessage(start);
}

function writeCoordinate(writer: WireWriter, field: number, degrees: number): void {
  // Zero is proto3's default and not written; minus zero is not zero there.
  if (Object.is(degrees, 0)) return;
  writer.uint(tag(field, FIXED64));
  writer.double(degrees);
}

/** Writes a map's entries, each as a field with this number. */
export function writeFields(writer: WireWriter, field: number, fields: Fields): void {
  for (const [key, value] of inWireOrder(fields)) {
    writer.uint(tag(field, LENGTH));
    const entryStart = writer.beginMessage();
    writer.uint(tag(1, LENGTH));
    writer.string(key);
    writer.uint(tag(2, LENGTH));
    const valueStart = writer.beginMessage();
    writeValue(writer, value);
    writer.endMessage(valueStart);
    writer.endMessage(entryStart);
  }
}

/** Firestore answers vectors with their type first, however they were sent. */
function inWireOrder(fields: Fields): Iterable<[string, Value]> {
  const elements = vectorElements(fields);
  const type = fields.get(VECTOR_TYPE_KEY);
  if (!elements || !type) return fields;
  return [
    [VECTOR_TYPE_KEY, type],
    [VECTOR_VALUE_KEY, { type: 'array', values: elements }],
  ];
}

export function encodeValue(value: Value): Buffer {
  const writer = new WireWriter();
  writeValue(writer, value);
  return writer.finish();
}
