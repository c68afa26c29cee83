// Just enough of protobuf's wire format for requests and small answers: a message is the fields written one
// after the other, a nested one is a field of bytes. The documents themselves never pass through here.

export type FieldValue = Buffer | undefined;

/** Fields that are undefined are left out. */
export const message = (...fields: readonly FieldValue[]): Buffer =>
  Buffer.concat(fields.filter((field) => field !== undefined));

/** A nested message, a string's UTF-8, or bytes. */
export const bytesField = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([varint(tag(number, 2)), varint(bytes.length), bytes]);

export const textField = (number: number, text: string): Buffer =>
  bytesField(number, Buffer.from(text));

/** int32, int64, bool, enum: negative ones as the 64 bits of their two's complement. */
export const varintField = (number: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(tag(number, 0)), varint(value)]);

export function doubleField(number: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(tag(number, 1)), bytes]);
}

/** `google.protobuf.Timestamp`. */
export const timestampField = (number: number, timeMs: number): Buffer => {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = Math.round((timeMs - seconds * 1000) * 1e6);
  return bytesField(
    number,
    message(varintField(1, seconds), nanos === 0 ? undefined : varintField(2, nanos)),
  );
};

const tag = (number: number, wireType: number) => number * 8 + wireType;

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

/** `number` is the varint, or the length of `bytes`; a double or fixed field is its bytes. */
export interface Field {
  number: number;
  varint: bigint;
  bytes: Buffer;
}

/** @throws {RangeError} where the bytes are no message, or end in the middle of one */
export function* fieldsOf(bytes: Buffer): Generator<Field> {
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const key = Number(readVarint(cursor));
    const number = Math.floor(key / 8);
    const wireType = key % 8;
    if (wireType === 0) yield { number, varint: readVarint(cursor), bytes: NOTHING };
    else yield { number, varint: 0n, bytes: take(cursor, lengthOf(wireType, cursor)) };
  }
}

/** The first field of that number. */
export const fieldOf = (bytes: Buffer, number: number): Field | undefined =>
  fieldsOf(bytes).find((field) => field.number === number);

const NOTHING = Buffer.alloc(0);

interface Cursor {
  bytes: Buffer;
  at: number;
}

function lengthOf(wireType: number, cursor: Cursor): number {
  if (wireType === 2) return Number(readVarint(cursor));
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  throw new RangeError(`protobuf: wire type ${wireType} at byte ${cursor.at}`);
}

function take(cursor: Cursor, length: number): Buffer {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new RangeError('protobuf: the message was cut');
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new RangeError('protobuf: the message was cut');
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  throw new RangeError(`protobuf: a varint of more than ten bytes at byte ${cursor.at}`);
}

/** `google.protobuf.Timestamp` in milliseconds since 1970, rounded up: at that instant it has happened. */
export function readTimestampMs(bytes: Buffer): number {
  const seconds = Number(BigInt.asIntN(64, fieldOf(bytes, 1)?.varint ?? 0n));
  const nanos = Number(fieldOf(bytes, 2)?.varint ?? 0n);
  return seconds * 1000 + Math.ceil(nanos / 1e6);
}
