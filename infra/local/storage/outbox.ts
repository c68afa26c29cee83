// Notifications on their way to Pub/Sub: at least once, in no particular order, as often as it takes. An
// upload never waits for them and never fails because of them.
import type { Message } from './records.ts';

/** Publishes to `projects/p/topics/t`; resolves when Pub/Sub has the message. */
export type Publish = (
  topic: string,
  message: { data: Buffer; attributes: Record<string, string> },
) => Promise<void>;

/** Milliseconds. A laptop's Pub/Sub comes back within seconds, or is being debugged. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

const MAX_PUBLISHING = 64;

interface Attempt {
  message: Message;
  /** How long to wait if it fails. */
  delayMs: number;
}

export class Outbox {
  readonly #publish: Publish;
  readonly #onPublished: (message: Message) => void;
  readonly #waiting = new Map<string, Message>();
  readonly #ready: Attempt[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #publishing = 0;
  #closed = false;
  #idleCallbacks: (() => void)[] = [];

  /** @param onPublished  called once for each message that Pub/Sub has taken */
  constructor(publish: Publish, onPublished: (message: Message) => void) {
    this.#publish = publish;
    this.#onPublished = onPublished;
  }

  add(messages: Iterable<Message>): void {
    for (const message of messages) {
      this.#waiting.set(message.id, message);
      this.#ready.push({ message, delayMs: FIRST_DELAY_MS });
    }
    this.#pump();
  }

  /** Forgets what a deleted notification configuration still had to say. */
  drop(config: string): Message[] {
    const dropped = [...this.#waiting.values()].filter((message) => message.config === config);
    for (const { id } of dropped) this.#waiting.delete(id);
    this.#wakeIdle();
    return dropped;
  }

  /** Resolves when nothing waits to be published. */
  idle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleCallbacks.push(resolve));
  }

  /** Stops publishing; what waits stays in the journal. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #pump(): void {
    while (!this.#closed && this.#publishing < MAX_PUBLISHING) {
      const attempt = this.#ready.shift();
      if (attempt === undefined) return;
      if (this.#waiting.has(attempt.message.id)) void this.#send(attempt);
    }
  }

  async #send({ message, delayMs }: Attempt): Promise<void> {
    const { topic, attributes } = message;
    this.#publishing += 1;
    try {
      await this.#publish(topic, { data: Buffer.from(message.data), attributes });
      this.#settle(message);
    } catch {
      this.#retryLater({ message, delayMs });
    } finally {
      this.#publishing -= 1;
      this.#pump();
    }
  }

  #settle(message: Message): void {
    if (this.#closed || !this.#waiting.has(message.id)) return;
    // First, for it may fail: rather twice than never.
    this.#onPublished(message);
    this.#waiting.delete(message.id);
    this.#wakeIdle();
  }

  #retryLater({ message, delayMs }: Attempt): void {
    if (this.#closed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#ready.push({ message, delayMs: Math.min(delayMs * 2, LONGEST_DELAY_MS) });
        this.#pump();
      },
      delayMs * (0.5 + Math.random() / 2),
    );
    this.#timers.add(timer);
  }

  #wakeIdle(): void {
    if (this.#waiting.size > 0) return;
    for (const callback of this.#idleCallbacks.splice(0)) callback();
  }
}
