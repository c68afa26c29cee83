// Protocol Buffers' wire format, read carefully: every length checked, every field looked at.
// https://protobuf.dev/programming-guides/encoding/

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

export class MessageReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;
  /** Of the field `next` has found. */
  wireType = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Number of the next field; 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.#uint();
    this.wireType = tag & 7;
    return Math.floor(tag / 8);
  }

  /** An int64, a bool, an enum. */
  varint(): bigint {
    this.#expect(VARINT);
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed();
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#bytes.readDoubleLE(this.#skip(8));
  }

  /** A message within this one. */
  message(): MessageReader {
    this.#expect(LENGTH);
    const length = this.#uint();
    const start = this.#skip(length);
    return new MessageReader(this.#bytes, start, start + length);
  }

  /** A view on the bytes, not a copy. */
  bytes(): Buffer {
    this.#expect(LENGTH);
    const length = this.#uint();
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(): void {
    if (this.wireType === VARINT) this.varint();
    else if (this.wireType === FIXED64) this.#skip(8);
    else if (this.wireType === LENGTH) this.#skip(this.#uint());
    else if (this.wireType === FIXED32) this.#skip(4);
    else throw malformed();
  }

  #uint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 5; count++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw malformed();
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || this.#at >= this.#end) throw malformed();
    this.#at++;
    return byte;
  }

  #skip(length: number): number {
    const start = this.#at;
    if (start + length > this.#end) throw malformed();
    this.#at = start + length;
    return start;
  }

  #expect(wireType: number): void {
    if (this.wireType !== wireType) throw malformed();
  }
}

const malformed = (): RangeError => new RangeError('protobuf: the message is cut or damaged');
