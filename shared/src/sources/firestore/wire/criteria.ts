// When the text that stands in `_data` is the text for a column, by the value's tag and the text's length.
// Only what can be said so simply; plain.ts looks closer.
import type { Column } from '../../../rows/column.ts';
import { ANY_TAG, type Criteria } from './shape.ts';
import { TAG } from './tags.ts';

export const NEVER: Criteria = { tag: 0, maxLength: 0, nested: false };

/** Whatever its length. */
const UNLIMITED = 2 ** 30;
/** 10^15 is less than 2^53. */
const INTEGER_LENGTH = 15;
/** `"2026-11-23T23:00:00.123456Z"`: nanoseconds are longer. */
const MICROSECONDS_LENGTH = 29;

export function criteriaOf(column: Column): Criteria {
  if (column.mode === 'REPEATED') return { tag: TAG.array, maxLength: 0, nested: true };
  return elementCriteriaOf(column);
}

/** Of the elements, where the column is REPEATED. */
export function elementCriteriaOf({ type, maxLength }: Column): Criteria {
  switch (type) {
    case 'STRING':
      // In bytes, quotes included, which are at least as many as code points.
      return scalar(TAG.string, maxLength === undefined ? UNLIMITED : maxLength + 2);
    case 'INT64':
      return scalar(TAG.integer, INTEGER_LENGTH);
    case 'FLOAT64':
      return scalar(TAG.double, UNLIMITED);
    case 'BOOL':
      return scalar(TAG.boolean, UNLIMITED);
    case 'TIMESTAMP':
      return scalar(TAG.timestamp, MICROSECONDS_LENGTH);
    case 'BYTES':
      return maxLength === undefined ? scalar(TAG.bytes, UNLIMITED) : NEVER;
    case 'JSON':
      return scalar(ANY_TAG, UNLIMITED);
    case 'RECORD':
      return { tag: TAG.map, maxLength: 0, nested: true };
    default:
      return NEVER;
  }
}

const scalar = (tag: number, maxLength: number): Criteria => ({ tag, maxLength, nested: false });
