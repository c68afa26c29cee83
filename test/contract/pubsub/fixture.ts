// What the parts of the Pub/Sub contract share: clients of the server under test, and the few steps nearly
// every test takes with them.
import type { TestContext } from 'vitest';
import type { Clients } from '../../support/pubsub-client.ts';

/** Where Google's emulator 0.8.20 falls short of the documented service, seen in November 2026. */
export const EMULATOR_LACKS = [
  'ack deadlines below 10 s are refused',
  'dead letters',
  'filters',
  'flow control of streams',
  'labels of topics can be updated',
  'one ordering key per request',
  'order is kept by a refusal',
  'ordering keys in push bodies',
  'other successes do not acknowledge',
  'publish limits in bytes',
  'push subscriptions cannot be pulled',
] as const;

/** Registers a test unless the server under test is known to lack the feature. */
export type FeatureTest = (
  feature: (typeof EMULATOR_LACKS)[number],
  name: string,
  run: (context: TestContext) => Promise<void>,
) => void;

export const ALREADY_EXISTS = { code: 6 };
export const FAILED_PRECONDITION = { code: 9 };
export const INVALID_ARGUMENT = { code: 3 };
export const NOT_FOUND = { code: 5 };
export const OUT_OF_RANGE = { code: 11 };

export type SubscriptionOptions = NonNullable<
  Parameters<Clients['subscriber']['createSubscription']>[0]
>;

/** A part of the contract registers its tests with this. */
export interface Contract {
  /** Only within a test: the server is started before the first. */
  open: () => Fixture;
  featureTest: FeatureTest;
}

export interface Fixture extends Clients {
  /** A topic `id` with one subscription, `<id>-sub`, to be pulled unless `options` says otherwise. */
  createPair(id: string, options?: SubscriptionOptions): Promise<{ topic: string; name: string }>;
  /** @returns the ids */
  publish(topic: string, ...texts: string[]): Promise<string[]>;
  pull(name: string, maxMessages?: number): ReturnType<typeof pull>;
  /** Pulls and acknowledges until so many came; a single pull may bring fewer than there are. */
  drain(name: string, count: number): Promise<string[]>;
}

export function createFixture(clients: Clients): Fixture {
  const { publisher, subscriber } = clients;
  return {
    ...clients,
    async createPair(id, options = {}) {
      const topic = clients.topic(id);
      const name = clients.subscription(`${id}-sub`);
      await publisher.createTopic({ name: topic });
      await subscriber.createSubscription({ name, topic, ...options });
      return { topic, name };
    },
    async publish(topic, ...texts) {
      const messages = texts.map((text) => ({ data: Buffer.from(text) }));
      const [response] = await publisher.publish({ topic, messages });
      return response.messageIds ?? [];
    },
    pull: (name, maxMessages) => pull(clients, name, maxMessages),
    async drain(name, count) {
      const texts: string[] = [];
      while (texts.length < count) {
        const received = await pull(clients, name);
        const ackIds = received.map(({ ackId }) => ackId);
        if (ackIds.length > 0) await subscriber.acknowledge({ subscription: name, ackIds });
        texts.push(...received.map(({ text }) => text));
      }
      return texts;
    },
  };
}

async function pull({ subscriber }: Clients, subscription: string, maxMessages = 100) {
  const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages });
  return (receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
    ackId: ackId ?? '',
    id: message?.messageId ?? '',
    text: String(message?.data),
    data: message?.data,
    attributes: message?.attributes ?? {},
    orderingKey: message?.orderingKey,
    publishTimeSeconds: Number(message?.publishTime?.seconds),
    deliveryAttempt,
  }));
}
