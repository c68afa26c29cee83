// Commit, BatchWrite, BeginTransaction and Rollback.
import { FirestoreError, invalidArgument } from './errors.ts';
import { parseDatabase, parseDocumentName } from './names.ts';
import type {
  BatchWriteRequest,
  BeginTransactionRequest,
  CommitRequest,
  RollbackRequest,
} from './requests.ts';
import type { FirestoreStore } from './store.ts';
import { formatProtoTimestamp } from './timestamps.ts';
import type { Transactions } from './transactions.ts';
import { encodeValue } from './values.ts';
import { Batch, type ParsedWrite, parseWrite, type WriteResult } from './writes.ts';

export class Commits {
  readonly #store: FirestoreStore;
  readonly #transactions: Transactions;

  constructor(store: FirestoreStore, transactions: Transactions) {
    this.#store = store;
    this.#transactions = transactions;
  }

  commit(request: CommitRequest): object {
    const database = parseDatabase(request.database);
    const transaction =
      request.transaction.length > 0 ? this.#transactions.end(request.transaction) : undefined;
    if (transaction?.readOnly && request.writes.length > 0) {
      throw invalidArgument('Cannot modify entities in a read-only transaction.');
    }
    const writes = request.writes.map((write) => parseWrite(write, database));
    return this.#store.commit((micros) => {
      if (transaction) this.#transactions.checkUnchanged(transaction, parseDocumentName);
      const batch = new Batch(this.#store, micros);
      const writeResults = writes.map((write) => formatResult(batch.apply(write)));
      const result = { writeResults, commitTime: formatProtoTimestamp(micros) };
      return { changes: batch.changes, result };
    });
  }

  /** Each write for itself: one that fails leaves the others as they are. */
  batchWrite(request: BatchWriteRequest): object {
    const database = parseDatabase(request.database);
    const writes = request.writes.map((write) => parseWrite(write, database));
    if (new Set(writes.map(({ name }) => name)).size < writes.length) {
      throw invalidArgument(
        'the same document cannot be written more than once in a single request',
      );
    }
    return this.#store.commit((micros) => {
      const batch = new Batch(this.#store, micros);
      const outcomes = writes.map((write) => attempt(batch, write));
      const result = {
        writeResults: outcomes.map(({ writeResult }) => writeResult),
        status: outcomes.map((outcome) => outcome.status),
      };
      return { changes: batch.changes, result };
    });
  }

  beginTransaction(request: BeginTransactionRequest): object {
    parseDatabase(request.database);
    return { transaction: this.#transactions.begin(request.options).id };
  }

  rollback(request: RollbackRequest): object {
    parseDatabase(request.database);
    this.#transactions.end(request.transaction);
    return {};
  }
}

function attempt(batch: Batch, write: ParsedWrite): { writeResult: object; status: object } {
  try {
    return { writeResult: formatResult(batch.apply(write)), status: {} };
  } catch (error) {
    if (!(error instanceof FirestoreError)) throw error;
    return { writeResult: {}, status: { code: error.code, message: error.message } };
  }
}

const formatResult = ({ updateMicros, transformResults }: WriteResult): object => ({
  ...(updateMicros === undefined ? {} : { updateTime: formatProtoTimestamp(updateMicros) }),
  transformResults: transformResults.map(encodeValue),
});
