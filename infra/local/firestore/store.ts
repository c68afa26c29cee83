// What this Firestore holds: databases, the clock that orders their commits, the versions of the last
// hour, and the journal that outlives the process.
import {
  Database,
  type Entry,
  type Row,
  type Scan,
  type Version,
  visibleDocument,
} from './database.ts';
import { documentName } from './documents.ts';
import { invalidArgument, snapshotTooOld } from './errors.ts';
import { type Change, changeBytes, Journal } from './journal.ts';
import { type ParsedName, parseDocumentName } from './names.ts';

/** Microseconds. Firestore keeps old versions for an hour, without point-in-time recovery. */
const RETENTION_MICROS = 3600 * 1e6;
/** Bytes: a smaller journal is never worth writing anew. */
const MIN_COMPACTION_BYTES = 16 << 20;

interface StoreOptions {
  dataDir: string | undefined;
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** A version that a newer one replaced, to be forgotten an hour after that. */
interface Superseded {
  micros: number;
  name: ParsedName;
  entry: Entry;
}

export class FirestoreStore {
  readonly #clock: () => number;
  readonly #databases = new Map<string, Database>();
  readonly #journal: Journal | undefined;
  /** In the order of time. */
  #superseded: Superseded[] = [];
  #forgotten = 0;
  /** Bytes the versions kept would take in a journal. */
  #keptBytes = 0;
  #compactFromBytes = MIN_COMPACTION_BYTES;
  /** The latest instant that was committed or read at: the next commit comes after it. */
  #latestMicros = 0;

  constructor({ dataDir, clock }: StoreOptions) {
    this.#clock = clock;
    if (dataDir === undefined) return;
    this.#journal = new Journal(dataDir, (changes) => this.#apply(changes));
    // A journal written anew goes document by document.
    this.#superseded.sort((a, b) => a.micros - b.micros);
    this.#forgetOld();
    this.#compact();
  }

  /**
   * The instant to read at, in microseconds since 1970. No later commit will fall on it or before it.
   *
   * @param readMicros  what the client asked for; undefined for now
   * @throws INVALID_ARGUMENT for the future, FAILED_PRECONDITION for more than an hour ago.
   */
  snapshot(readMicros?: number): number {
    const now = Math.max(this.#nowMicros(), this.#latestMicros);
    if (readMicros === undefined) {
      this.#latestMicros = now;
      return now;
    }
    if (readMicros <= 0) throw invalidArgument('Only timestamps past epoch are supported.');
    if (readMicros > now) {
      throw invalidArgument("The requested 'read_time' cannot be in the future.");
    }
    this.checkReadable(readMicros);
    this.#latestMicros = Math.max(readMicros, this.#latestMicros);
    return readMicros;
  }

  /** A long answer can outlive the versions it shows. */
  checkReadable(micros: number): void {
    if (micros < this.#nowMicros() - RETENTION_MICROS) throw snapshotTooOld();
  }

  /** The document of this name at that instant, if it existed then. */
  read(name: ParsedName, micros: number): Buffer | undefined {
    const entry = this.#databases.get(name.database)?.find(name.segments);
    return entry && visibleDocument(entry, micros);
  }

  latest(name: ParsedName): Version | undefined {
    return this.#databases.get(name.database)?.find(name.segments)?.latest;
  }

  scan(database: string, scan: Scan, micros: number): Iterable<Row> {
    return this.#databases.get(database)?.scan(scan, micros) ?? [];
  }

  database(name: string): Database | undefined {
    return this.#databases.get(name);
  }

  /**
   * All of the changes at one new instant, or none.
   *
   * @param decide  is given the time of the commit, and may throw
   */
  commit<Result>(decide: (micros: number) => { changes: Change[]; result: Result }): Result {
    this.#forgetOld();
    const micros = Math.max(this.#nowMicros(), this.#latestMicros + 1);
    const { changes, result } = decide(micros);
    this.#latestMicros = micros;
    if (changes.length === 0) return result;
    this.#journal?.append(changes);
    this.#apply(changes);
    this.#compact();
    return result;
  }

  close(): void {
    this.#journal?.close();
  }

  #nowMicros(): number {
    return Math.floor(this.#clock() * 1000);
  }

  #apply(changes: readonly Change[]): void {
    for (const change of changes) {
      const { micros, document } = change;
      const name = parseDocumentName(change.name);
      let database = this.#databases.get(name.database);
      if (!database) {
        database = new Database();
        this.#databases.set(name.database, database);
      }
      const entry = database.put(name.segments, micros, document);
      if (entry.latest.previous || !document) this.#superseded.push({ micros, name, entry });
      this.#keptBytes += changeBytes(change);
      this.#latestMicros = Math.max(this.#latestMicros, micros);
    }
  }

  #forgetOld(): void {
    const horizon = this.#nowMicros() - RETENTION_MICROS;
    for (;;) {
      const superseded = this.#superseded[this.#forgotten];
      if (!superseded || superseded.micros > horizon) break;
      this.#forgotten += 1;
      this.#forget(superseded);
    }
    if (this.#forgotten * 2 <= this.#superseded.length) return;
    this.#superseded = this.#superseded.slice(this.#forgotten);
    this.#forgotten = 0;
  }

  /** Drops what came before the commit of that time, and its own trace if it was a deletion. */
  #forget({ micros, name, entry }: Superseded): void {
    let version: Version | undefined = entry.latest;
    while (version && version.micros > micros) version = version.previous;
    if (!version) return;
    for (let old = version.previous; old; old = old.previous) this.#keptBytes -= bytesOf(name, old);
    version.previous = undefined;
    if (version !== entry.latest || version.document) return;
    this.#keptBytes -= bytesOf(name, version);
    this.#databases.get(name.database)?.remove(name.segments);
  }

  #compact(): void {
    const journal = this.#journal;
    if (!journal || journal.size < Math.max(this.#compactFromBytes, this.#keptBytes * 2)) return;
    try {
      journal.rewrite(this.#history());
    } catch {
      // The old journal still holds everything; a full disk must not fail a commit already written.
      this.#compactFromBytes = journal.size * 2;
    }
  }

  *#history(): Generator<Change> {
    for (const database of this.#databases.values()) {
      for (const { latest } of database.entries()) {
        const versions: Version[] = [];
        for (let v: Version | undefined = latest; v; v = v.previous) versions.unshift(v);
        const named = versions.find((version) => version.document)?.document;
        if (!named) continue;
        const name = documentName(named);
        for (const { micros, document } of versions) yield { name, micros, document };
      }
    }
  }
}

const bytesOf = ({ segments, database }: ParsedName, { document }: Version): number =>
  changeBytes({ name: `${database}/documents/${segments.join('/')}`, document });
