// What `_row_errors` holds: the values of one row that did not fit, by their path in the document.
import type { Column } from './column.ts';
import { describeElement } from './column.ts';
import { formatDouble, formatTimestamp } from './text.ts';
import type { Value } from './value.ts';

/** DESIGN, section 7. */
const MAX_ROW_ERRORS = 100;
/** Code points of a value shown. */
const MAX_ACTUAL_LENGTH = 80;

/** Names, and indexes of arrays, from the outside in. */
export type ValuePath = readonly (string | number)[];

interface RowError {
  /** From the inside out, for containers add their own name on the way up. */
  reversedPath: (string | number)[];
  expected: string;
  actual: string;
  reason: string;
}

export class RowErrors {
  /** All that were found, also those beyond what a row shows. */
  count = 0;
  readonly #shown: RowError[] = [];

  add(expected: string, actual: string, reason: string): void {
    this.count++;
    if (this.#shown.length < MAX_ROW_ERRORS) {
      this.#shown.push({ reversedPath: [], expected, actual, reason });
    }
  }

  /** @param mark  the count before the errors that lie within this name or index */
  within(mark: number, ...segments: ValuePath): void {
    for (let index = mark; index < this.#shown.length; index++) {
      this.#shown[index]?.reversedPath.push(...segments.toReversed());
    }
  }

  /** Forgets what was found since. */
  rewind(mark: number): void {
    this.count = mark;
    if (this.#shown.length > mark) this.#shown.length = mark;
  }

  /** A JSON array; the last entry tells of those that are not listed. */
  json(): string {
    const listed = this.count > MAX_ROW_ERRORS ? MAX_ROW_ERRORS - 1 : this.count;
    const entries = this.#shown
      .slice(0, listed)
      .map(({ reversedPath, ...rest }) =>
        JSON.stringify({ field: formatValuePath(reversedPath.toReversed()), ...rest }),
      );
    if (this.count > listed) {
      const reason = `${this.count - listed} more row errors are not listed`;
      entries.push(JSON.stringify({ field: '', expected: '', actual: '', reason }));
    }
    return `[${entries.join(',')}]`;
  }
}

const SIMPLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `spec.owner.email`, `tags[3]`, `` `odd name`.x ``: Firestore's field paths, with indexes. */
export function formatValuePath(path: ValuePath): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += `${text === '' ? '' : '.'}${formatName(segment)}`;
  }
  return text;
}

const formatName = (name: string): string =>
  SIMPLE_NAME.test(name) ? name : `\`${name.toWellFormed().replaceAll(/[\\`]/g, '\\$&')}\``;

export const describeExpected = (column: Column): string => describeElement(column);

/** Short, and never the contents of a map or an array: they may hold what must not be shown here. */
export function describeActual(value: Value): string {
  switch (value.kind) {
    case 'null':
    case 'map':
    case 'geopoint':
      return value.kind;
    case 'boolean':
    case 'integer':
      return `${value.kind} ${value.value}`;
    case 'double':
      return `double ${formatDouble(value.value)}`;
    case 'timestamp':
      return `timestamp ${formatTimestamp(value) ?? 'out of range'}`;
    case 'string':
      return `string ${JSON.stringify(shorten(value.value))}`;
    case 'reference':
      return `reference ${shorten(value.value)}`;
    case 'bytes':
      return `${value.value.length} bytes`;
    case 'array':
    case 'vector':
      return `${value.kind} of ${value.values.length}`;
  }
}

function shorten(text: string): string {
  // Two units a code point at most: nothing long is taken apart.
  const points = [...text.slice(0, 2 * MAX_ACTUAL_LENGTH + 2).toWellFormed()];
  return points.length > MAX_ACTUAL_LENGTH
    ? `${points.slice(0, MAX_ACTUAL_LENGTH).join('')}…`
    : points.join('');
}
