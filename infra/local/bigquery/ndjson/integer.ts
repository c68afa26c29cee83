// INT64: a JSON integer, or a string of one. `1.0` is refused like `1.5`: the loader's error for floats
// that pandas writes is "Could not convert value … to integer". Digits never pass through a double.
import { JsonNumber } from './json.ts';
import { type Column, type Convert, cannotConvert, checkScalar } from './value.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
/** So many digits always fit, which spares most values the BigInt. */
const SAFE_DIGITS = 15;

const NUMBER = /^-?\d+$/;
const STRING = /^[+-]?\d+$/;

export function integerConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    const digits = value instanceof JsonNumber ? value.text : value;
    const form = value instanceof JsonNumber ? NUMBER : STRING;
    if (typeof digits !== 'string' || !form.test(digits)) {
      throw cannotConvert(value, 'integer', path);
    }
    if (value instanceof JsonNumber && digits.length <= SAFE_DIGITS) return digits;
    const integer = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
    if (integer < MIN || integer > MAX) throw cannotConvert(value, 'integer', path);
    return integer.toString();
  };
}
