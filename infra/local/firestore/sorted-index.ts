// A sorted list that stays quick with a million entries: short sorted leaves in one sorted list of
// leaves, so that putting an entry in moves at most a few hundred others. It may change while somebody
// walks through it; the walk goes on behind the last key it was at.

/** Entries of a leaf before it is split: small enough to splice, large enough that leaves are few. */
const MAX_LEAF = 512;

export interface KeyRange {
  /** Inclusive. */
  from: string;
  /** Exclusive. */
  to: string;
}

export class SortedIndex<Entry extends { readonly key: string }> {
  #leaves: Entry[][] = [];
  #changes = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Entry | undefined {
    const entry = this.#first(key);
    return entry?.key === key ? entry : undefined;
  }

  /** The key must not be there yet. */
  add(entry: Entry): void {
    this.#changes += 1;
    this.#size += 1;
    const at = Math.min(this.#leafOf(entry.key), this.#leaves.length - 1);
    const leaf = this.#leaves[at];
    if (!leaf) {
      this.#leaves.push([entry]);
      return;
    }
    leaf.splice(positionIn(leaf, entry.key), 0, entry);
    if (leaf.length <= MAX_LEAF) return;
    // Keys that only ever grow leave full leaves behind instead of half empty ones.
    const growing = at === this.#leaves.length - 1 && leaf.at(-1) === entry;
    const kept = growing ? MAX_LEAF : MAX_LEAF / 2;
    this.#leaves.splice(at + 1, 0, leaf.splice(kept));
  }

  delete(key: string): void {
    const at = this.#leafOf(key);
    const leaf = this.#leaves[at];
    if (!leaf) return;
    const position = positionIn(leaf, key);
    if (leaf[position]?.key !== key) return;
    this.#changes += 1;
    this.#size -= 1;
    leaf.splice(position, 1);
    if (leaf.length === 0) this.#leaves.splice(at, 1);
  }

  /** In the order of keys, or against it. */
  *walk({ from, to }: KeyRange, reverse = false): Generator<Entry> {
    let key = reverse ? to : from;
    let inclusive = !reverse;
    for (;;) {
      const changes = this.#changes;
      for (const entry of reverse ? this.#before(key) : this.#since(key, inclusive)) {
        if (reverse ? entry.key < from : entry.key >= to) return;
        yield entry;
        key = entry.key;
        inclusive = false;
        if (changes !== this.#changes) break;
      }
      if (changes === this.#changes) return;
    }
  }

  *#since(key: string, inclusive: boolean): Generator<Entry> {
    let at = this.#leafOf(key);
    let leaf = this.#leaves[at];
    if (!leaf) return;
    let position = positionIn(leaf, key);
    if (!inclusive && leaf[position]?.key === key) position += 1;
    for (; leaf; leaf = this.#leaves[++at], position = 0) {
      for (; position < leaf.length; position += 1) {
        const entry = leaf[position];
        if (entry) yield entry;
      }
    }
  }

  *#before(key: string): Generator<Entry> {
    let at = Math.min(this.#leafOf(key), this.#leaves.length - 1);
    let leaf = this.#leaves[at];
    if (!leaf) return;
    let position = positionIn(leaf, key) - 1;
    for (; leaf; leaf = this.#leaves[--at], position = (leaf?.length ?? 0) - 1) {
      for (; position >= 0; position -= 1) {
        const entry = leaf[position];
        if (entry) yield entry;
      }
    }
  }

  #first(key: string): Entry | undefined {
    const leaf = this.#leaves[this.#leafOf(key)];
    return leaf?.[positionIn(leaf, key)];
  }

  /** The first leaf that ends at this key or later; one too far where none does. */
  #leafOf(key: string): number {
    let low = 0;
    let high = this.#leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#leaves[middle]?.at(-1);
      if (last && last.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Where the first entry of this key or a later one is, or would be. */
function positionIn(leaf: readonly { readonly key: string }[], key: string): number {
  let low = 0;
  let high = leaf.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = leaf[middle];
    if (entry && entry.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
