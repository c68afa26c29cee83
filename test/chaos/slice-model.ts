// What a slice may be seen to show: exactly the rows of one snapshot, each at least as new as the one before.
import type { Pair } from '@firesink/shared/config/lookup.ts';

export interface SeenRow {
  run: string;
  id: string;
}

export class SliceModel {
  readonly pair: Pair;
  readonly #violations = new Set<string>();
  observations = 0;
  /** Documents by snapshot, sorted. */
  readonly #snapshots = new Map<string, readonly string[]>();
  /** Snapshots that were seen before their names could be known: those of uploads. */
  readonly #unknown = new Map<string, readonly string[]>();
  #newest = '';
  #seen = '';
  #mayBeEmpty = true;
  #tampered = false;

  constructor(pair: Pair) {
    this.pair = pair;
  }

  /** A snapshot that BigQuery can take. */
  expect(stem: string, ids: readonly string[]): void {
    this.#snapshots.set(stem, ids.toSorted());
    if (stem > this.#newest) this.#newest = stem;
    if (ids.length === 0) this.#mayBeEmpty = true;
  }

  /** Name of the object that it is to show in the end. */
  get newestObject(): string {
    const { source, collection } = this.pair;
    return `firestore/${source.name}/${collection.name}/${this.#newest}.ndjson`;
  }

  /** Somebody takes its rows away; when that is seen, nobody knows. */
  tamper(): void {
    this.#tampered = true;
  }

  observe(rows: readonly SeenRow[]): void {
    this.observations++;
    const [first] = rows;
    if (first === undefined) {
      if (!this.#mayBeEmpty && !this.#tampered)
        this.#violations.add(`shows nothing after ${this.#seen}`);
      return;
    }
    const runs = new Set(rows.map(({ run }) => run));
    const ids = rows.map(({ id }) => id).toSorted();
    if (runs.size > 1) this.#violations.add(`mixes ${[...runs].join(' and ')}`);
    if (first.run < this.#seen)
      this.#violations.add(`went back from ${this.#seen} to ${first.run}`);
    this.#seen = first.run;
    const isLastWord = [...this.#snapshots.values()].every((each) => each.length > 0);
    if (isLastWord && this.#seen === this.#newest) this.#mayBeEmpty = false;
    const expected = this.#snapshots.get(first.run);
    if (expected === undefined) this.#unknown.set(first.run, ids);
    else this.#compare(first.run, ids, expected);
  }

  /** Whether these are the rows of the newest snapshot. */
  isSettled(rows: readonly SeenRow[]): boolean {
    const expected = this.#snapshots.get(this.#newest) ?? [];
    const ids = rows.map(({ id }) => id).toSorted();
    const isRun = rows.every(({ run }) => run === this.#newest);
    return isRun && ids.join() === expected.join();
  }

  /** To be called when all is over. */
  close(): readonly string[] {
    for (const [stem, ids] of this.#unknown) {
      const expected = this.#snapshots.get(stem);
      if (expected) this.#compare(stem, ids, expected);
      else this.#violations.add(`shows ${stem}, which nobody made`);
    }
    return [...this.#violations];
  }

  describe(rows: readonly SeenRow[]): string {
    const runs = [...new Set(rows.map(({ run }) => run))].join(' and ') || 'nothing';
    return `shows ${rows.length} rows of ${runs}, not those of ${this.#newest}`;
  }

  #compare(stem: string, ids: readonly string[], expected: readonly string[]): void {
    if (ids.join() === expected.join()) return;
    this.#violations.add(`shows ${ids.length} rows of ${stem}, which has ${expected.length}`);
  }
}
