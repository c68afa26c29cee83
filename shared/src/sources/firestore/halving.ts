// Cuts what is too big in two, without knowing what the names are like: asks which document comes next
// behind a key in the middle of the piece, a read each, and counts what lies before it. Never `offset`:
// skipped documents are billed. Any name of a document is a fair cut, so a bad guess costs balance or a
// read, never a document.
import { mapConcurrently } from '../../concurrency.ts';
import { ask, type Caller, FIRESTORE } from './call.ts';
import { countDocuments } from './count.ts';
import { Alphabets, commonLength, endOfPrefix, middle } from './key-space.ts';
import { type CollectionPath, compareNames, rootName } from './names.ts';
import { type NameRange, runQueryRequest, type Scope } from './requests.ts';
import { documentNameIn } from './responses.ts';

/** Calls under way at a time: enough to hide the round trip, few enough for an emulator. */
export const CONCURRENCY = 4;
/** Misses in a row after which the common beginning of the names is looked for, instead of halving on. */
const PATIENCE = 2;

/** What can be read by itself. */
export interface Part {
  range: NameRange;
  /** As the service counts them at the scope's instant. */
  documents: number;
}

/** A part, and what is known of where its documents lie: paths from `low` to `high`, relative. */
interface Piece extends Part {
  low: string;
  high: string;
  misses: number;
  /** Nothing more is known to try. */
  done: boolean;
}

export class Halving {
  readonly #caller: Caller;
  readonly #scope: Scope;
  readonly #root: string;
  readonly #alphabets = new Alphabets();
  #probesLeft: number;

  /** @param maxProbes  how many documents' names may be asked for */
  constructor(caller: Caller, scope: Scope, maxProbes: number) {
    this.#caller = caller;
    this.#scope = scope;
    this.#root = `${rootName(scope.source)}/`;
    this.#probesLeft = maxProbes;
  }

  /** Until no part has more documents than the limit, or nothing more can be done about it. */
  async refine(parts: readonly Part[], limit: number): Promise<Part[]> {
    let pieces = parts.map((part) => this.#pieceOf(part));
    for (;;) {
      const tooBig = (piece: Piece) => !piece.done && piece.documents > limit;
      if (this.#probesLeft <= 0 || !pieces.some(tooBig)) return pieces.map(asPart);
      const next = await mapConcurrently(pieces, CONCURRENCY, (piece) =>
        tooBig(piece) ? this.#step(piece) : Promise.resolve([piece]),
      );
      pieces = next.flat();
    }
  }

  #pieceOf(part: Part): Piece {
    const { start, end } = part.range;
    const lowest = lowestPath(this.#scope.collection);
    return {
      ...part,
      low: start === undefined ? lowest : this.#relative(start),
      high: end === undefined ? endOfPrefix(lowest, [...lowest].length) : this.#relative(end),
      misses: 0,
      done: false,
    };
  }

  #step(piece: Piece): Promise<Piece[]> {
    return piece.misses === PATIENCE ? this.#narrow(piece) : this.#halve(piece);
  }

  async #halve(piece: Piece): Promise<Piece[]> {
    const key = middle(piece.low, piece.high, this.#alphabets);
    if (key === undefined) return [{ ...piece, done: true }];
    const { start, end } = piece.range;
    const found = await this.#nextName({ start: this.#root + key, end });
    const misses = piece.misses + 1;
    if (found === undefined) return [{ ...piece, high: key, misses }];
    if (start !== undefined && compareNames(found, start) <= 0) return [{ ...piece, done: true }];
    const documents = await countDocuments(this.#caller, {
      ...this.#scope,
      range: { start, end: found },
    });
    const low = this.#relative(found);
    // Nothing before it that the filter lets through.
    if (documents === 0) return [{ ...piece, low, misses }];
    const left = { ...piece, range: { start, end: found }, high: key, documents, misses: 0 };
    const right = { ...piece, range: { start: found, end }, low, misses: 0 };
    return [left, { ...right, documents: piece.documents - documents }];
  }

  /** Finds how all the piece's names begin, so that halving goes on behind it: `user_0000` in four reads. */
  async #narrow(piece: Piece): Promise<Piece[]> {
    const { end } = piece.range;
    const misses = piece.misses + 1;
    const first = await this.#nextName(piece.range);
    if (first === undefined) return [{ ...piece, done: true }];
    const low = this.#relative(first);
    const symbols = [...low];
    let { high } = piece;
    let shared = commonLength(symbols, [...high]);
    let different = symbols.length;
    while (different - shared > 1) {
      const length = Math.floor((shared + different) / 2);
      const key = endOfPrefix(low, length);
      if ((await this.#nextName({ start: this.#root + key, end })) === undefined) {
        shared = length;
        high = key;
      } else {
        different = length;
      }
    }
    return [{ ...piece, low, high, misses }];
  }

  async #nextName(range: NameRange): Promise<string | undefined> {
    this.#probesLeft--;
    const scope = { ...this.#scope, range };
    const answers = await ask(this.#caller, {
      path: `${FIRESTORE}/RunQuery`,
      source: scope.source,
      what: scope.collection.path,
      readTimeMs: scope.readTimeMs,
      request: runQueryRequest(scope, { select: ['__name__'], limit: 1 }),
    });
    const name = answers.map(documentNameIn).find((each) => each !== undefined);
    if (name !== undefined) this.#alphabets.learn(this.#relative(name));
    return name;
  }

  #relative(name: string): string {
    return name.slice(this.#root.length);
  }
}

/** What comes before all documents of the collection. */
const lowestPath = ({ path, group }: CollectionPath): string => (group ? '' : `${path}/`);

const asPart = ({ range, documents }: Piece): Part => ({ range, documents });
