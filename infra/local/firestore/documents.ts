// Documents as they are stored and sent: the bytes of a google.firestore.v1.Document, written once, when
// the document is. Only what a filter, a mask or a transform asks for is ever read back from them.
import type { FieldPath } from './field-paths.ts';
import { selectFields } from './field-paths.ts';
import { readMicros, writeMicros } from './timestamps.ts';
import { type Fields, readEntry, readValue, type Value, writeFields } from './values.ts';
import { LENGTH, tag, WireReader, WireWriter } from './wire.ts';

const NAME = tag(1, LENGTH);
const FIELD = tag(2, LENGTH);
const CREATE_TIME = tag(3, LENGTH);
const UPDATE_TIME = tag(4, LENGTH);
const ENTRY_KEY = tag(1, LENGTH);
const ENTRY_VALUE = tag(2, LENGTH);

interface DocumentTimes {
  createMicros: number;
  updateMicros: number;
}

const writer = new WireWriter();

/** Without times for a document that does not exist: `ListDocuments` answers those too. */
export function encodeDocument(name: string, fields: Fields, times?: DocumentTimes): Buffer {
  writer.uint(NAME);
  writer.string(name);
  writeFields(writer, 2, fields);
  if (times) {
    writeTime(CREATE_TIME, times.createMicros);
    writeTime(UPDATE_TIME, times.updateMicros);
  }
  return writer.finish();
}

function writeTime(fieldTag: number, micros: number): void {
  writer.uint(fieldTag);
  const start = writer.beginMessage();
  writeMicros(writer, micros);
  writer.endMessage(start);
}

/** Reads a document that a client sent, or one of ours; times are not looked at. */
export function decodeDocument(document: Buffer): { name: string; fields: Fields } {
  const reader = new WireReader(document);
  const fields: Fields = new Map();
  let name = '';
  while (!reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag === NAME) name = reader.string();
    else if (fieldTag === FIELD) readEntry(reader.message(), fields);
    else reader.skip(fieldTag);
  }
  return { name, fields };
}

/** Of a stored document: the name comes first there. */
export function documentName(document: Buffer): string {
  const reader = new WireReader(document);
  reader.uint();
  return reader.string();
}

export function documentTimes(document: Buffer): DocumentTimes {
  const reader = new WireReader(document);
  const times = { createMicros: 0, updateMicros: 0 };
  while (!reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag === CREATE_TIME) times.createMicros = readMicros(reader.message());
    else if (fieldTag === UPDATE_TIME) times.updateMicros = readMicros(reader.message());
    else reader.skip(fieldTag);
  }
  return times;
}

/** Whether two stored documents of one name have the same fields, in whatever order. */
export function sameFields(document: Buffer, other: Buffer): boolean {
  const [bytes, otherBytes] = [fieldBytes(document), fieldBytes(other)];
  if (bytes.length !== otherBytes.length) return false;
  return bytes.equals(otherBytes) || sortedBytes(document).equals(sortedBytes(other));
}

function sortedBytes(document: Buffer): Buffer {
  const { name, fields } = decodeDocument(document);
  return encodeDocument(name, sortedFields(fields));
}

const sortedFields = (fields: Fields): Fields =>
  new Map(
    [...fields]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]): [string, Value] => [name, sortedValue(value)]),
  );

function sortedValue(value: Value): Value {
  if (value.type === 'map') return { type: 'map', fields: sortedFields(value.fields) };
  if (value.type === 'array') return { type: 'array', values: value.values.map(sortedValue) };
  return value;
}

function fieldBytes(document: Buffer): Buffer {
  const reader = new WireReader(document);
  while (!reader.done) {
    const start = reader.position;
    const fieldTag = reader.uint();
    if (fieldTag === CREATE_TIME) return document.subarray(0, start);
    reader.skip(fieldTag);
  }
  return document;
}

type FieldFinder = (document: Buffer) => Value | undefined;

/** Finds the value at a path, decoding nothing else. */
export function fieldFinder(path: FieldPath): FieldFinder {
  const names = path.map((name) => Buffer.from(name));
  return (document) => findEntry(new WireReader(document), FIELD, names, 0);
}

function findEntry(
  reader: WireReader,
  entryTag: number,
  names: readonly Buffer[],
  at: number,
): Value | undefined {
  const name = names[at];
  while (name && !reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag !== entryTag) {
      reader.skip(fieldTag);
      continue;
    }
    const entry = reader.message();
    if (entry.uint() !== ENTRY_KEY || !entry.bytes().equals(name)) continue;
    if (entry.uint() !== ENTRY_VALUE) continue;
    const value = entry.message();
    if (at === names.length - 1) return readValue(value);
    // Anything but a map has no fields to go on with.
    if (value.uint() !== tag(6, LENGTH)) return undefined;
    return findEntry(value.message(), tag(1, LENGTH), names, at + 1);
  }
  return undefined;
}

/** With only these fields. An empty list leaves name and times. */
export function projectDocument(document: Buffer, paths: readonly FieldPath[]): Buffer {
  const times = documentTimes(document);
  if (paths.length === 0) return encodeDocument(documentName(document), new Map(), times);
  const { name, fields } = decodeDocument(document);
  return encodeDocument(name, selectFields(fields, paths), times);
}
