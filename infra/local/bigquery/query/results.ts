// Results of queries: tables of an anonymous dataset, in memory, for a day.
import { randomBytes } from 'node:crypto';
import { ANONYMOUS_DATASET, describeTable, physicalName, type TableRecord } from '../records.ts';
import type { Field } from '../schema.ts';
import type { Store } from '../store.ts';

/** "Cached results are kept for about 24 hours" (docs, "Using cached query results"). */
const KEPT_MS = 24 * 3_600_000;
/** However many there are: a console that asks every second must not fill the memory. */
const MAX_KEPT = 500;

export class Results {
  readonly #store: Store;
  readonly #kept: TableRecord[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  async create(
    project: string,
    fields: Field[],
    sql: string,
    signal: AbortSignal,
  ): Promise<TableRecord> {
    await this.#drop();
    const store = this.#store;
    const now = store.clock();
    const table: TableRecord = {
      id: store.nextId(),
      project,
      datasetId: ANONYMOUS_DATASET,
      tableId: `anon${randomBytes(20).toString('hex')}`,
      fields,
      labels: {},
      creationTimeMs: now,
      lastModifiedMs: now,
    };
    await store.database.transaction(async (transaction) => {
      const interrupt = () => transaction.interrupt();
      signal.addEventListener('abort', interrupt);
      try {
        signal.throwIfAborted();
        await transaction.run(`CREATE TABLE ${physicalName(table)} AS ${sql}`);
      } finally {
        signal.removeEventListener('abort', interrupt);
      }
    });
    store.putTable(table);
    this.#kept.push(table);
    return table;
  }

  async #drop(): Promise<void> {
    const store = this.#store;
    const isOld = (table: TableRecord) => table.creationTimeMs < store.clock() - KEPT_MS;
    for (let [oldest] = this.#kept; oldest; [oldest] = this.#kept) {
      if (this.#kept.length < MAX_KEPT && !isOld(oldest)) return;
      this.#kept.shift();
      store.tables.delete(describeTable(oldest));
      await store.dropRows(oldest);
    }
  }
}
