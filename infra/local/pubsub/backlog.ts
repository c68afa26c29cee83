// The messages a subscription has not got rid of, and where each stands: ready, waiting for its back-off, held
// back by an earlier one of its ordering key, or out with a subscriber until it answers or its deadline passes.
import { Fifo } from './fifo.ts';
import type { StoredMessage } from './journal.ts';
import type { Timer, Timers } from './timers.ts';

export type Outcome = 'acknowledged' | 'refused' | 'expired' | 'dropped';

/** A message in the hands of a subscriber. */
export interface Lease {
  readonly ackId: string;
  readonly message: StoredMessage;
  /** 1 for the first delivery. */
  readonly attempt: number;
}

export interface DeliveryCounts {
  /** To be delivered as soon as the subscriber takes it. */
  queued: number;
  /** For the end of a back-off. */
  waiting: number;
  inDelivery: number;
}

export interface BacklogRules {
  ordered: boolean;
  /** When the message is forgotten. */
  expiresAtMs(message: StoredMessage): number;
  /** Milliseconds to wait after so many refusals. */
  retryDelayMs(failures: number): number;
  /** Told before anything changes, so that a crash in between can only deliver once more. */
  onRemove(ids: string[]): void;
  onRefuse(message: StoredMessage): void;
  /** @returns true if the message went to a dead-letter topic, which includes its removal from the records */
  bury(message: StoredMessage, attempts: number): boolean;
  onAcknowledge(message: StoredMessage): void;
  /** Something became ready, or went. */
  onChange(): void;
}

interface Entry {
  readonly message: StoredMessage;
  state: 'ready' | 'waiting' | 'held' | 'out' | 'gone';
  failures: number;
  /** Counts deliveries of this process; part of the ack id. */
  lease: number;
  /** Of the back-off, or the ack deadline. */
  timer: Timer | undefined;
  expiry: Timer | undefined;
  onEnd: ((outcome: Outcome) => void) | undefined;
}

const ACK_ID = /^([0-9]+)-([0-9]+)$/;

/** Whether it has the form of one; whether it still means anything is another question. */
export const isAckId = (text: string) => ACK_ID.test(text);

export class Backlog {
  readonly #timers: Timers;
  readonly #rules: BacklogRules;
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new Fifo<Entry>((entry) => entry.state === 'ready');
  readonly #keys = new Map<string, Fifo<Entry>>();

  constructor(timers: Timers, rules: BacklogRules) {
    this.#timers = timers;
    this.#rules = rules;
  }

  get size(): number {
    return this.#entries.size;
  }

  get hasReady(): boolean {
    return this.#ready.peek() !== undefined;
  }

  /** How many messages are where, counted one by one. */
  count(): DeliveryCounts {
    const counts = { queued: 0, waiting: 0, inDelivery: 0 };
    for (const { state } of this.#entries.values()) {
      if (state === 'out') counts.inDelivery += 1;
      else if (state === 'waiting') counts.waiting += 1;
      else counts.queued += 1;
    }
    return counts;
  }

