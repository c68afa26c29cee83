// One database: every document with its versions, in one sorted index per collection id. Such an index
// holds the collections of that id under all parents, so a collection group is one walk, and a collection
// a part of it.
import { documentName } from './documents.ts';
import {
  collectionIdOf,
  keyAfterAllBelow,
  parseDocumentName,
  pathKey,
  segmentKey,
} from './names.ts';
import { type KeyRange, SortedIndex } from './sorted-index.ts';

export interface Version {
  /** When it was committed, in microseconds since 1970. */
  readonly micros: number;
  /** An encoded google.firestore.v1.Document; undefined where this commit deleted it. */
  readonly document: Buffer | undefined;
  previous: Version | undefined;
}

export interface Entry {
  readonly key: string;
  /** Collection and document ids in its path: 2 for a root collection's. */
  readonly depth: number;
  latest: Version;
}

/** A document as of some instant. */
export interface Row {
  readonly key: string;
  readonly document: Buffer;
}

export interface Scan {
  /** Undefined: of any collection. */
  collectionId: string | undefined;
  range: KeyRange;
  /** Undefined: at any depth. */
  depth: number | undefined;
  reverse: boolean;
}

export const visibleDocument = (entry: Entry, micros: number): Buffer | undefined => {
  let version: Version | undefined = entry.latest;
  while (version && version.micros > micros) version = version.previous;
  return version?.document;
};

export class Database {
  readonly #collections = new Map<string, SortedIndex<Entry>>();

  find(segments: readonly string[]): Entry | undefined {
    return this.#collections.get(collectionIdOf(segments))?.get(pathKey(segments));
  }

  /** Makes this the newest version of its document, and says which entry that is. */
  put(segments: readonly string[], micros: number, document: Buffer | undefined): Entry {
    const key = pathKey(segments);
    const collection = this.#collection(collectionIdOf(segments));
    const entry = collection.get(key);
    if (entry) {
      entry.latest = { micros, document, previous: entry.latest };
      return entry;
    }
    const latest: Version = { micros, document, previous: undefined };
    const added = { key, depth: segments.length, latest };
    collection.add(added);
    return added;
  }

  remove(segments: readonly string[]): void {
    const id = collectionIdOf(segments);
    const collection = this.#collections.get(id);
    collection?.delete(pathKey(segments));
    if (collection?.size === 0) this.#collections.delete(id);
  }

  *entries(): Generator<Entry> {
    for (const collection of this.#collections.values()) {
      yield* collection.walk({ from: '', to: keyAfterAllBelow('') });
    }
  }

  *scan(scan: Scan, micros: number): Generator<Row> {
    for (const entry of this.#walk(scan)) {
      if (scan.depth !== undefined && entry.depth !== scan.depth) continue;
      const document = visibleDocument(entry, micros);
      if (document) yield { key: entry.key, document };
    }
  }

  /**
   * The different ids that follow a prefix in the paths of existing documents, at any depth: collections
   * below a document, or a collection's documents, with those that only have documents below them.
   *
   * @param depth  how many ids the prefix has
   * @param after  only ids behind this one
   */
  idsBelow(prefix: string, depth: number, micros: number, after?: string): Generator<string>[] {
    const from = after === undefined ? prefix : keyAfterAllBelow(prefix + segmentKey(after));
    return [...this.#collections.values()].map((collection) =>
      idsIn(collection, { from, to: keyAfterAllBelow(prefix) }, { prefix, depth, micros }),
    );
  }

  #collection(id: string): SortedIndex<Entry> {
    let collection = this.#collections.get(id);
    if (!collection) {
      collection = new SortedIndex<Entry>();
      this.#collections.set(id, collection);
    }
    return collection;
  }

  #walk({ collectionId, range, reverse }: Scan): Iterable<Entry> {
    if (collectionId !== undefined) {
      return this.#collections.get(collectionId)?.walk(range, reverse) ?? [];
    }
    const walks = [...this.#collections.values()].map((index) => index.walk(range, reverse));
    return merge(walks, (a, b) => (reverse ? a.key > b.key : a.key < b.key));
  }
}

/** Skips from id to id: what it costs grows with their number, not with the documents'. */
function* idsIn(
  collection: SortedIndex<Entry>,
  range: KeyRange,
  { prefix, depth, micros }: { prefix: string; depth: number; micros: number },
): Generator<string> {
  let from = range.from;
  for (;;) {
    const id = firstId(collection.walk({ from, to: range.to }), depth, micros);
    if (id === undefined) return;
    yield id;
    from = keyAfterAllBelow(prefix + segmentKey(id));
  }
}

function firstId(entries: Iterable<Entry>, depth: number, micros: number): string | undefined {
  for (const entry of entries) {
    const document = visibleDocument(entry, micros);
    if (document) return parseDocumentName(documentName(document)).segments[depth];
  }
  return undefined;
}

function* merge<Item>(walks: Generator<Item>[], before: (a: Item, b: Item) => boolean) {
  const heads = walks.flatMap((walk) => {
    const { value, done } = walk.next();
    return done ? [] : [{ value, walk }];
  });
  while (heads.length > 0) {
    const first = heads.reduce((a, b) => (before(b.value, a.value) ? b : a));
    yield first.value;
    const { value, done } = first.walk.next();
    if (done) heads.splice(heads.indexOf(first), 1);
    else first.value = value;
  }
}
