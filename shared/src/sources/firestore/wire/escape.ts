// UTF-8 from the wire into a JSON string, four bytes at a time as long as nothing needs an escape.
import { isUtf8 } from 'node:buffer';
import { type Bytes, CAREFULLY } from './bytes.ts';

/** Bytes; shorter texts are checked in JavaScript, for a view on them costs more than reading them. */
const NATIVE_CHECK_BYTES = 64;

/** @throws CAREFULLY for what is no UTF-8 */
export function writeText(bytes: Bytes, from: number, length: number, at: number): number {
  if (length < 4) return writeEscaped(bytes, from, length, at);
  const { inputView, outputView } = bytes;
  const last = from + length - 4;
  const shift = at - from;
  let seen = 0;
  for (let position = from; position < last; position += 4) {
    const word = inputView.getInt32(position, true);
    if (needsEscape(word)) return writeEscaped(bytes, from, length, at);
    seen |= word;
    outputView.setInt32(position + shift, word, true);
  }
  // Overlaps the word before instead of going on by bytes.
  const word = inputView.getInt32(last, true);
  if (needsEscape(word)) return writeEscaped(bytes, from, length, at);
  outputView.setInt32(last + shift, word, true);
  if (((seen | word) & 0x80808080) !== 0) checkUtf8(bytes, from, length);
  return at + length;
}

/** Whether one of four bytes is below 0x20, a quote or a backslash: three borrow tests in one. */
const needsEscape = (word: number): boolean =>
  (((word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101)) &
    ~word &
    0x80808080) !==
  0;

const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');
/** What stands behind the backslash; 0 for a byte that stands for itself. As JSON.stringify has it. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(0x75, 0, 0x20);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [0x5c, '\\'],
] as const) {
  ESCAPES[byte] = letter.charCodeAt(0);
}

function writeEscaped(bytes: Bytes, from: number, length: number, start: number): number {
  const { input, output } = bytes;
  let at = start;
  let seen = 0;
  for (let position = from; position < from + length; position++) {
    const byte = input[position] as number;
    const letter = ESCAPES[byte] as number;
    seen |= byte;
    if (letter === 0) output[at++] = byte;
    else {
      output[at] = BACKSLASH;
      output[at + 1] = letter;
      at += 2;
      if (letter === 0x75) {
        output[at] = 0x30;
        output[at + 1] = 0x30;
        output[at + 2] = HEX[byte >> 4] as number;
        output[at + 3] = HEX[byte & 15] as number;
        at += 4;
      }
    }
  }
  if (seen > 0x7f) checkUtf8(bytes, from, length);
  return at;
}

function checkUtf8(bytes: Bytes, from: number, length: number): void {
  const { input } = bytes;
  const end = from + length;
  if (length >= NATIVE_CHECK_BYTES) {
    if (!isUtf8(input.subarray(from, end))) throw CAREFULLY;
    return;
  }
  let position = from;
  while (position < end) {
    const lead = input[position] as number;
    if (lead < 0x80) position++;
    else {
      const size = sequenceLength(input, position, end);
      if (size === 0) throw CAREFULLY;
      position += size;
    }
  }
}

/**
 * Bytes of the character that begins here with a byte from 0x80; 0 if it is none: cut short, overlong, a
 * surrogate, beyond U+10FFFF. The Unicode Standard, table 3-7.
 */
export function sequenceLength(input: Uint8Array, at: number, end: number): number {
  const lead = input[at] as number;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + size > end) return 0;
  const second = input[at + 1] as number;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  if (size > 2 && ((input[at + 2] as number) & 0xc0) !== 0x80) return 0;
  if (size > 3 && ((input[at + 3] as number) & 0xc0) !== 0x80) return 0;
  return size;
}