  /** What a compaction keeps. */
  *contents(): Generator<{ message: StoredMessage; failures: number }> {
    for (const { message, failures } of this.#entries.values()) yield { message, failures };
  }

  add(message: StoredMessage, failures = 0): void {
    if (this.#entries.has(message.id)) return;
    const entry: Entry = {
      message,
      state: 'held',
      failures,
      lease: 0,
      timer: undefined,
      expiry: undefined,
      onEnd: undefined,
    };
    this.#entries.set(message.id, entry);
    this.#watchExpiry(entry);
    const siblings = this.#siblings(message.orderingKey);
    siblings?.push(entry);
    if (!siblings || siblings.peek() === entry) this.#makeReady(entry);
  }

  /**
   * Hands the next message out, if there is one.
   *
   * @param deadlineMs how long the subscriber has
   * @param onEnd      called once, whatever ends the lease
   */
  take(deadlineMs: number, onEnd?: (outcome: Outcome) => void): Lease | undefined {
    const entry = this.#ready.shift();
    if (!entry) return undefined;
    entry.state = 'out';
    entry.lease += 1;
    entry.onEnd = onEnd;
    this.#setDeadline(entry, deadlineMs);
    return {
      ackId: `${entry.message.id}-${entry.lease}`,
      message: entry.message,
      attempt: entry.failures + 1,
    };
  }

  /** Also with the ack id of an earlier delivery: the message was dealt with, whoever has it now. */
  acknowledge(ackIds: readonly string[]): void {
    const found = ackIds.map((ackId) => this.#find(ackId)).filter((entry) => entry !== undefined);
    const entries = [...new Set(found)];
    if (entries.length === 0) return;
    this.#rules.onRemove(entries.map((entry) => entry.message.id));
    for (const entry of entries) {
      this.#remove(entry, 'acknowledged');
      this.#rules.onAcknowledge(entry.message);
    }
    this.#rules.onChange();
  }

  /** 0 refuses the message. Of an earlier delivery's ack id nothing is left to modify. */
  modifyDeadline(ackId: string, deadlineMs: number): void {
    const entry = this.#find(ackId);
    if (entry?.state !== 'out' || ackId !== `${entry.message.id}-${entry.lease}`) return;
    if (deadlineMs === 0) this.#refuse(entry, 'refused');
    else this.#setDeadline(entry, deadlineMs);
  }

  /** As the journal has it: without telling anybody, for nobody is there yet. */
  restoreRemoval(ids: readonly string[]): void {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry) this.#remove(entry, 'dropped');
    }
  }

  restoreRefusal(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.failures += 1;
  }

  /** After the retention changed. */
  rewatchExpiries(): void {
    for (const entry of this.#entries.values()) this.#watchExpiry(entry);
  }

  /** For a subscription that is deleted. */
  drop(): void {
    for (const entry of [...this.#entries.values()]) this.#remove(entry, 'dropped');
  }

  #find(ackId: string): Entry | undefined {
    return this.#entries.get(ACK_ID.exec(ackId)?.[1] ?? '');
  }

  #siblings(orderingKey: string): Fifo<Entry> | undefined {
    if (!this.#rules.ordered || orderingKey === '') return undefined;
    const siblings =
      this.#keys.get(orderingKey) ?? new Fifo<Entry>((entry) => entry.state !== 'gone');
    this.#keys.set(orderingKey, siblings);
    return siblings;
  }

  #makeReady(entry: Entry): void {
    entry.state = 'ready';
    this.#ready.push(entry);
    this.#rules.onChange();
  }

  #setDeadline(entry: Entry, deadlineMs: number): void {
    this.#timers.cancel(entry.timer);
    entry.timer = this.#timers.at(this.#timers.now() + deadlineMs, () =>
      this.#refuse(entry, 'expired'),
    );
  }

  #refuse(entry: Entry, outcome: 'refused' | 'expired'): void {
    const attempts = entry.failures + 1;
    if (this.#rules.bury(entry.message, attempts)) {
      this.#remove(entry, outcome);
      this.#rules.onChange();
      return;
    }
    this.#rules.onRefuse(entry.message);
    entry.failures = attempts;
    this.#end(entry, outcome);
    const delayMs = this.#rules.retryDelayMs(attempts);
    if (delayMs <= 0) {
      this.#makeReady(entry);
      return;
    }
    entry.state = 'waiting';
    entry.timer = this.#timers.at(this.#timers.now() + delayMs, () => this.#makeReady(entry));
  }

  #remove(entry: Entry, outcome: Outcome): void {
    entry.state = 'gone';
    this.#entries.delete(entry.message.id);
    this.#timers.cancel(entry.expiry);
    this.#end(entry, outcome);
    const { orderingKey } = entry.message;
    const siblings = this.#keys.get(orderingKey);
    const next = siblings?.peek();
    if (siblings && !next) this.#keys.delete(orderingKey);
    if (next?.state === 'held') this.#makeReady(next);
  }

  #end(entry: Entry, outcome: Outcome): void {
    this.#timers.cancel(entry.timer);
    entry.timer = undefined;
    const { onEnd } = entry;
    entry.onEnd = undefined;
    onEnd?.(outcome);
  }

  #watchExpiry(entry: Entry): void {
    this.#timers.cancel(entry.expiry);
    entry.expiry = this.#timers.at(this.#rules.expiresAtMs(entry.message), () => {
      this.#rules.onRemove([entry.message.id]);
      this.#remove(entry, 'dropped');
      this.#rules.onChange();
    });
  }
}
