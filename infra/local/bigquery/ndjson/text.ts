// STRING and BYTES. A number or a boolean is no STRING for the loader ("Could not convert value to
// string. Field: name; Value: 3", seen in bqtail's tests). BYTES are base64, standard or URL-safe.
import { RowError } from './row-error.ts';
import { type Column, type Convert, checkScalar, quoteValue } from './value.ts';

export function stringConverter({ field, path }: Column): Convert {
  const maxLength = field.maxLength === undefined ? undefined : Number(field.maxLength);
  return (value) => {
    checkScalar(value, path);
    if (typeof value !== 'string') throw notAString(value, path);
    // UTF-16 units are never fewer than characters, so most strings need no count.
    if (maxLength !== undefined && value.length > maxLength && countCharacters(value) > maxLength) {
      throw tooLong('STRING', maxLength, countCharacters(value), path);
    }
    return JSON.stringify(value);
  };
}

const notAString = (value: Parameters<Convert>[0], path: string): RowError =>
  new RowError(
    `Could not convert value to string. Field: ${path}; Value: ${quoteValue(value)}`,
    path,
  );

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const tooLong = (type: string, maximum: number, actual: number, path: string): RowError =>
  new RowError(
    `Field ${path}: ${type}(${maximum}) has maximum length ${maximum} but got a value with length ${actual}`,
    path,
  );

const BASE64 = /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2,3}={0,2})?$/;

export function bytesConverter({ field, path }: Column): Convert {
  const maxLength = field.maxLength === undefined ? undefined : Number(field.maxLength);
  return (value) => {
    checkScalar(value, path);
    if (typeof value !== 'string' || !isBase64(value)) {
      throw new RowError(
        `Could not decode base64 string to bytes. Field: ${path}; Value: ${quoteValue(value)}`,
        path,
      );
    }
    const bytes = Buffer.from(value, 'base64');
    if (maxLength !== undefined && bytes.length > maxLength) {
      throw tooLong('BYTES', maxLength, bytes.length, path);
    }
    return `"${bytes.toString('base64')}"`;
  };
}

function isBase64(text: string): boolean {
  if (!BASE64.test(text)) return false;
  return !text.endsWith('=') || text.length % 4 === 0;
}
