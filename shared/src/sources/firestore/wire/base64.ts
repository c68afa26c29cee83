// Bytes as base64, three to four characters at a time out of a table of pairs.
import type { Bytes } from './bytes.ts';

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** Twelve bits → the two characters, to be set at once. */
const PAIRS = Uint16Array.from(
  { length: 4096 },
  (_, bits) => (ALPHABET[bits >> 6] ?? 0) + (ALPHABET[bits & 63] ?? 0) * 256,
);
const PADDING = 0x3d;

export function writeBase64(bytes: Bytes, from: number, length: number, start: number): number {
  const { input, output, outputView } = bytes;
  const whole = from + length - (length % 3);
  let at = start;
  let position = from;
  for (; position < whole; position += 3) {
    const bits =
      ((input[position] as number) << 16) |
      ((input[position + 1] as number) << 8) |
      (input[position + 2] as number);
    outputView.setUint16(at, PAIRS[bits >> 12] as number, true);
    outputView.setUint16(at + 2, PAIRS[bits & 4095] as number, true);
    at += 4;
  }
  const left = from + length - whole;
  if (left === 0) return at;
  const bits =
    ((input[whole] as number) << 16) | (left > 1 ? (input[whole + 1] as number) << 8 : 0);
  outputView.setUint16(at, PAIRS[bits >> 12] as number, true);
  outputView.setUint16(at + 2, PAIRS[bits & 4095] as number, true);
  if (left === 1) output[at + 2] = PADDING;
  output[at + 3] = PADDING;
  return at + 4;
}
