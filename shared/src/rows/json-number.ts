// A JSON number as what it says: digits alone are an integer, a point or an exponent makes a double.
import type { Value } from './value.ts';

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

const ZERO = 0x30;
const NINE = 0x39;
/** A double holds integers of so many digits exactly, whichever they are. */
const EXACT_DIGITS = 15;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

type Parsed = { value: Value; end: number } | { what: string };

/** The number that begins at `start`, and where it ends; or what is wrong. */
export function parseJsonNumber(text: string, start: number): Parsed {
  return shortInteger(text, start) ?? anyNumber(text, start);
}

/** Most numbers are this: no sign, few digits. Undefined for all others. */
function shortInteger(text: string, start: number): Parsed | undefined {
  let value = 0;
  let end = start;
  for (; ; end++) {
    const unit = text.charCodeAt(end);
    if (!(unit >= ZERO && unit <= NINE)) {
      if (unit === 0x2e || unit === 0x65 || unit === 0x45) return undefined;
      break;
    }
    value = value * 10 + unit - ZERO;
  }
  const digits = end - start;
  if (digits === 0 || digits > EXACT_DIGITS) return undefined;
  if (digits > 1 && text.charCodeAt(start) === ZERO) return undefined;
  return { value: { kind: 'integer', value: BigInt(value) }, end };
}

function anyNumber(text: string, start: number): Parsed {
  NUMBER.lastIndex = start;
  const [found, fraction, exponent] = NUMBER.exec(text) ?? [];
  if (found === undefined) return { what: 'a value is expected' };
  const end = start + found.length;
  if (/[\d.eE+-]/.test(text.charAt(end))) return { what: 'this is not a JSON number' };
  if (fraction === undefined && exponent === undefined && found !== '-0') {
    const value = BigInt(found);
    if (value < MIN_INT64 || value > MAX_INT64) {
      return { what: 'the integer has more than 64 bits: a NUMERIC column takes it as a string' };
    }
    return { value: { kind: 'integer', value }, end };
  }
  const value = Number(found);
  // A double would make infinity of 1e999 and 0 of 1e-999.
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(found.replace(/[eE].*/, '')))) {
    return { what: 'the number is beyond what a double holds' };
  }
  return { value: { kind: 'double', value }, end };
}
