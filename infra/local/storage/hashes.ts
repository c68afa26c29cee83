// CRC32C and MD5 as Cloud Storage shows them: base64 of the big-endian bytes.
import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { hashMismatch } from './errors.ts';

/** `0x22620404` is `ImIEBA==`: four bytes, big-endian. */
export function formatCrc32c(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

export interface Hashes {
  size: number;
  crc32c: number;
  /** base64; composed objects have none. */
  md5?: string;
}

/** Hashes what flows past. One instance sees the bytes of one object, in order. */
export class RunningHashes {
  #md5 = createHash('md5');
  #crc32c = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  update(bytes: Buffer): void {
    this.#md5.update(bytes);
    this.#crc32c = crc32c(bytes, this.#crc32c);
    this.#size += bytes.length;
  }

  result(): Hashes & { md5: string } {
    // A copy, because more may follow: only the caller knows whether the upload is complete.
    return { size: this.#size, crc32c: this.#crc32c, md5: this.#md5.copy().digest('base64') };
  }
}

export interface ExpectedHashes {
  crc32c?: string;
  md5?: string;
}

/** `crc32c=AAAAAA==,md5=…` as clients send it in `x-goog-hash`, in one header or several. */
export function parseHashHeader(header: string | string[] | undefined): ExpectedHashes {
  const expected: ExpectedHashes = {};
  for (const item of [header ?? []].flat().join(',').split(',')) {
    const equals = item.indexOf('=');
    const name = item.slice(0, equals).trim().toLowerCase();
    if (name === 'crc32c' || name === 'md5') expected[name] = item.slice(equals + 1).trim();
  }
  return expected;
}

/** @throws {StorageError} 400 `invalid`, when the bytes are not those the client meant to send. */
export function checkHashes(actual: Hashes, expected: ExpectedHashes): void {
  const crc = formatCrc32c(actual.crc32c);
  if (expected.crc32c !== undefined && expected.crc32c !== crc) {
    throw hashMismatch('CRC32C', expected.crc32c, crc);
  }
  if (expected.md5 !== undefined && actual.md5 !== undefined && expected.md5 !== actual.md5) {
    throw hashMismatch('MD5 hash', expected.md5, actual.md5);
  }
}

/** The Castagnoli polynomial, bits reflected: bit 31 is x⁰. */
const POLYNOMIAL = 0x82f63b78;

/** The product of two polynomials modulo the CRC's, bits reflected. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit -= 1) {
    if ((a >>> bit) & 1) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}

/** x to the power of 8·`bytes`, what appending that many bytes does to the checksum before them. */
function shiftBy(bytes: number): number {
  let power = 0x80000000; // x⁰
  let square = 0x00800000; // x⁸
  // Not by bit operations: an object may be larger than 2³² bytes.
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

/** The CRC32C of two runs of bytes one after the other, from theirs: composing reads no data. */
export function combineCrc32c(first: number, second: number, secondSize: number): number {
  return (multiply(shiftBy(secondSize), first) ^ second) >>> 0;
}
