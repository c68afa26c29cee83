// Filters: a structured query's `where`, made into a test for documents.
import { compareValues, equalValues, typeRank } from './compare.ts';
import type { Row } from './database.ts';
import { fieldFinder } from './documents.ts';
import { invalidArgument } from './errors.ts';
import { type FieldPath, isDocumentName, parseFieldPath } from './field-paths.ts';
import { keyAfter, parseReference, pathKey } from './names.ts';
import type { FieldFilter, Filter } from './requests.ts';
import type { KeyRange } from './sorted-index.ts';
import { readValue, type Value } from './values.ts';
import { WireReader } from './wire.ts';

export interface CompiledFilter {
  matches(row: Row): boolean;
  /** Fields with an inequality: the answer is sorted by them if by nothing else. */
  inequalities: FieldPath[];
  /** No document outside of it can match. */
  range: KeyRange;
}

const ALL: KeyRange = { from: '', to: '\xff' };

export const intersect = (a: KeyRange, b: KeyRange): KeyRange => {
  const later = a.from < b.from ? b : a;
  const sooner = a.to < b.to ? a : b;
  return { from: later.from, to: sooner.to };
};

/** @param database  the query's; document names in filters must be of it. */
export function compileFilter(filter: Filter, database: string): CompiledFilter {
  switch (filter.filterType) {
    case 'compositeFilter':
      return compileComposite(filter.compositeFilter ?? { op: '', filters: [] }, database);
    case 'fieldFilter':
      if (filter.fieldFilter) return compileField(filter.fieldFilter, database);
      break;
    case 'unaryFilter':
      if (filter.unaryFilter) {
        return compileUnary(filter.unaryFilter.op, filter.unaryFilter.field?.fieldPath ?? '');
      }
  }
  throw invalidArgument('Unknown Filter type.');
}

function compileComposite(
  { op, filters }: { op: string; filters: Filter[] },
  database: string,
): CompiledFilter {
  const parts = filters.map((filter) => compileFilter(filter, database));
  const inequalities = parts.flatMap((part) => part.inequalities);
  if (op === 'AND') {
    const range = parts.map((part) => part.range).reduce(intersect, ALL);
    return { matches: (row) => parts.every((part) => part.matches(row)), inequalities, range };
  }
  if (op === 'OR') {
    return { matches: (row) => parts.some((part) => part.matches(row)), inequalities, range: ALL };
  }
  throw invalidArgument('Unsupported CompositeFilter operator.');
}

const isNull = (value: Value): boolean => value.type === 'null';
const isNotANumber = (value: Value): boolean =>
  value.type === 'double' && Number.isNaN(value.value);

type Test = (value: Value) => boolean;

const UNARY: Record<string, { test: Test; isInequality: boolean } | undefined> = {
  IS_NULL: { test: isNull, isInequality: false },
  IS_NAN: { test: isNotANumber, isInequality: false },
  IS_NOT_NULL: { test: (value) => !isNull(value), isInequality: true },
  IS_NOT_NAN: { test: (value) => !isNull(value) && !isNotANumber(value), isInequality: true },
};

function compileUnary(op: string, fieldPath: string): CompiledFilter {
  const unary = UNARY[op];
  if (!unary) throw invalidArgument('Unknown UnaryFilter operator.');
  const path = parseFieldPath(fieldPath);
  if (isDocumentName(path)) throw notAKey();
  return onField(path, unary.test, unary.isInequality);
}

function onField(path: FieldPath, test: Test, isInequality: boolean): CompiledFilter {
  const find = fieldFinder(path);
  return {
    matches: ({ document }) => {
      const value = find(document);
      return value !== undefined && test(value);
    },
    inequalities: isInequality ? [path] : [],
    range: ALL,
  };
}

/** Most values in the list of IN and ARRAY_CONTAINS_ANY, and of NOT_IN. */
const MAX_IN = 30;
const MAX_NOT_IN = 10;

const INEQUALITIES = new Set([
  'LESS_THAN',
  'LESS_THAN_OR_EQUAL',
  'GREATER_THAN',
  'GREATER_THAN_OR_EQUAL',
  'NOT_EQUAL',
  'NOT_IN',
]);

function compileField({ field, op, value }: FieldFilter, database: string): CompiledFilter {
  const path = parseFieldPath(field?.fieldPath ?? '');
  const operand = readValue(new WireReader(value));
  if (isDocumentName(path)) return onName(op, operand, database);
  return onField(path, fieldTest(op, operand), INEQUALITIES.has(op));
}

