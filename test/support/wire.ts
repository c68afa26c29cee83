// Documents as Firestore sends them, written by hand, so that tests can also send what no server would.
import type { Timestamp, Value } from '@firesink/shared/rows/value.ts';

export interface TestDocument {
  name: string;
  fields: ReadonlyMap<string, Value>;
  createTime: Timestamp | null;
  updateTime: Timestamp | null;
}

/** A `RunQueryResponse`, the read time behind the document as the service has it. */
export function encodeResponse(document: TestDocument): Buffer {
  return Buffer.concat([
    field(1, encodeDocument(document)),
    field(3, encodeTime({ seconds: 1n, nanos: 0 })),
  ]);
}

export function encodeDocument({ name, fields, createTime, updateTime }: TestDocument): Buffer {
  return Buffer.concat([
    field(1, Buffer.from(name)),
    ...encodeFields(2, fields),
    ...(createTime === null ? [] : [field(3, encodeTime(createTime))]),
    ...(updateTime === null ? [] : [field(4, encodeTime(updateTime))]),
  ]);
}

const encodeFields = (number: number, fields: ReadonlyMap<string, Value>): Buffer[] =>
  [...fields].map(([name, value]) =>
    field(number, Buffer.concat([field(1, Buffer.from(name)), field(2, encodeValue(value))])),
  );

/** The message `Value`. */
export function encodeValue(value: Value): Buffer {
  switch (value.kind) {
    case 'boolean':
      return varintField(1, value.value ? 1n : 0n);
    case 'integer':
      return varintField(2, value.value);
    case 'double':
      return doubleField(3, value.value);
    case 'reference':
      return field(5, Buffer.from(value.value));
    case 'map':
      return field(6, Buffer.concat(encodeFields(1, value.fields)));
    case 'geopoint':
      return field(8, Buffer.concat([zeroable(1, value.latitude), zeroable(2, value.longitude)]));
    case 'array':
      return field(9, Buffer.concat(value.values.map((each) => field(1, encodeValue(each)))));
    case 'timestamp':
      return field(10, encodeTime(value));
    case 'null':
      return varintField(11, 0n);
    case 'string':
      return field(17, Buffer.from(value.value));
    case 'bytes':
      return field(18, value.value);
    case 'vector':
      return encodeValue({ kind: 'map', fields: vectorFields(value.values) });
  }
}

function vectorFields(values: readonly number[]): Map<string, Value> {
  const doubles = values.map((value): Value => ({ kind: 'double', value }));
  return new Map<string, Value>([
    ['__type__', { kind: 'string', value: '__vector__' }],
    ['value', { kind: 'array', values: doubles }],
  ]);
}

/** Proto3 leaves out zeros, but not those below it. */
function encodeTime({ seconds, nanos }: Timestamp): Buffer {
  return Buffer.concat([
    seconds === 0n ? Buffer.alloc(0) : varintField(1, seconds),
    nanos === 0 ? Buffer.alloc(0) : varintField(2, BigInt(nanos)),
  ]);
}

const zeroable = (number: number, value: number): Buffer =>
  Object.is(value, 0) ? Buffer.alloc(0) : doubleField(number, value);

export const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes]);

export const varintField = (number: number, value: bigint): Buffer =>
  Buffer.concat([varint(BigInt(number * 8)), varint(value)]);

export function doubleField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(BigInt(number * 8 + 1)), bytes]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
