// Protocol Buffers' wire format: just enough to read and write documents without building a generic
// message first. https://protobuf.dev/programming-guides/encoding/
import { isUtf8 } from 'node:buffer';
import { invalidArgument } from './errors.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
const FIXED32 = 5;

/** The byte(s) before a field: its number and how its value is written. */
export const tag = (field: number, wireType: number): number => field * 8 + wireType;

/** Reads one message; bytes it hands out are views, not copies. */
export class WireReader {
  readonly #bytes: Buffer;
  position: number;
  readonly end: number;

  constructor(bytes: Buffer, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  /** An unsigned varint below 2^53: tags, lengths, booleans. */
  uint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
      if (scale > 2 ** 63) throw malformed();
    }
  }

  int64(): bigint {
    let low = 0;
    let scale = 1;
    for (let count = 0; count < 4; count += 1) {
      const byte = this.#byte();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return BigInt(low);
      scale *= 128;
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed();
  }

  double(): number {
    const at = this.#take(8);
    return this.#bytes.readDoubleLE(at);
  }

  bytes(): Buffer {
    const length = this.uint();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** @throws INVALID_ARGUMENT for bytes that are not UTF-8, as no client sends them. */
  string(): string {
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw invalidArgument('String field contains invalid UTF-8 data.');
    return bytes.toString('utf8');
  }

  /** A reader of the message that follows. */
  message(): WireReader {
    const length = this.uint();
    const at = this.#take(length);
    return new WireReader(this.#bytes, at, at + length);
  }

  skip(fieldTag: number): void {
    switch (fieldTag & 7) {
      case VARINT:
        while (this.#byte() >= 0x80);
        return;
      case FIXED64:
        this.#take(8);
        return;
      case LENGTH:
        this.#take(this.uint());
        return;
      case FIXED32:
        this.#take(4);
        return;
      default:
        throw malformed();
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#take(1)];
    if (byte === undefined) throw malformed();
    return byte;
  }

  #take(count: number): number {
    const at = this.position;
    if (at + count > this.end) throw malformed();
    this.position = at + count;
    return at;
  }
}

/** Writes into one growing buffer; `finish` hands out a copy and starts over. */
export class WireWriter {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #position = 0;

  uint(value: number): void {
    this.#reserve(8);
    this.#writeUint(value);
  }

  int64(value: bigint): void {
    if (value >= 0n && value <= 0x7fffffffn) {
      this.uint(Number(value));
      return;
    }
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.#bytes[this.#position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#position++] = Number(rest);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#position = this.#bytes.writeDoubleLE(value, this.#position);
  }

  bytes(value: Uint8Array): void {
    this.uint(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#position);
    this.#position += value.length;
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.uint(length);
    this.#reserve(length);
    this.#position += this.#bytes.write(value, this.#position, length, 'utf8');
  }

  /** Begins a message whose length is not known yet; hand the result to `endMessage`. */
  beginMessage(): number {
    this.#reserve(1);
    this.#position += 1;
    return this.#position;
  }

  endMessage(start: number): void {
    const length = this.#position - start;
    let lengthBytes = 1;
    for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) lengthBytes += 1;
    if (lengthBytes > 1) {
      this.#reserve(lengthBytes - 1);
      this.#bytes.copyWithin(start - 1 + lengthBytes, start, this.#position);
    }
    this.#position = start - 1;
    // Not `uint`: making room there would drop what lies behind the position.
    this.#writeUint(length);
    this.#position += length;
  }

  finish(): Buffer {
    const result = Buffer.allocUnsafe(this.#position);
    this.#bytes.copy(result, 0, 0, this.#position);
    this.#position = 0;
    return result;
  }

  #writeUint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#position++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#position++] = rest;
  }

  #reserve(count: number): void {
    if (this.#position + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#position + count));
    this.#bytes.copy(grown, 0, 0, this.#position);
    this.#bytes = grown;
  }
}

const malformed = () => invalidArgument('The request is not a well-formed protocol buffer.');
