// Timestamps as RFC 3339, straight from the wire: dates come out of a cache, for a day has many documents.
import { formatTimestamp } from '../../../rows/text.ts';
import { type Bytes, CAREFULLY } from './bytes.ts';
import { readSigned, TWO_DIGITS, writeDigits } from './numbers.ts';

const SECONDS_A_DAY = 86_400;
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;

/** `2026-11-23T`, and the bytes up to the next multiple of eight, which what follows covers. */
const DATE_BYTES = 11;
const CACHED_DAYS = 1024;

export class TimeWriter {
  readonly #days = new Int32Array(CACHED_DAYS);
  readonly #texts = new DataView(new ArrayBuffer(CACHED_DAYS * 16));
  #seconds = 0;
  #nanos = 0;

  constructor() {
    // No day has this number within years 1 to 9999.
    this.#days.fill(0x7fffffff);
  }

  /** As `_data` has it, quotes included: 0, 3, 6 or 9 digits after the second. */
  write(bytes: Bytes, from: number, end: number, at: number): number {
    this.#read(bytes, from, end);
    const { output } = bytes;
    output[at] = 0x22;
    let next = this.#writeSecond(bytes, at + 1);
    const nanos = this.#nanos;
    if (nanos !== 0) {
      output[next] = 0x2e;
      if (nanos % 1_000_000 === 0) next = writeDigits(bytes, nanos / 1_000_000, 3, next + 1);
      else if (nanos % 1000 === 0) next = writeDigits(bytes, nanos / 1000, 6, next + 1);
      else next = writeDigits(bytes, nanos, 9, next + 1);
    }
    output[next] = 0x5a;
    output[next + 1] = 0x22;
    return next + 2;
  }

  /** As system columns have it, without quotes: always six digits, finer ones cut off. */
  writeMicroseconds(bytes: Bytes, from: number, end: number, at: number): number {
    this.#read(bytes, from, end);
    const { output } = bytes;
    let next = this.#writeSecond(bytes, at);
    output[next] = 0x2e;
    next = writeDigits(bytes, Math.floor(this.#nanos / 1000), 6, next + 1);
    output[next] = 0x5a;
    return next + 1;
  }

  /** @throws CAREFULLY for anything but seconds and nanos in the range both know */
  #read(bytes: Bytes, from: number, end: number): void {
    const { input } = bytes;
    let position = from;
    let seconds = 0;
    let nanos = 0;
    if (position < end && input[position] === SECONDS_TAG) {
      seconds = readSigned(bytes, position + 1);
      position = bytes.position;
    }
    if (position < end && input[position] === NANOS_TAG) {
      nanos = readSigned(bytes, position + 1);
      position = bytes.position;
    }
    const known = seconds >= MIN_SECONDS && seconds <= MAX_SECONDS && nanos >= 0;
    if (position !== end || !known || nanos > 999_999_999) throw CAREFULLY;
    this.#seconds = seconds;
    this.#nanos = nanos;
  }

  #writeSecond(bytes: Bytes, at: number): number {
    const { output, outputView } = bytes;
    const day = Math.floor(this.#seconds / SECONDS_A_DAY);
    const second = (this.#seconds - day * SECONDS_A_DAY) | 0;
    const text = this.#dayText(day);
    outputView.setFloat64(at, this.#texts.getFloat64(text, true), true);
    outputView.setFloat64(at + 8, this.#texts.getFloat64(text + 8, true), true);
    const time = at + DATE_BYTES;
    const hour = (second / 3600) | 0;
    const minute = ((second - hour * 3600) / 60) | 0;
    outputView.setUint16(time, TWO_DIGITS[hour] as number, true);
    output[time + 2] = 0x3a;
    outputView.setUint16(time + 3, TWO_DIGITS[minute] as number, true);
    output[time + 5] = 0x3a;
    outputView.setUint16(time + 6, TWO_DIGITS[second - hour * 3600 - minute * 60] as number, true);
    return time + 8;
  }

  /** Where in the cache the date stands. */
  #dayText(day: number): number {
    const entry = day & (CACHED_DAYS - 1);
    const text = entry * 16;
    if (this.#days[entry] !== day) {
      const date = formatTimestamp({ seconds: BigInt(day * SECONDS_A_DAY), nanos: 0 }) ?? '';
      for (let index = 0; index < DATE_BYTES; index++) {
        this.#texts.setUint8(text + index, date.charCodeAt(index));
      }
      this.#days[entry] = day;
    }
    return text;
  }
}

/** Whether a column of microseconds holds the timestamp without loss. */
export function hasMicroseconds(bytes: Bytes, from: number, end: number): boolean {
  const { input } = bytes;
  let nanos = from;
  if (nanos < end && input[nanos] === SECONDS_TAG) {
    readSigned(bytes, nanos + 1);
    nanos = bytes.position;
  }
  return nanos === end || (input[nanos] === NANOS_TAG && readSigned(bytes, nanos + 1) % 1000 === 0);
}
