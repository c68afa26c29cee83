// Transactions as the official client uses them: reads at one instant, then a commit that fails with
// ABORTED if a document that was read has changed since. Firestore locks instead; documents that only
// now match a query of the transaction are not noticed here.
import { invalidArgument, tooMuchContention } from './errors.ts';
import type { ParsedName } from './names.ts';
import type { FirestoreStore } from './store.ts';
import { type ProtoTimestamp, parseProtoTimestamp } from './timestamps.ts';

export interface TransactionOptions {
  readOnly?: { readTime: ProtoTimestamp | null } | null;
}

/** Where a read takes its instant from: at most one of them is set. */
export interface ReadSelector {
  transaction?: Buffer;
  newTransaction?: TransactionOptions | null;
  readTime?: ProtoTimestamp | null;
}

export interface ReadView {
  micros: number;
  /** The id of a transaction begun by this very read, which its first answer tells. */
  begun: Buffer | undefined;
  /** Whether a commit will ask for what was read here: then it is to be noted. */
  isLocking: boolean;
  note(name: string): void;
}

interface Transaction {
  id: Buffer;
  /** The instant of its reads, and the one it began at. */
  micros: number;
  begunMicros: number;
  readOnly: boolean;
  names: Set<string>;
}

/** Microseconds. Firestore documentation, "Transaction limits": idle or not, 270 s at most. */
const MAX_AGE_MICROS = 270 * 1e6;

export class Transactions {
  readonly #store: FirestoreStore;
  readonly #open = new Map<string, Transaction>();
  #count = 0;

  constructor(store: FirestoreStore) {
    this.#store = store;
  }

  begin(options: TransactionOptions | null | undefined): Transaction {
    const readTime = options?.readOnly?.readTime;
    const micros = this.#store.snapshot(readTime ? parseProtoTimestamp(readTime) : undefined);
    this.#dropOld();
    this.#count += 1;
    const id = Buffer.alloc(8);
    id.writeBigUInt64BE(BigInt(this.#count));
    const transaction = {
      id,
      micros,
      begunMicros: this.#store.snapshot(),
      readOnly: Boolean(options?.readOnly),
      names: new Set<string>(),
    };
    this.#open.set(id.toString('hex'), transaction);
    return transaction;
  }

  view({ transaction: id, newTransaction, readTime }: ReadSelector): ReadView {
    let transaction: Transaction | undefined;
    if (newTransaction) transaction = this.begin(newTransaction);
    else if (id && id.length > 0) transaction = this.#find(id);
    if (!transaction) {
      const micros = this.#store.snapshot(readTime ? parseProtoTimestamp(readTime) : undefined);
      return { micros, begun: undefined, isLocking: false, note: () => {} };
    }
    return {
      micros: transaction.micros,
      begun: newTransaction ? transaction.id : undefined,
      isLocking: !transaction.readOnly,
      note: (name) => transaction.names.add(name),
    };
  }

  /** Ends the transaction, whatever comes of it. */
  end(id: Buffer): Transaction {
    const transaction = this.#find(id);
    this.#open.delete(id.toString('hex'));
    return transaction;
  }

  /** @throws ABORTED if something that was read is not what it was. */
  checkUnchanged(transaction: Transaction, parse: (name: string) => ParsedName): void {
    for (const name of transaction.names) {
      const latest = this.#store.latest(parse(name));
      if (latest && latest.micros > transaction.micros) throw tooMuchContention();
    }
  }

  #find(id: Buffer): Transaction {
    const transaction = this.#open.get(id.toString('hex'));
    if (transaction) return transaction;
    const wasOurs = id.length === 8 && id.readBigUInt64BE() <= BigInt(this.#count);
    throw invalidArgument(wasOurs ? 'Transaction is invalid or closed.' : 'Invalid transaction.');
  }

  #dropOld(): void {
    const oldest = this.#store.snapshot() - MAX_AGE_MICROS;
    for (const [key, { begunMicros }] of this.#open) {
      if (begunMicros < oldest) this.#open.delete(key);
    }
  }
}
