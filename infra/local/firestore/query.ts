// A structured query: checked, planned, run. Ordered by name alone it is a walk through the index, from
// cursor to cursor; any other order gathers the matching documents and sorts them.
import { compareValues } from './compare.ts';
import type { Row, Scan } from './database.ts';
import { fieldFinder } from './documents.ts';
import { invalidArgument, unimplemented } from './errors.ts';
import {
  DOCUMENT_NAME,
  type FieldPath,
  isDocumentName,
  parseFieldPath,
  pathText,
} from './field-paths.ts';
import { type CompiledFilter, compileFilter, intersect, referenceKey } from './filters.ts';
import {
  checkCollectionId,
  keyAfter,
  keyAfterAllBelow,
  type ParsedName,
  pathKey,
  segmentKey,
} from './names.ts';
import type { Cursor, StructuredQuery } from './requests.ts';
import type { KeyRange } from './sorted-index.ts';
import type { FirestoreStore } from './store.ts';
import { readValue, type Value } from './values.ts';
import { WireReader } from './wire.ts';

interface SortOrder {
  path: FieldPath;
  descending: boolean;
}

/** A place in the sorted answer: before, or after, everything that begins with these values. */
interface Position {
  values: (Value | { type: 'key'; key: string })[];
  before: boolean;
}

interface QueryPlan {
  database: string;
  scan: Scan;
  filter: CompiledFilter | undefined;
  /** The document's name is always one of them. */
  orders: SortOrder[];
  start: Position | undefined;
  end: Position | undefined;
  offset: number;
  /** Infinity for none. */
  limit: number;
  /** Paths to answer; undefined: all. */
  select: FieldPath[] | undefined;
}

/** Documents looked at, as Firestore bills them: what an offset skips included. */
export interface Cost {
  reads: number;
}

/** @throws INVALID_ARGUMENT in the service's words, UNIMPLEMENTED for what is not served. */
export function planQuery(query: StructuredQuery, parent: ParsedName): QueryPlan {
  if (query.findNearest) throw unimplemented('find_nearest');
  if (query.offset < 0) throw invalidArgument('offset is negative');
  if (query.limit && query.limit.value < 0) throw invalidArgument('limit is negative');
  const { database } = parent;
  const filter = query.where ? compileFilter(query.where, database) : undefined;
  const orders = planOrders(query, filter);
  const plan: QueryPlan = {
    database,
    scan: planScan(query, parent),
    filter,
    orders,
    start: planPosition(query.startAt, query, orders, database),
    end: planPosition(query.endAt, query, orders, database),
    offset: query.offset,
    limit: query.limit?.value ?? Infinity,
    select: planSelect(query),
  };
  plan.scan.range = narrow(plan);
  plan.scan.reverse = orders.length === 1 && orders[0]?.descending === true;
  return plan;
}

function planScan(query: StructuredQuery, parent: ParsedName): Scan {
  if (query.from.length > 1) {
    throw invalidArgument('StructuredQuery.from cannot have more than one collection selector.');
  }
  const { collectionId = '', allDescendants = false } = query.from[0] ?? {};
  checkCollectionId(collectionId);
  const parentKey = pathKey(parent.segments);
  const isCollection = collectionId !== '' && !allDescendants;
  const prefix = isCollection ? parentKey + segmentKey(collectionId) : parentKey;
  return {
    collectionId: collectionId === '' ? undefined : collectionId,
    // The parent itself is not below itself.
    range: { from: keyAfter(prefix), to: keyAfterAllBelow(prefix) },
    depth: allDescendants ? undefined : parent.segments.length + 2,
    reverse: false,
  };
}

/** What the query says, then the fields with inequalities, then the name: each once. */
function planOrders(query: StructuredQuery, filter: CompiledFilter | undefined): SortOrder[] {
  const orders = query.orderBy.map(({ field, direction }) => ({
    path: parseFieldPath(field?.fieldPath ?? ''),
    descending: direction === 'DESCENDING',
  }));
  const seen = new Set<string>();
  for (const { path } of orders) {
    if (seen.has(pathText(path))) {
      throw invalidArgument(`order by clause cannot contain duplicate fields ${path.join('.')}`);
    }
    seen.add(pathText(path));
  }
  const descending = orders.at(-1)?.descending ?? false;
  const inequalities = [...(filter?.inequalities ?? [])].sort((a, b) =>
    pathText(a) < pathText(b) ? -1 : 1,
  );
  for (const path of [...inequalities, [DOCUMENT_NAME] satisfies FieldPath]) {
    if (seen.has(pathText(path))) continue;
    seen.add(pathText(path));
    orders.push({ path, descending });
  }
  return orders;
}

