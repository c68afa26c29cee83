// ListDocuments and ListCollectionIds: pages in the order of ids, all of them of the first page's instant.
import { documentName, encodeDocument, projectDocument } from './documents.ts';
import { unimplemented } from './errors.ts';
import {
  checkCollectionId,
  formatName,
  keyAfter,
  keyAfterAllBelow,
  type ParsedName,
  parseDocumentName,
  parseParent,
  pathKey,
  segmentKey,
} from './names.ts';
import { formatPageToken, parsePageSize, parsePageToken } from './pages.ts';
import type { ListCollectionIdsRequest, ListDocumentsRequest } from './requests.ts';
import type { FirestoreStore } from './store.ts';
import type { ReadSelector, Transactions } from './transactions.ts';
import { parseMask } from './writes.ts';

const STANDARD_PAGE = 100;
const MAX_DOCUMENTS = 1000;
const MAX_COLLECTIONS = 10_000;

interface ListAnswer<Item> {
  items: Item[];
  nextPageToken: string;
}

/** Where to look: behind `after`, below these segments, at this instant. */
interface Place {
  database: string;
  below: readonly string[];
  after: string | undefined;
  micros: number;
}

export class Listings {
  readonly #store: FirestoreStore;
  readonly #transactions: Transactions;

  constructor(store: FirestoreStore, transactions: Transactions) {
    this.#store = store;
    this.#transactions = transactions;
  }

  collectionIds(request: ListCollectionIdsRequest): ListAnswer<string> {
    const { database, segments } = parseParent(request.parent);
    const size = parsePageSize(request.pageSize, STANDARD_PAGE, MAX_COLLECTIONS);
    const place = this.#place(request, database, segments);
    return toPage(this.#ids(place, size + 1), size, place.micros, (id) => id);
  }

  /** With `show_missing` documents too that do not exist, but have documents below them. */
  documents(request: ListDocumentsRequest): ListAnswer<Buffer> {
    if (request.orderBy !== '') throw unimplemented('order_by in ListDocuments');
    if (request.collectionId === '') throw unimplemented('ListDocuments without collection_id');
    const { database, segments } = parseParent(request.parent);
    const below = [...segments, checkCollectionId(request.collectionId)];
    const size = parsePageSize(request.pageSize, STANDARD_PAGE, MAX_DOCUMENTS);
    const mask = parseMask(request.mask);
    const place = this.#place(request, database, below);
    const documents = request.showMissing
      ? this.#ids(place, size + 1).map((id) => this.#documentOrMissing(place, id))
      : this.#existing(place, size + 1);
    const { items, nextPageToken } = toPage(documents, size, place.micros, idOf);
    return {
      items: mask ? items.map((document) => projectDocument(document, mask)) : items,
      nextPageToken,
    };
  }

  #place(
    request: ReadSelector & { pageToken: string },
    database: string,
    below: readonly string[],
  ): Place {
    const page = parsePageToken(request.pageToken);
    const micros = page
      ? this.#store.snapshot(page.micros)
      : this.#transactions.view(request).micros;
    return { database, below, after: page?.last, micros };
  }

  /** The different ids there, as many as asked for. */
  #ids({ database, below, after, micros }: Place, most: number): string[] {
    const walks = this.#store
      .database(database)
      ?.idsBelow(pathKey(below), below.length, micros, after);
    const ids = new Map<string, string>();
    for (const walk of walks ?? []) {
      for (const id of walk.take(most)) ids.set(segmentKey(id), id);
    }
    const sorted = [...ids].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.slice(0, most).map(([, id]) => id);
  }

  #existing({ database, below, after, micros }: Place, most: number): Buffer[] {
    const prefix = pathKey(below);
    const range = {
      from: keyAfter(after === undefined ? prefix : prefix + segmentKey(after)),
      to: keyAfterAllBelow(prefix),
    };
    const scan = { collectionId: below.at(-1), range, depth: below.length + 1, reverse: false };
    const documents: Buffer[] = [];
    for (const { document } of this.#store.scan(database, scan, micros)) {
      documents.push(document);
      if (documents.length === most) break;
    }
    return documents;
  }

  #documentOrMissing({ database, below, micros }: Place, id: string): Buffer {
    const name: ParsedName = { database, segments: [...below, id] };
    return (
      this.#store.read(name, micros) ??
      encodeDocument(formatName(database, name.segments), new Map())
    );
  }
}

const idOf = (document: Buffer): string =>
  parseDocumentName(documentName(document)).segments.at(-1) ?? '';

/** One item more than the page holds says that there is another page. */
function toPage<Item>(
  found: Item[],
  size: number,
  micros: number,
  id: (item: Item) => string,
): ListAnswer<Item> {
  const items = found.slice(0, size);
  const last = items.at(-1);
  const more = last !== undefined && found.length > size;
  return { items, nextPageToken: more ? formatPageToken(id(last), micros) : '' };
}
