// BOOL: "1 or 0, true or false, t or f, yes or no, or y or n (all case insensitive)" (docs, "Details of
// loading JSON data").
import { JsonNumber } from './json.ts';
import { type Column, type Convert, cannotConvert, checkScalar } from './value.ts';

const TRUE = new Set(['true', 't', 'yes', 'y', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', '0']);

export function booleanConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    const word = value instanceof JsonNumber ? value.text : String(value).toLowerCase();
    if (TRUE.has(word)) return 'true';
    if (FALSE.has(word)) return 'false';
    throw cannotConvert(value, 'boolean', path);
  };
}
