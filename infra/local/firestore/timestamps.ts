// Firestore's clock counts microseconds since 1970; a double holds them exactly until the year 2255.
import { invalidArgument } from './errors.ts';
import { tag, VARINT, type WireReader, type WireWriter } from './wire.ts';

/** As the protocol has it: `{ seconds: '1795483692', nanos: 19261000 }`. */
export interface ProtoTimestamp {
  seconds: string;
  nanos: number;
}

export const formatProtoTimestamp = (micros: number): ProtoTimestamp => ({
  seconds: String(Math.floor(micros / 1e6)),
  nanos: (micros - Math.floor(micros / 1e6) * 1e6) * 1000,
});

/** @throws INVALID_ARGUMENT for a fraction of a microsecond, as Firestore does for read times. */
export function parseProtoTimestamp({ seconds, nanos }: ProtoTimestamp): number {
  if (nanos % 1000 !== 0) {
    throw invalidArgument('timestamp cannot have more than microseconds precision');
  }
  return Number(seconds) * 1e6 + nanos / 1000;
}

/** Writes the body of a `google.protobuf.Timestamp`. */
export function writeTimestamp(writer: WireWriter, seconds: bigint, nanos: number): void {
  if (seconds !== 0n) {
    writer.uint(tag(1, VARINT));
    writer.int64(seconds);
  }
  if (nanos !== 0) {
    writer.uint(tag(2, VARINT));
    writer.uint(nanos);
  }
}

export function writeMicros(writer: WireWriter, micros: number): void {
  const seconds = Math.floor(micros / 1e6);
  writeTimestamp(writer, BigInt(seconds), (micros - seconds * 1e6) * 1000);
}

/** Reads the body of a `google.protobuf.Timestamp`, unchecked. */
export function readTimestamp(reader: WireReader): { seconds: bigint; nanos: bigint } {
  let seconds = 0n;
  let nanos = 0n;
  while (!reader.done) {
    const fieldTag = reader.uint();
    if (fieldTag === tag(1, VARINT)) seconds = reader.int64();
    else if (fieldTag === tag(2, VARINT)) nanos = reader.int64();
    else reader.skip(fieldTag);
  }
  return { seconds, nanos };
}

export function readMicros(reader: WireReader): number {
  const { seconds, nanos } = readTimestamp(reader);
  return Number(seconds) * 1e6 + Number(nanos) / 1000;
}
