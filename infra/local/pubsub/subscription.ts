// A subscription at work: its backlog, and whoever takes messages out of it.
import { Backlog, type BacklogRules } from './backlog.ts';
import { notForPush, notFound, type PubsubError } from './errors.ts';
import { type Filter, parseFilter } from './filter.ts';
import type { StoredMessage } from './journal.ts';
import { PushDispatcher } from './push.ts';
import type { PushConnections } from './push-request.ts';
import { RecentMessages } from './recent.ts';
import { retryDelayMs } from './retry.ts';
import type { Timers } from './timers.ts';
import { durationMs, type Subscription } from './wire.ts';

/** A waiting pull, or a stream. */
export interface PullConsumer {
  /** Takes from the backlog what it has room for. */
  serve(): void;
  /** Nothing will come any more. */
  end(error: PubsubError): void;
}

interface SubscriptionContext {
  timers: Timers;
  pacing: Timers;
  connections: PushConnections;
  random: () => number;
  onRemove: BacklogRules['onRemove'];
  onRefuse: BacklogRules['onRefuse'];
  bury: BacklogRules['bury'];
  /** Its backlog grew or shrank. */
  onChange: () => void;
}

export class LiveSubscription {
  readonly backlog: Backlog;
  /** Which messages of its topic it wants. */
  readonly filter: Filter;
  /** Acknowledged lately, while it was a push subscription. */
  readonly recent = new RecentMessages();
  readonly #dispatcher: PushDispatcher;
  readonly #onChange: () => void;
  #resource: Subscription;
  #consumers: PullConsumer[] = [];
  #isPumpDue = false;
  #isClosed = false;

  constructor(resource: Subscription, context: SubscriptionContext) {
    this.#resource = resource;
    this.filter = parseFilter(resource.filter);
    this.#onChange = context.onChange;
    const { timers, pacing, connections, random } = context;
    this.backlog = new Backlog(timers, {
      ordered: resource.enableMessageOrdering,
      expiresAtMs: (message) => message.publishTimeMs + this.#retentionMs,
      retryDelayMs: (failures) => retryDelayMs(this.#resource.retryPolicy, failures, random()),
      onRemove: context.onRemove,
      onRefuse: context.onRefuse,
      bury: context.bury,
      onAcknowledge: (message) => {
        if (this.isPush) this.recent.add(message);
      },
      onChange: () => {
        this.#onChange();
        this.wake();
      },
    });
    const wake = () => this.wake();
    this.#dispatcher = new PushDispatcher({
      pacing,
      connections,
      backlog: this.backlog,
      random,
      wake,
    });
  }

  get resource(): Subscription {
    return this.#resource;
  }

  get isPush(): boolean {
    return Boolean(this.#resource.pushConfig?.pushEndpoint);
  }

  get deliversAttempts(): boolean {
    return this.#resource.deadLetterPolicy !== null;
  }

  /** Messages that still have to be pushed; none in a subscription that is pulled. */
  get undelivered(): number {
    return this.isPush ? this.backlog.size : 0;
  }

  /** Takes the changed resource from now on; what is out with a subscriber stays there. */
  change(resource: Subscription): void {
    this.#resource = resource;
    this.backlog.rewatchExpiries();
    if (this.isPush) this.#endConsumers(notForPush());
    this.#onChange();
    this.wake();
  }

  offer(message: StoredMessage): void {
    if (this.filter(message.attributes)) this.backlog.add(message);
  }

  /** @returns a function that takes the consumer out again */
  join(consumer: PullConsumer): () => void {
    this.#consumers.push(consumer);
    this.wake();
    return () => {
      this.#consumers = this.#consumers.filter((other) => other !== consumer);
    };
  }

  /** Looks for something to deliver once the current work is done; many calls make one look. */
  wake(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      if (!this.#isClosed) this.#pump();
    });
  }

  delete(): void {
    this.#endConsumers(notFound(this.#resource.name));
    this.backlog.drop();
  }

  /** The process ends; the backlog stays as it is. */
  close(error: PubsubError): void {
    this.#isClosed = true;
    this.#endConsumers(error);
    this.#dispatcher.close();
  }

  get #retentionMs(): number {
    const retention = this.#resource.messageRetentionDuration;
    return retention ? durationMs(retention) : Number.POSITIVE_INFINITY;
  }

  #pump(): void {
    const { pushConfig } = this.#resource;
    if (this.isPush && pushConfig) {
      this.#dispatcher.pump(this.#resource, pushConfig);
      return;
    }
    for (const consumer of [...this.#consumers]) {
      if (!this.backlog.hasReady) return;
      consumer.serve();
    }
    // The next round begins with somebody else.
    const [first, ...others] = this.#consumers;
    if (first) this.#consumers = [...others, first];
  }

  #endConsumers(error: PubsubError): void {
    for (const consumer of this.#consumers) consumer.end(error);
    this.#consumers = [];
  }
}
