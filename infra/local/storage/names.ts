// Object names in the order Cloud Storage lists them: by their UTF-8 bytes, which is the order of code
// points, which JavaScript's own comparison (of UTF-16 units) is not once an emoji is in play.

/** Negative, zero or positive, for `Array.prototype.sort`. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    // Surrogates stand for code points above all others, though U+E000 to U+FFFF are larger units.
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** The first index whose name is not `isBefore`; names must be sorted so that those come first. */
export function firstIndex(names: readonly string[], isBefore: (name: string) => boolean): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(names[middle] ?? '')) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A map whose keys are also there in order. */
export class NamedRecords<T> {
  readonly #records = new Map<string, T>();
  #names: string[] = [];
  #sorted = true;

  get(name: string): T | undefined {
    return this.#records.get(name);
  }

  get size(): number {
    return this.#records.size;
  }

  values(): IterableIterator<T> {
    return this.#records.values();
  }

  set(name: string, record: T): void {
    if (!this.#records.has(name)) {
      const last = this.#names.at(-1);
      this.#sorted &&= last === undefined || compareNames(last, name) < 0;
      this.#names.push(name);
    }
    this.#records.set(name, record);
  }

  delete(name: string): void {
    if (!this.#records.delete(name)) return;
    const names = this.names();
    const index = firstIndex(names, (other) => compareNames(other, name) < 0);
    this.#names.splice(index, 1);
  }

  /** All names in order. Sorting waits until somebody looks, so that loading many costs one sort. */
  names(): readonly string[] {
    if (!this.#sorted) this.#names.sort(compareNames);
    this.#sorted = true;
    return this.#names;
  }
}