function planPosition(
  cursor: Cursor | null,
  query: StructuredQuery,
  orders: readonly SortOrder[],
  database: string,
): Position | undefined {
  if (!cursor) return undefined;
  if (cursor.values.length > query.orderBy.length) {
    throw invalidArgument('Cursor has too many values.');
  }
  const refusal = () => invalidArgument('Cursor __key__ value is not a document reference.');
  const values = cursor.values.map((bytes, at) => {
    const value = readValue(new WireReader(bytes));
    const order = orders[at];
    if (!order || !isDocumentName(order.path)) return value;
    return { type: 'key' as const, key: referenceKey(value, database, refusal) };
  });
  return { values, before: cursor.before };
}

function planSelect({ select }: StructuredQuery): FieldPath[] | undefined {
  if (!select || select.fields.length === 0) return undefined;
  return select.fields
    .map(({ fieldPath }) => parseFieldPath(fieldPath))
    .filter((path) => !isDocumentName(path));
}

/** The part of the index the answer can lie in. */
function narrow({ scan, filter, orders, start, end }: QueryPlan): KeyRange {
  const filtered = filter ? intersect(scan.range, filter.range) : scan.range;
  const [order, ...others] = orders;
  if (!order || others.length > 0) return filtered;
  const [low, high] = order.descending ? [end, start] : [start, end];
  return intersect(filtered, {
    from: low ? edge(low, low.before !== order.descending) : '',
    to: high ? edge(high, high.before !== order.descending) : keyAfterAllBelow(''),
  });
}

/** Keys from this one on are behind the position. */
function edge(position: Position, before: boolean): string {
  const [value] = position.values;
  if (value?.type !== 'key') return before ? '' : keyAfterAllBelow('');
  return before ? value.key : keyAfter(value.key);
}

/** The documents of the answer, in its order. */
export function* runQuery(
  store: FirestoreStore,
  plan: QueryPlan,
  micros: number,
  cost: Cost = { reads: 0 },
): Generator<Row> {
  if (plan.limit === 0) return;
  let place = 0;
  for (const row of plan.orders.length === 1
    ? matching(store, plan, micros)
    : sorted(store, plan, micros)) {
    place += 1;
    cost.reads += 1;
    if (place <= plan.offset) continue;
    yield row;
    if (place >= plan.offset + plan.limit) return;
  }
}

function* matching(store: FirestoreStore, plan: QueryPlan, micros: number): Generator<Row> {
  for (const row of store.scan(plan.database, plan.scan, micros)) {
    if (!plan.filter || plan.filter.matches(row)) yield row;
  }
}

interface SortedRow extends Row {
  values: Position['values'];
}

function sorted(store: FirestoreStore, plan: QueryPlan, micros: number): Row[] {
  const { orders, start, end } = plan;
  const columns = orders.map(({ path }) => (isDocumentName(path) ? undefined : fieldFinder(path)));
  const rows: SortedRow[] = [];
  for (const { key, document } of matching(store, plan, micros)) {
    const values: Position['values'] = [];
    for (const find of columns) {
      const value = find ? find(document) : { type: 'key' as const, key };
      if (value) values.push(value);
    }
    // A document without the field is not in the index of that field.
    if (values.length < columns.length) continue;
    if (start && !isBehind(values, start, orders)) continue;
    if (end && isBehind(values, end, orders)) continue;
    rows.push({ key, document, values });
  }
  return rows.sort((a, b) => compareTuples(a.values, b.values, orders));
}

function isBehind(
  values: Position['values'],
  position: Position,
  orders: readonly SortOrder[],
): boolean {
  const difference = compareTuples(values, position.values, orders);
  return position.before ? difference >= 0 : difference > 0;
}

/** As far as both go. */
function compareTuples(
  a: Position['values'],
  b: Position['values'],
  orders: readonly SortOrder[],
): number {
  for (const [at, { descending }] of orders.entries()) {
    const [left, right] = [a[at], b[at]];
    if (!left || !right) return 0;
    const difference = compareSortValues(left, right);
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

function compareSortValues(a: Position['values'][number], b: Position['values'][number]): number {
  if (a.type === 'key' || b.type === 'key') {
    if (a.type !== 'key' || b.type !== 'key') return 0;
    return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  }
  return compareValues(a, b);
}
