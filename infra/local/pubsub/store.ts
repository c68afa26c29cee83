// The state: topics, subscriptions with their backlogs, and the journal that lets them outlive the process.
// Whatever changes is written to the journal first.
import type { Backlog, DeliveryCounts } from './backlog.ts';
import { alreadyExists, notFound, type PubsubError } from './errors.ts';
import {
  FileJournal,
  type Journal,
  type JournalRecord,
  NO_JOURNAL,
  restoreMessage,
  type StoredMessage,
  saveMessage,
} from './journal.ts';
import { DELETED_TOPIC, parseName } from './names.ts';
import type { PushConnections } from './push-request.ts';
import { LiveSubscription } from './subscription.ts';
import type { Timers } from './timers.ts';
import type { Subscription, Topic } from './wire.ts';

type NewMessage = Pick<StoredMessage, 'data' | 'attributes' | 'orderingKey'>;

interface StoreOptions {
  /** The clock that messages live by. */
  timers: Timers;
  /** Real time, for the pace of pushes. */
  pacing: Timers;
  connections: PushConnections;
  random: () => number;
  dataDir: string | undefined;
}

export class Store {
  readonly #options: StoreOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, LiveSubscription>();
  readonly #journal: Journal;
  #nextMessageId = 1;
  #idleWaiters: PromiseWithResolvers<void>[] = [];

  constructor(options: StoreOptions) {
    this.#options = options;
    const { dataDir } = options;
    this.#journal = dataDir
      ? new FileJournal(
          dataDir,
          (record) => this.#replay(record),
          () => this.#snapshot(),
        )
      : NO_JOURNAL;
  }

  get topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  get subscriptions(): Iterable<LiveSubscription> {
    return this.#subscriptions.values();
  }

  hasTopic(name: string): boolean {
    return this.#topics.has(name);
  }

