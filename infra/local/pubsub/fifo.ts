// First in, first out, over an array that is never shifted (that is linear in its length). What died while
// it waited stays in place until it comes to the front, and is passed over there.
export class Fifo<T> {
  readonly #isAlive: (item: T) => boolean;
  #items: T[] = [];
  #head = 0;

  constructor(isAlive: (item: T) => boolean) {
    this.#isAlive = isAlive;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    for (;;) {
      const item = this.#items[this.#head];
      if (item === undefined || this.#isAlive(item)) return item;
      this.#drop();
    }
  }

  shift(): T | undefined {
    const item = this.peek();
    if (item !== undefined) this.#drop();
    return item;
  }

  #drop(): void {
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}