/** Nothing equals null or NaN, and nothing is less or greater: the unary filters ask for those. */
function fieldTest(op: string, operand: Value): Test {
  const equals = (value: Value, other: Value) =>
    !isNull(other) && !isNotANumber(other) && equalValues(value, other);
  switch (op) {
    case 'EQUAL':
      return (value) => equals(value, operand);
    case 'NOT_EQUAL':
      return (value) => !isNull(operand) && !isNull(value) && !equals(value, operand);
    case 'ARRAY_CONTAINS':
      return (value) =>
        value.type === 'array' && value.values.some((item) => equals(item, operand));
    case 'ARRAY_CONTAINS_ANY': {
      const wanted = list(op, operand, MAX_IN);
      return (value) =>
        value.type === 'array' &&
        value.values.some((item) => wanted.some((other) => equals(item, other)));
    }
    case 'IN': {
      const wanted = list(op, operand, MAX_IN);
      return (value) => wanted.some((other) => equals(value, other));
    }
    case 'NOT_IN': {
      const unwanted = list(op, operand, MAX_NOT_IN);
      const matchesNothing = unwanted.some(isNull);
      return (value) =>
        !matchesNothing && !isNull(value) && !unwanted.some((other) => equals(value, other));
    }
    default:
      return comparison(op, operand);
  }
}

const COMPARISONS: Record<string, ((difference: number) => boolean) | undefined> = {
  LESS_THAN: (difference) => difference < 0,
  LESS_THAN_OR_EQUAL: (difference) => difference <= 0,
  GREATER_THAN: (difference) => difference > 0,
  GREATER_THAN_OR_EQUAL: (difference) => difference >= 0,
};

function comparison(op: string, operand: Value): Test {
  const holds = COMPARISONS[op];
  if (!holds) throw invalidArgument('Unknown FieldFilter operator.');
  if (isNull(operand) || isNotANumber(operand)) return () => false;
  const rank = typeRank(operand);
  return (value) =>
    typeRank(value) === rank && !isNotANumber(value) && holds(compareValues(value, operand));
}

function list(op: string, operand: Value, most: number): Value[] {
  if (operand.type !== 'array') throw invalidArgument(`'${op}' requires an ArrayValue.`);
  if (operand.values.length === 0) {
    throw invalidArgument(`'${op}' requires an non-empty ArrayValue.`);
  }
  if (operand.values.length > most) {
    throw invalidArgument(`'${op}' supports up to ${most} comparison values.`);
  }
  return operand.values;
}

const notAKey = () => invalidArgument('__key__ filter value must be a Key');

/** The sort key of a document name; queries only know those of their own database. */
export function referenceKey(value: Value, database: string, refusal: () => Error): string {
  if (value.type !== 'reference') throw refusal();
  const name = parseReference(value.value);
  if (name.database !== database) {
    throw invalidArgument('The cursor key is in a different database than the query');
  }
  return pathKey(name.segments);
}

function onName(op: string, operand: Value, database: string): CompiledFilter {
  const keyOf = (value: Value) => referenceKey(value, database, notAKey);
  const compiled = (matches: (key: string) => boolean, range: KeyRange): CompiledFilter => ({
    matches: (row) => matches(row.key),
    inequalities: [],
    range,
  });
  if (op === 'IN' || op === 'NOT_IN') {
    const keys = new Set(list(op, operand, op === 'IN' ? MAX_IN : MAX_NOT_IN).map(keyOf));
    if (op === 'NOT_IN') return compiled((key) => !keys.has(key), ALL);
    const sorted = [...keys].sort();
    const range = { from: sorted[0] ?? '', to: keyAfter(sorted.at(-1) ?? '') };
    return compiled((key) => keys.has(key), range);
  }
  const bound = keyOf(operand);
  switch (op) {
    case 'EQUAL':
      return compiled((key) => key === bound, { from: bound, to: keyAfter(bound) });
    case 'NOT_EQUAL':
      return compiled((key) => key !== bound, ALL);
    case 'LESS_THAN':
      return compiled((key) => key < bound, { ...ALL, to: bound });
    case 'LESS_THAN_OR_EQUAL':
      return compiled((key) => key <= bound, { ...ALL, to: keyAfter(bound) });
    case 'GREATER_THAN':
      return compiled((key) => key > bound, { ...ALL, from: keyAfter(bound) });
    case 'GREATER_THAN_OR_EQUAL':
      return compiled((key) => key >= bound, { ...ALL, from: bound });
    default:
      throw invalidArgument('Unknown FieldFilter operator.');
  }
}
