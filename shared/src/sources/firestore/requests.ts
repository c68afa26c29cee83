// The requests firesink sends to Firestore, as protobuf. Field numbers: googleapis, google/firestore/v1
// (firestore.proto, query.proto, document.proto) and google/firestore/admin/v1, as of November 2026.
import type { Collection, Equality } from '../../config/environment.ts';
import { type CollectionPath, type Database, locate } from './names.ts';
import {
  bytesField,
  doubleField,
  message,
  textField,
  timestampField,
  varintField,
} from './protobuf.ts';

/** Which documents, at which instant. */
export interface Scope {
  source: Database;
  collection: CollectionPath & Partial<Pick<Collection, 'where'>>;
  readTimeMs: number;
  range?: NameRange | undefined;
}

/** Full names of documents, which need not exist. */
export interface NameRange {
  /** The first that belongs to it. */
  start?: string | undefined;
  /** The first that no longer does. */
  end?: string | undefined;
}

export interface QueryOptions {
  /** Field paths as Firestore writes them; `['__name__']` for names alone. All fields by default. */
  select?: readonly string[] | undefined;
  limit?: number | undefined;
  /** Name of the document to go on behind, instead of the range's start. */
  after?: string | undefined;
}

export const runQueryRequest = (scope: Scope, options: QueryOptions = {}): Buffer =>
  message(
    textField(1, locate(scope.source, scope.collection).parent),
    bytesField(2, structuredQuery(scope, options)),
    timestampField(7, scope.readTimeMs),
  );

/** What `count()` is called in the answer. */
export const COUNT = 'count';

export function countRequest(scope: Scope): Buffer {
  const count = bytesField(1, message());
  const aggregation = message(count, textField(7, COUNT));
  const query = message(bytesField(1, structuredQuery(scope)), bytesField(3, aggregation));
  return message(
    textField(1, locate(scope.source, scope.collection).parent),
    bytesField(2, query),
    timestampField(6, scope.readTimeMs),
  );
}

/** PartitionQuery takes collection groups only, without filters. */
export interface PartitionPage {
  /** How many cursors at most, on all pages. */
  cursors: number;
  pageSize: number;
  pageToken: string;
}

export function partitionRequest(scope: Scope, { cursors, pageSize, pageToken }: PartitionPage) {
  const { source, readTimeMs } = scope;
  const { collectionId } = locate(source, scope.collection);
  const group = { path: collectionId, group: true };
  return message(
    textField(1, locate(source, group).parent),
    bytesField(2, structuredQuery({ source, readTimeMs, collection: group })),
    varintField(3, cursors),
    pageToken === '' ? undefined : textField(4, pageToken),
    varintField(5, pageSize),
    timestampField(6, readTimeMs),
  );
}

export const getDatabaseRequest = (databaseName: string): Buffer =>
  message(textField(1, databaseName));

const ASCENDING = 1;
const AND = 1;
const EQUAL = 5;
const IS_NULL = 3;
const NAME = '__name__';

/** In the order of names, always: only so can a stream be resumed. */
function structuredQuery(scope: Scope, { select, limit, after }: QueryOptions = {}): Buffer {
  const { collectionId, group } = locate(scope.source, scope.collection);
  const { start, end } = scope.range ?? {};
  return message(
    select && bytesField(1, message(...select.map((path) => bytesField(2, field(path))))),
    bytesField(2, message(textField(2, collectionId), group ? varintField(3, 1) : undefined)),
    filterField(scope.collection.where ?? []),
    bytesField(4, message(bytesField(1, field(NAME)), varintField(2, ASCENDING))),
    limit === undefined ? undefined : bytesField(5, varintField(1, limit)),
    startField(start, after),
    end === undefined ? undefined : bytesField(8, cursor(end, { before: true })),
  );
}

function startField(start: string | undefined, after: string | undefined): Buffer | undefined {
  if (after !== undefined) return bytesField(7, cursor(after, { before: false }));
  return start === undefined ? undefined : bytesField(7, cursor(start, { before: true }));
}

const field = (path: string): Buffer => textField(2, path);

const cursor = (name: string, { before }: { before: boolean }): Buffer =>
  message(bytesField(1, textField(5, name)), before ? varintField(2, 1) : undefined);

function filterField(where: readonly Equality[]): Buffer | undefined {
  if (where.length === 0) return undefined;
  const filters = where.map(equality);
  const [only] = filters;
  if (only && filters.length === 1) return bytesField(3, only);
  const all = message(varintField(1, AND), ...filters.map((filter) => bytesField(2, filter)));
  return bytesField(3, bytesField(1, all));
}

/** Firestore has no equality with null: that is an operator of its own. */
function equality({ path, value }: Equality): Buffer {
  const name = formatFieldPath(path);
  if (value === null)
    return bytesField(3, message(varintField(1, IS_NULL), bytesField(2, field(name))));
  const operands = message(
    bytesField(1, field(name)),
    varintField(2, EQUAL),
    bytesField(3, formatValue(value)),
  );
  return bytesField(2, operands);
}

/** Firestore compares integers and doubles by value, so either will do for 3. */
function formatValue(value: string | number | bigint | boolean): Buffer {
  if (typeof value === 'string') return textField(17, value);
  if (typeof value === 'boolean') return varintField(1, value ? 1 : 0);
  return Number.isSafeInteger(value) || typeof value === 'bigint'
    ? varintField(2, value)
    : doubleField(3, value);
}

const BARE = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

const formatFieldPath = (path: readonly string[]): string =>
  path
    .map((name) => (BARE.test(name) ? name : `\`${name.replaceAll(/[\\`]/g, '\\$&')}\``))
    .join('.');
