// Calls under way, so that `idle` can wait for the last of them.
export class Calls {
  #running = 0;
  #waiting: (() => void)[] = [];

  async during(call: () => void | Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      await call();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) {
        for (const resolve of this.#waiting.splice(0)) resolve();
      }
    }
  }

  async idle(): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
