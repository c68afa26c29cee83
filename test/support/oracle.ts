// The plain encoder over the official client's types: its protobuf messages, decoded by its own library,
// then values, then rows/encode.ts. Slow, obvious, and independent of how the transcoder reads the wire.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type EncodedRow,
  encodeRow,
  type RowProgram,
  type SnapshotHead,
} from '@firesink/shared/rows/encode.ts';
import type { Fields, Timestamp, Value } from '@firesink/shared/rows/value.ts';
import protobuf from 'protobufjs';

/** As the official client's decoder makes them, 64-bit integers as strings; one kind is set. */
export interface ProtoValue {
  nullValue?: unknown;
  booleanValue?: boolean;
  integerValue?: string;
  doubleValue?: number;
  timestampValue?: ProtoTimestamp;
  stringValue?: string;
  bytesValue?: Uint8Array;
  referenceValue?: string;
  geoPointValue?: { latitude?: number; longitude?: number };
  arrayValue?: { values?: ProtoValue[] };
  mapValue?: { fields?: Record<string, ProtoValue> };
}

interface ProtoTimestamp {
  seconds?: string;
  nanos?: number;
}

export interface ProtoDocument {
  name: string;
  fields?: Record<string, ProtoValue>;
  createTime?: ProtoTimestamp;
  updateTime?: ProtoTimestamp;
}

const require = createRequire(import.meta.url);
const client = dirname(require.resolve('@google-cloud/firestore/package.json'));
const root = protobuf.Root.fromJSON(require(join(client, 'build/protos/v1.json')));
const responses = root.lookupType('google.firestore.v1.RunQueryResponse');

/** The document of a `RunQueryResponse`, as the official client sees it. */
export function decodeOfficially(message: Uint8Array): ProtoDocument {
  const response = responses.toObject(responses.decode(message), { longs: String, enums: String });
  return response.document;
}

/** Its row, as Firestore's documents become rows everywhere. */
export function encodeOfficially(
  program: RowProgram,
  head: SnapshotHead,
  document: ProtoDocument,
): EncodedRow {
  const { name, fields = {}, createTime, updateTime } = document;
  const documentPath = name.split('/').slice(5).join('/');
  const row = {
    ...head,
    documentId: name.split('/').at(-1) ?? '',
    documentPath,
    createTime: createTime ? timestampOf(createTime) : null,
    updateTime: updateTime ? timestampOf(updateTime) : null,
  };
  return encodeRow(program, row, fieldsOf(fields));
}

const fieldsOf = (fields: Record<string, ProtoValue>): Fields =>
  new Map(Object.entries(fields).map(([name, value]) => [name, toValue(value)]));

const timestampOf = ({ seconds = '0', nanos = 0 }: ProtoTimestamp): Timestamp => ({
  seconds: BigInt(seconds),
  nanos,
});

function toValue(proto: ProtoValue): Value {
  if (proto.booleanValue !== undefined) return { kind: 'boolean', value: proto.booleanValue };
  if (proto.integerValue !== undefined)
    return { kind: 'integer', value: BigInt(proto.integerValue) };
  if (proto.doubleValue !== undefined) return { kind: 'double', value: proto.doubleValue };
  if (proto.stringValue !== undefined) return { kind: 'string', value: proto.stringValue };
  if (proto.referenceValue !== undefined) return { kind: 'reference', value: proto.referenceValue };
  if (proto.bytesValue) return { kind: 'bytes', value: proto.bytesValue };
  if (proto.timestampValue) return { kind: 'timestamp', ...timestampOf(proto.timestampValue) };
  if (proto.geoPointValue) {
    const { latitude = 0, longitude = 0 } = proto.geoPointValue;
    return { kind: 'geopoint', latitude, longitude };
  }
  if (proto.arrayValue)
    return { kind: 'array', values: (proto.arrayValue.values ?? []).map(toValue) };
  if (proto.mapValue) return mapOf(proto.mapValue.fields ?? {});
  return { kind: 'null' };
}

/** The official client reads a vector out of a map whose `__type__` says so. */
function mapOf(fields: Record<string, ProtoValue>): Value {
  const { __type__: type, value, ...others } = fields;
  const elements = value?.arrayValue?.values ?? [];
  const doubles = elements.flatMap(({ doubleValue }) =>
    doubleValue === undefined ? [] : [doubleValue],
  );
  const isVector =
    type?.stringValue === '__vector__' &&
    value?.arrayValue !== undefined &&
    doubles.length === elements.length &&
    Object.keys(others).length === 0;
  return isVector ? { kind: 'vector', values: doubles } : { kind: 'map', fields: fieldsOf(fields) };
}
