// Documents are added, changed and deleted without pause, in several collections by one commit, and what was
// written is remembered with the time that Firestore gave it: so the state at any instant is known.
import { Firestore, type Timestamp, type WriteBatch } from '@google-cloud/firestore';
import { createRandom, type Random } from '../../../infra/local/demo/random.ts';

export interface WritesOptions {
  host: string;
  project: string;
  collections: readonly string[];
  seed: string;
  /** Commits under way at a time; each writer has documents of its own. */
  writers: number;
  /** Documents of each writer in each collection, at most. */
  documents: number;
}

export interface Writes {
  /** Commits so far. */
  readonly commits: number;
  /** No more are begun; resolves when the last is answered. */
  stop(): Promise<void>;
  /** Once stopped: the `n` of each document there was at the instant, in milliseconds, by id. */
  stateAt(collection: string, ms: number): Record<string, number>;
}

interface Write {
  collection: string;
  id: string;
  /** Undefined for a deletion. */
  n: number | undefined;
}

interface Commit {
  micros: number;
  writes: readonly Write[];
}

const WRITES_IN_A_COMMIT = 20;

export function startWriting(options: WritesOptions): Writes {
  const { host, project, writers } = options;
  const firestore = new Firestore({ projectId: project, host, ssl: false });
  const log: Commit[] = [];
  const stopped = new AbortController();
  const running = Array.from({ length: writers }, (_, writer) =>
    write(firestore, log, { ...options, writer, signal: stopped.signal }),
  );
  return {
    get commits() {
      return log.length;
    },
    async stop() {
      stopped.abort();
      await Promise.all(running);
      await firestore.terminate();
    },
    stateAt: (collection, ms) => replay(log, collection, ms * 1000),
  };
}

type WriterOptions = WritesOptions & { writer: number; signal: AbortSignal };

async function write(firestore: Firestore, log: Commit[], options: WriterOptions): Promise<void> {
  const { collections, documents, seed, writer, signal } = options;
  const random = createRandom(`${seed}/${writer}`);
  const existing = new Set<string>();
  for (let n = 1; !signal.aborted; n++) {
    const batch = firestore.batch();
    const writes: Write[] = [];
    for (const slot of slots(random, documents)) {
      const id = `w${writer}-${slot}`;
      const isDeletion = existing.has(id) && random.once(3);
      if (isDeletion) existing.delete(id);
      else existing.add(id);
      for (const collection of collections) {
        // Every write changes something, so that it has a time of its own.
        writes.push({ collection, id, n: isDeletion ? undefined : n });
      }
    }
    for (const each of writes) apply(firestore, batch, each);
    const [result] = await batch.commit();
    log.push({ micros: microsOf(result?.writeTime), writes });
  }
}

const slots = (random: Random, documents: number): Set<number> =>
  new Set(Array.from({ length: WRITES_IN_A_COMMIT }, () => random.integer(0, documents - 1)));

function apply(firestore: Firestore, batch: WriteBatch, { collection, id, n }: Write): void {
  const document = firestore.collection(collection).doc(id);
  if (n === undefined) batch.delete(document);
  else batch.set(document, { n, note: `written ${n} times`.padEnd(100, '.') });
}

function microsOf(time: Timestamp | undefined): number {
  if (time === undefined) throw new Error('a commit without a time');
  return time.seconds * 1_000_000 + Math.floor(time.nanoseconds / 1000);
}

/** A read at an instant sees what was committed up to it and at it. */
function replay(log: readonly Commit[], wanted: string, micros: number): Record<string, number> {
  const state = new Map<string, number>();
  for (const commit of log.toSorted((a, b) => a.micros - b.micros)) {
    if (commit.micros > micros) break;
    for (const { collection, id, n } of commit.writes) {
      if (collection !== wanted) continue;
      if (n === undefined) state.delete(id);
      else state.set(id, n);
    }
  }
  return Object.fromEntries([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}