  /** @throws {PubsubError} NOT_FOUND, or INVALID_ARGUMENT for what is no name */
  topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic) return topic;
    parseName('topics', name);
    throw notFound(name);
  }

  /** @throws {PubsubError} NOT_FOUND, or INVALID_ARGUMENT for what is no name */
  subscription(name: string): LiveSubscription {
    const subscription = this.#subscriptions.get(name);
    if (subscription) return subscription;
    parseName('subscriptions', name);
    throw notFound(name);
  }

  createTopic(topic: Topic): void {
    if (this.#topics.has(topic.name)) throw alreadyExists(topic.name);
    this.saveTopic(topic);
  }

  saveTopic(topic: Topic): void {
    this.#journal.append({ op: 'topic', topic });
    this.#topics.set(topic.name, topic);
  }

  deleteTopic(name: string): void {
    this.#journal.append({ op: 'deleteTopic', name });
    this.#forgetTopic(name);
  }

  createSubscription(subscription: Subscription): void {
    if (this.#subscriptions.has(subscription.name)) throw alreadyExists(subscription.name);
    this.saveSubscription(subscription);
  }

  saveSubscription(subscription: Subscription): void {
    this.#journal.append({ op: 'subscription', subscription });
    this.#putSubscription(subscription);
  }

  deleteSubscription(name: string): void {
    this.#journal.append({ op: 'deleteSubscription', name });
    this.#forgetSubscription(name);
  }

  /** @returns the ids, in the order of the messages */
  publish(topic: string, messages: readonly NewMessage[]): string[] {
    const stored = messages.map((message) => this.#stamp(message));
    this.#journal.append(this.#formatPublish(topic, stored));
    this.#fanOut(topic, stored);
    return stored.map(({ id }) => id);
  }

  /** @returns how many messages go out once more */
  redeliverAll(): number {
    let count = 0;
    for (const [subscription, live] of this.#subscriptions) {
      const messages = live.isPush ? live.recent.takeAll() : [];
      for (const message of messages) {
        const saved = saveMessage(message);
        this.#journal.append({ op: 'keep', subscription, message: saved, failures: 0 });
        live.backlog.add(message);
      }
      count += messages.length;
    }
    return count;
  }

  undelivered(): number {
    let count = 0;
    for (const { undelivered } of this.#subscriptions.values()) count += undelivered;
    return count;
  }

  deliveries(): DeliveryCounts {
    const total = { queued: 0, waiting: 0, inDelivery: 0 };
    for (const { isPush, backlog } of this.#subscriptions.values()) {
      if (!isPush) continue;
      const { queued, waiting, inDelivery } = backlog.count();
      total.queued += queued;
      total.waiting += waiting;
      total.inDelivery += inDelivery;
    }
    return total;
  }

  idle(): Promise<void> {
    if (this.undelivered() === 0) return Promise.resolve();
    const waiter = Promise.withResolvers<void>();
    this.#idleWaiters.push(waiter);
    return waiter.promise;
  }

  close(error: PubsubError): void {
    for (const live of this.#subscriptions.values()) live.close(error);
    this.#journal.close();
    for (const waiter of this.#idleWaiters) waiter.reject(error);
  }

  #stamp(message: NewMessage): StoredMessage {
    const id = String(this.#nextMessageId);
    this.#nextMessageId += 1;
    const { attributes, orderingKey } = message;
    // A copy: what was decoded is a view that would keep its whole request, up to 10 MB, in memory.
    const data = Buffer.from(message.data);
    const publishTimeMs = Math.floor(this.#options.timers.now());
    return { id, publishTimeMs, data, attributes, orderingKey };
  }

  /** Where nobody listens, only the ids are remembered as given away. */
  #formatPublish(topic: string, messages: StoredMessage[]): JournalRecord {
    for (const { resource } of this.#subscriptions.values()) {
      if (resource.topic === topic) {
        return { op: 'publish', topic, messages: messages.map(saveMessage) };
      }
    }
    return { op: 'nextMessageId', id: this.#nextMessageId };
  }

  #fanOut(topic: string, messages: readonly StoredMessage[]): void {
    for (const live of this.#subscriptions.values()) {
      if (live.resource.topic !== topic) continue;
      for (const message of messages) live.offer(message);
    }
  }

  #bury(live: LiveSubscription, message: StoredMessage, attempts: number): boolean {
    const { name, deadLetterPolicy: policy } = live.resource;
    if (!policy || attempts < policy.maxDeliveryAttempts) return false;
    if (!this.#topics.has(policy.deadLetterTopic)) return false;
    const { project, id } = parseName('subscriptions', name);
    const publishTime = new Date(message.publishTimeMs).toISOString().replace('Z', '+00:00');
    const attributes = {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: publishTime,
    };
    const buried = [this.#stamp({ ...message, attributes })];
    this.#journal.append(this.#formatPublish(policy.deadLetterTopic, buried), {
      op: 'remove',
      subscription: name,
      ids: [message.id],
    });
    this.#fanOut(policy.deadLetterTopic, buried);
    return true;
  }

  #putSubscription(resource: Subscription): void {
    const existing = this.#subscriptions.get(resource.name);
    if (existing) {
      existing.change(resource);
      return;
    }
    const { timers, pacing, connections, random } = this.#options;
    const subscription = resource.name;
    const live: LiveSubscription = new LiveSubscription(resource, {
      timers,
      pacing,
      connections,
      random,
      onRemove: (ids) => this.#journal.append({ op: 'remove', subscription, ids }),
      onRefuse: ({ id }) => this.#journal.append({ op: 'nack', subscription, id }),
      bury: (message, attempts) => this.#bury(live, message, attempts),
      onChange: () => this.#checkIdle(),
    });
    this.#subscriptions.set(subscription, live);
  }

  #forgetSubscription(name: string): void {
    const live = this.#subscriptions.get(name);
    this.#subscriptions.delete(name);
    live?.delete();
    this.#checkIdle();
  }

  #forgetTopic(name: string): void {
    this.#topics.delete(name);
    for (const live of this.#subscriptions.values()) {
      if (live.resource.topic === name) live.change({ ...live.resource, topic: DELETED_TOPIC });
    }
  }

  #checkIdle(): void {
    if (this.#idleWaiters.length === 0 || this.undelivered() > 0) return;
    for (const waiter of this.#idleWaiters) waiter.resolve();
    this.#idleWaiters = [];
  }

  #replay(record: JournalRecord): void {
    switch (record.op) {
      case 'format':
        break;
      case 'topic':
        this.#topics.set(record.topic.name, record.topic);
        break;
      case 'deleteTopic':
        this.#forgetTopic(record.name);
        break;
      case 'subscription':
        this.#putSubscription(record.subscription);
        break;
      case 'deleteSubscription':
        this.#forgetSubscription(record.name);
        break;
      case 'publish':
        for (const { id } of record.messages) this.#skipMessageId(id);
        this.#fanOut(record.topic, record.messages.map(restoreMessage));
        break;
      case 'keep':
        this.#skipMessageId(record.message.id);
        this.#backlog(record)?.add(restoreMessage(record.message), record.failures);
        break;
      case 'remove':
        this.#backlog(record)?.restoreRemoval(record.ids);
        break;
      case 'nack':
        this.#backlog(record)?.restoreRefusal(record.id);
        break;
      case 'nextMessageId':
        this.#nextMessageId = Math.max(this.#nextMessageId, record.id);
    }
  }

  #backlog({ subscription }: { subscription: string }): Backlog | undefined {
    return this.#subscriptions.get(subscription)?.backlog;
  }

  #skipMessageId(id: string): void {
    this.#nextMessageId = Math.max(this.#nextMessageId, Number(id) + 1);
  }

  *#snapshot(): Generator<JournalRecord> {
    yield { op: 'nextMessageId', id: this.#nextMessageId };
    for (const topic of this.#topics.values()) yield { op: 'topic', topic };
    for (const [name, live] of this.#subscriptions) {
      yield { op: 'subscription', subscription: live.resource };
      for (const { message, failures } of live.backlog.contents()) {
        yield { op: 'keep', subscription: name, message: saveMessage(message), failures };
      }
    }
  }
}
