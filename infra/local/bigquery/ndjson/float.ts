// FLOAT64: a JSON number, or a string of one; NaN and the infinities as strings only. Finite text beyond
// the largest double is refused.
import { JsonNumber } from './json.ts';
import { type Column, type Convert, cannotConvert, checkScalar } from './value.ts';

const STRING = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const SPECIAL: Readonly<Record<string, string>> = {
  nan: '"NaN"',
  inf: '"Infinity"',
  '+inf': '"Infinity"',
  infinity: '"Infinity"',
  '+infinity': '"Infinity"',
  '-inf': '"-Infinity"',
  '-infinity': '"-Infinity"',
};

export function floatConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    if (value instanceof JsonNumber) return finite(value, value.text, path);
    if (typeof value !== 'string') throw cannotConvert(value, 'double', path);
    const special = SPECIAL[value.toLowerCase()];
    if (special !== undefined) return special;
    if (!STRING.test(value)) throw cannotConvert(value, 'double', path);
    return finite(value, value, path);
  };
}

function finite(value: JsonNumber | string, digits: string, path: string): string {
  const double = Number(digits);
  if (!Number.isFinite(double)) throw cannotConvert(value, 'double', path);
  // String(-0) is "0".
  return Object.is(double, -0) ? '-0.0' : String(double);
}
