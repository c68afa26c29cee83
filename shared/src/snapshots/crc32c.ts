// CRC32C (Castagnoli) as Cloud Storage shows it, and the checksum of two byte strings put together from
// the checksums of each, so that a composed object can be checked without reading it again.

/** `0x00000000` is `AAAAAA==`: the four bytes, most significant first, in base64. */
export function formatCrc32c(crc: number): string {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString('base64');
}

/** An unsigned 32-bit integer, or undefined for any text `formatCrc32c` would not write. */
export function parseCrc32c(text: string): number | undefined {
  const bytes = Buffer.from(text, 'base64');
  const crc = bytes.length === 4 ? bytes.readUInt32BE() : undefined;
  return crc !== undefined && formatCrc32c(crc) === text ? crc : undefined;
}

/**
 * The CRC32C of A followed by B.
 *
 * Read as polynomials over GF(2), the checksum of A·B is that of A moved on by the length of B, plus that
 * of B; the two inversions of each checksum (before and after) cancel out.
 *
 * @param lengthBBytes  length of B, any safe integer
 */
export function combineCrc32c(crcA: number, crcB: number, lengthBBytes: number): number {
  return (multiply(crcA >>> 0, powerOfX(lengthBBytes * 8)) ^ crcB) >>> 0;
}

/** Castagnoli's polynomial without its leading term, lowest power in the highest bit. */
const POLYNOMIAL = 0x82f63b78;
const ONE = 0x80000000;
const X = 0x40000000;

/** a·b modulo the polynomial; in all of these the highest bit is the coefficient of x⁰. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}

/** xⁿ modulo the polynomial, by squaring. `n` may pass 2³², so no bit operators on it. */
function powerOfX(n: number): number {
  let power = ONE;
  let square = X;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}
