// What was acknowledged lately, for redeliverAll. Bounded, for a local system may run for weeks.
import type { StoredMessage } from './journal.ts';

const MOST_MESSAGES = 10_000;
const MOST_BYTES = 32 * 1024 * 1024;

export class RecentMessages {
  readonly #messages = new Map<string, StoredMessage>();
  #bytes = 0;

  add(message: StoredMessage): void {
    if (this.#messages.has(message.id)) return;
    this.#messages.set(message.id, message);
    this.#bytes += message.data.length;
    for (const [id, oldest] of this.#messages) {
      if (this.#messages.size <= MOST_MESSAGES && this.#bytes <= MOST_BYTES) return;
      this.#messages.delete(id);
      this.#bytes -= oldest.data.length;
    }
  }

  /** Oldest first; forgets them. */
  takeAll(): StoredMessage[] {
    const messages = [...this.#messages.values()];
    this.#messages.clear();
    this.#bytes = 0;
    return messages;
  }
}
