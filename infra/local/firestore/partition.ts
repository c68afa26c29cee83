// PartitionQuery: names that cut a collection group into parts of about the same size. As in Firestore
// a part has at least 128 documents, and with several pages each page is sorted for itself only: the
// client puts them together. https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1
import type { Row } from './database.ts';
import { documentName } from './documents.ts';
import { invalidArgument } from './errors.ts';
import { isDocumentName, parseFieldPath } from './field-paths.ts';
import { parseParent } from './names.ts';
import { formatPageToken, parsePageSize, parsePageToken } from './pages.ts';
import { planQuery, runQuery } from './query.ts';
import type { Cursor, PartitionQueryRequest, StructuredQuery } from './requests.ts';
import type { FirestoreStore } from './store.ts';
import type { Transactions } from './transactions.ts';
import { encodeValue } from './values.ts';

/** Documents. Google's client says so in its own system tests; its documentation does not. */
export const MIN_PARTITION_DOCUMENTS = 128;
/** Cursors a page, where the client leaves it to the server. */
const STANDARD_PAGE = 1000;

interface PartitionAnswer {
  partitions: Cursor[];
  nextPageToken: string;
}

export function partitionQuery(
  store: FirestoreStore,
  transactions: Transactions,
  request: PartitionQueryRequest,
  minDocuments: number,
): PartitionAnswer {
  const query = checkQuery(request.structuredQuery);
  const parent = parseParent(request.parent);
  if (parent.segments.length > 0) {
    throw invalidArgument('Partition queries are only allowed from the root of the database.');
  }
  const count = Number(request.partitionCount);
  if (count < 1) throw invalidArgument('partition_count must be positive.');
  const size = parsePageSize(request.pageSize, STANDARD_PAGE, STANDARD_PAGE);
  const page = parsePageToken(request.pageToken);
  const micros = page ? store.snapshot(page.micros) : transactions.view(request).micros;

  const rows = () => runQuery(store, planQuery(query, parent), micros);
  const total = rows().reduce((counted) => counted + 1, 0);
  const cuts = Math.min(count, Math.max(0, Math.floor(total / minDocuments) - 1));
  const names = namesAt(rows(), (cut) => Math.floor((cut * total) / (cuts + 1)), cuts);
  const pages = Math.max(1, Math.ceil(cuts / size));
  const current = page ? Number(page.last) : 0;
  return {
    // Every so-many-th name, so that pages overlap as Firestore's may.
    partitions: names
      .filter((_, at) => at % pages === current)
      .map((value) => ({ values: [encodeValue({ type: 'reference', value })], before: true })),
    nextPageToken: current + 1 < pages ? formatPageToken(String(current + 1), micros) : '',
  };
}

/** The names at places 1 to `cuts`, where `placeOf` says these are. */
function namesAt(rows: Iterable<Row>, placeOf: (cut: number) => number, cuts: number): string[] {
  const names: string[] = [];
  let place = 0;
  for (const { document } of rows) {
    if (names.length === cuts) break;
    if (place === placeOf(names.length + 1)) names.push(documentName(document));
    place += 1;
  }
  return names;
}

function checkQuery(query: StructuredQuery | undefined): StructuredQuery {
  if (!query) throw invalidArgument('only structured queries are supported');
  const [selector] = query.from;
  const [order, ...others] = query.orderBy;
  const byName = order && isDocumentName(parseFieldPath(order.field?.fieldPath ?? ''));
  const restricted =
    query.where || query.startAt || query.endAt || query.offset || query.limit || query.select;
  if (!selector?.allDescendants || selector.collectionId === '' || restricted) {
    throw invalidArgument(
      'Partition queries must be collection group queries without filters, limits, offsets and cursors.',
    );
  }
  if (!byName || order.direction === 'DESCENDING' || others.length > 0) {
    throw invalidArgument('Partition queries must be ordered by __name__ ascending.');
  }
  return query;
}
