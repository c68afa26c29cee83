// A document as values: the careful way, for what the fast way does not take, and for values that do not go
// into their columns as they are. Field numbers: google/firestore/v1/document.proto, November 2026.
import { isUtf8 } from 'node:buffer';
import { FiresinkError } from '../../../errors.ts';
import { MAX_JSON_LEVELS } from '../../../rows/data.ts';
import type { Fields, Timestamp, Value } from '../../../rows/value.ts';
import { sequenceLength } from './escape.ts';
import type { MessageReader } from './reader.ts';

export interface WireDocument {
  /** `projects/P/databases/D/documents/…` */
  name: string;
  fields: Fields;
  createTime: Timestamp | null;
  updateTime: Timestamp | null;
}

/** @throws {FiresinkError} `unknown-value`; {RangeError} for what is no message */
export function decodeDocument(reader: MessageReader): WireDocument {
  const fields = new Map<string, Value>();
  const document: WireDocument = { name: '', fields, createTime: null, updateTime: null };
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) document.name = decodeText(reader.bytes());
    else if (number === 2) decodeEntry(reader.message(), fields, 1);
    else if (number === 3) document.createTime = decodeTimestamp(reader.message());
    else if (number === 4) document.updateTime = decodeTimestamp(reader.message());
    else reader.skip();
  }
  return document;
}

/** Of several fields the last one counts, as protobuf has it for a oneof. */
export function decodeValue(reader: MessageReader, level: number): Value {
  let value: Value | undefined;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    value = decodeKind(reader, number, level);
  }
  if (value === undefined) throw unknownValue('no type at all');
  return value;
}

function decodeKind(reader: MessageReader, number: number, level: number): Value {
  switch (number) {
    case 1:
      return { kind: 'boolean', value: reader.varint() !== 0n };
    case 2:
      return { kind: 'integer', value: reader.varint() };
    case 3:
      return { kind: 'double', value: reader.double() };
    case 5:
      return { kind: 'reference', value: decodeText(reader.bytes()) };
    case 6:
      return decodeMap(reader.message(), deeper(level));
    case 8:
      return decodeGeopoint(reader.message());
    case 9:
      return decodeArray(reader.message(), deeper(level));
    case 10:
      return { kind: 'timestamp', ...decodeTimestamp(reader.message()) };
    case 11:
      reader.varint();
      return { kind: 'null' };
    case 17:
      return { kind: 'string', value: decodeText(reader.bytes()) };
    case 18:
      return { kind: 'bytes', value: reader.bytes() };
    default:
      throw unknownValue(`the value type with field number ${number}`);
  }
}

function decodeEntry(reader: MessageReader, fields: Map<string, Value>, level: number): void {
  let name = '';
  let value: Value | undefined;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) name = decodeText(reader.bytes());
    else if (number === 2) value = decodeValue(reader.message(), level);
    else reader.skip();
  }
  if (value === undefined) throw unknownValue('no type at all');
  fields.set(name, value);
}

function decodeMap(reader: MessageReader, level: number): Value {
  const fields = new Map<string, Value>();
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) decodeEntry(reader.message(), fields, level);
    else reader.skip();
  }
  return vectorIn(fields) ?? { kind: 'map', fields };
}

/** Firestore keeps a vector as a map that says so, its doubles beside. */
function vectorIn(fields: Fields): Value | undefined {
  const type = fields.get('__type__');
  const value = fields.get('value');
  if (fields.size !== 2 || type?.kind !== 'string' || value?.kind !== 'array') return undefined;
  const doubles = value.values.filter((each) => each.kind === 'double').map((each) => each.value);
  if (type.value !== '__vector__' || doubles.length !== value.values.length) return undefined;
  return { kind: 'vector', values: doubles };
}

function decodeArray(reader: MessageReader, level: number): Value {
  const values: Value[] = [];
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) values.push(decodeValue(reader.message(), level));
    else reader.skip();
  }
  return { kind: 'array', values };
}

function decodeGeopoint(reader: MessageReader): Value {
  let latitude = 0;
  let longitude = 0;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) latitude = reader.double();
    else if (number === 2) longitude = reader.double();
    else reader.skip();
  }
  return { kind: 'geopoint', latitude, longitude };
}

function decodeTimestamp(reader: MessageReader): Timestamp {
  let seconds = 0n;
  let nanos = 0;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) seconds = reader.varint();
    else if (number === 2) nanos = Number(BigInt.asIntN(32, reader.varint()));
    else reader.skip();
  }
  return { seconds, nanos };
}

/** What is no UTF-8 becomes lone surrogates, so that the row still knows of it. */
export function decodeText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let valid = 0;
  let at = 0;
  while (at < bytes.length) {
    const size = (bytes[at] ?? 0) < 0x80 ? 1 : sequenceLength(bytes, at, bytes.length);
    if (size > 0) at += size;
    else {
      text += `${bytes.toString('utf8', valid, at)}\udfff`;
      at += damagedLength(bytes, at);
      valid = at;
    }
  }
  return text + bytes.toString('utf8', valid);
}

/** A surrogate written as three bytes is one mistake, not three. */
const damagedLength = (bytes: Buffer, at: number): number =>
  bytes[at] === 0xed && isContinuation(bytes[at + 1]) && isContinuation(bytes[at + 2]) ? 3 : 1;

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80;

function deeper(level: number): number {
  if (level < MAX_JSON_LEVELS) return level + 1;
  throw new FiresinkError({
    outcome: 'failed',
    code: 'too-deep',
    what: `a value lies deeper than ${MAX_JSON_LEVELS} levels of maps and arrays`,
    hint: "BigQuery's JSON type takes no more",
  });
}

const unknownValue = (what: string): FiresinkError =>
  new FiresinkError({
    outcome: 'failed',
    code: 'unknown-value',
    what: `it holds ${what}, which this version of firesink does not know`,
    hint: 'Use a newer version',
  });
