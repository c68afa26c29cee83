// How the local Pub/Sub delivers over time: back-off, deadlines, dead letters, expiry, duplicates. Google's
// emulator cannot be asked these things, for its clock cannot be moved.
import { test, vi } from 'vitest';
import { type PubsubStandIn, startPubsub } from '../../infra/local/pubsub/server.ts';
import {
  type Answer,
  openClients,
  openEndpoint,
  type PushEndpoint,
  parsePush,
  pushData,
} from '../support/pubsub-client.ts';
import { createFixture, type Fixture, type SubscriptionOptions } from './pubsub/fixture.ts';

const NOON_MS = Date.parse('2026-11-24T12:00:00.000Z');
const PATIENCE = { timeout: 20_000, interval: 5 };

interface Stage extends Fixture {
  readonly standIn: PubsubStandIn;
  readonly endpoint: PushEndpoint;
  /** Waits until nothing is left to do but what the clock holds back. */
  settled(): Promise<void>;
  moveClock(seconds: number): void;
  /** The same, once settled. */
  advance(seconds: number): Promise<void>;
  /** A topic whose messages are pushed to the endpoint. */
  createPushed(id: string, options?: SubscriptionOptions): Promise<string>;
}

/** A stand-in whose clock stands at noon until it is moved, and an endpoint for its pushes. */
async function openStage(answer?: Answer): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  let nowMs = NOON_MS;
  const endpoint = opened.use(await openEndpoint(answer));
  const standIn = opened.use(await startPubsub({ port: 0, clock: () => nowMs }));
  const fixture = createFixture(opened.use(openClients(standIn.host, 'delivery')));
  const all = opened.move();
  const settled = () =>
    vi.waitFor(() => {
      const { queued, inDelivery } = standIn.deliveries();
      if (queued + inDelivery > 0) throw new Error(`${queued} queued, ${inDelivery} in delivery`);
    }, PATIENCE);
  const moveClock = (seconds: number) => {
    nowMs += seconds * 1000;
    standIn.tick();
  };
  return {
    ...fixture,
    standIn,
    endpoint,
    settled,
    moveClock,
    async advance(seconds) {
      await settled();
      moveClock(seconds);
    },
    async createPushed(id, options) {
      const pushConfig = { pushEndpoint: endpoint.url, ...options?.pushConfig };
      const { topic } = await fixture.createPair(id, { ...options, pushConfig });
      return topic;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

test('messages are published at the time of the clock, to the millisecond', async ({ expect }) => {
  await using stage = await openStage();
  const topic = await stage.createPushed('times');
  await stage.publish(topic, 'at noon');
  await stage.standIn.idle();
  await stage.advance(0.25);
  await stage.publish(topic, 'a moment later');
  await stage.standIn.idle();
  const times = stage.endpoint.pushes.map((push) => parsePush(push).message.publishTime);
  expect(times).toEqual(['2026-11-24T12:00:00Z', '2026-11-24T12:00:00.250Z']);
});

test('a refused message waits as its retry policy says, twice as long each time', async ({
  expect,
}) => {
  await using stage = await openStage(() => 500);
  const { endpoint } = stage;
  const topic = await stage.createPushed('back-off', {
    retryPolicy: { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 25 } },
  });
  await stage.publish(topic, 'unwanted');
  await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(1), PATIENCE);
  // Up to a tenth of jitter on 10 and 20 s; none on the maximum.
  for (const [tooShort, enough] of [
    [9.9, 1.2],
    [19.9, 2.2],
    [24.9, 0.2],
    [24.9, 0.2],
  ] as const) {
    const before = endpoint.pushes.length;
    await stage.advance(tooShort);
    await stage.settled();
    expect(endpoint.pushes).toHaveLength(before);
    await stage.advance(enough);
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(before + 1), PATIENCE);
  }
});

test('moving the clock is noticed without being told', async ({ expect }) => {
  let nowMs = NOON_MS;
  await using endpoint = await openEndpoint(() => (endpoint.pushes.length === 1 ? 503 : 204));
  await using standIn = await startPubsub({ port: 0, clock: () => nowMs });
  await using clients = openClients(standIn.host, 'delivery');
  const { createPair, publish } = createFixture(clients);
  const { topic } = await createPair('unattended', {
    pushConfig: { pushEndpoint: endpoint.url },
    retryPolicy: { minimumBackoff: { seconds: 600 } },
  });
  await publish(topic, 'x');
  await vi.waitFor(() => expect(standIn.deliveries().waiting).toBe(1), PATIENCE);
  nowMs += 600_000;
  await standIn.idle();
  expect(endpoint.pushes).toHaveLength(2);
});

test('a push that is not answered within the ack deadline is broken off and tried again', async ({
  expect,
}) => {
  const broken = Promise.withResolvers<void>();
  await using stage = await openStage((_, response) => {
    if (stage.endpoint.pushes.length > 1) return 204;
    response.on('close', broken.resolve);
    return undefined;
  });
  const topic = await stage.createPushed('hanging', { ackDeadlineSeconds: 20 });
  await stage.publish(topic, 'x');
  await vi.waitFor(() => expect(stage.endpoint.pushes).toHaveLength(1), PATIENCE);
  expect(stage.standIn.deliveries()).toEqual({ queued: 0, waiting: 0, inDelivery: 1 });
  stage.moveClock(19.9);
  expect(stage.standIn.deliveries().inDelivery).toBe(1);
  stage.moveClock(0.1);
  await broken.promise;
  await stage.standIn.idle();
  expect(stage.endpoint.pushes).toHaveLength(2);
});

test('a pulled message whose ack deadline passed is there again', async ({ expect }) => {
  await using stage = await openStage();
  const { topic, name: subscription } = await stage.createPair('expiring');
  await stage.publish(topic, 'x');
  const pullNow = async () => {
    const request = { subscription, maxMessages: 1, returnImmediately: true };
    const [{ receivedMessages }] = await stage.subscriber.pull(request);
    return receivedMessages ?? [];
  };
  const [first] = await pullNow();
  stage.moveClock(9);
  const ackIds = [first?.ackId ?? ''];
  await stage.subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 30 });
  stage.moveClock(29);
  expect(await pullNow()).toEqual([]);
  stage.moveClock(1);
  expect(await pullNow()).toMatchObject([{ message: { messageId: first?.message?.messageId } }]);
  // Late, but it was dealt with: the ack id of the first delivery counts.
  await stage.subscriber.acknowledge({ subscription, ackIds });
  stage.moveClock(60);
  expect(await pullNow()).toEqual([]);
});

test('without a dead-letter topic to go to, a message stays with its subscription', async ({
  expect,
}) => {
  await using stage = await openStage(() => 500);
  const { endpoint } = stage;
  const { topic: graveyard, name } = await stage.createPair('graveyard');
  const topic = await stage.createPushed('undead', {
    deadLetterPolicy: { deadLetterTopic: graveyard, maxDeliveryAttempts: 5 },
    retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 1 } },
  });
  await stage.publisher.deleteTopic({ topic: graveyard });
  await stage.publish(topic, 'x');
  for (let attempt = 1; attempt <= 7; attempt += 1) {
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(attempt), PATIENCE);
    await stage.advance(1);
  }
  expect(stage.standIn.undelivered()).toBe(1);
  await stage.publisher.createTopic({ name: graveyard });
  await stage.subscriber.deleteSubscription({ subscription: name });
  await stage.subscriber.createSubscription({ name, topic: graveyard });
  await stage.standIn.idle();
  const [buried] = await stage.pull(name);
  expect(buried?.attributes).toMatchObject({
    CloudPubSubDeadLetterSourceDeliveryCount: '8',
    CloudPubSubDeadLetterSourceTopicPublishTime: '2026-11-24T12:00:00.000+00:00',
  });
});

test('what is older than its retention is forgotten', async ({ expect }) => {
  await using stage = await openStage(() => 500);
  const topic = await stage.createPushed('forgetful', {
    messageRetentionDuration: { seconds: 600 },
    retryPolicy: { minimumBackoff: { seconds: 400 }, maximumBackoff: { seconds: 400 } },
  });
  await stage.publish(topic, 'x');
  await vi.waitFor(() => expect(stage.standIn.deliveries().waiting).toBe(1), PATIENCE);
  await stage.advance(599);
  await vi.waitFor(() => expect(stage.endpoint.pushes).toHaveLength(2), PATIENCE);
  await stage.advance(1);
  await stage.standIn.idle();
  expect(stage.endpoint.pushes).toHaveLength(2);
});

test('what was acknowledged is delivered once more when asked, under its own id and time', async ({
  expect,
}) => {
  await using stage = await openStage();
  const { endpoint, standIn } = stage;
  const topic = await stage.createPushed('twice');
  const { name: pulled } = await stage.createPair('twice-pulled');
  await stage.publish(topic, 'a', 'b', 'c');
  await standIn.idle();
  const first = endpoint.pushes.splice(0).map(({ text }) => text);
  await stage.advance(3600);
  expect(standIn.redeliverAll()).toBe(3);
  expect(standIn.undelivered()).toBe(3);
  await standIn.idle();
  const second = endpoint.pushes.splice(0).map(({ text }) => text);
  expect(second.toSorted()).toEqual(first.toSorted());
  expect(standIn.redeliverAll()).toBe(3);
  await standIn.idle();
  const request = { subscription: pulled, maxMessages: 1, returnImmediately: true };
  const [{ receivedMessages }] = await stage.subscriber.pull(request);
  expect(receivedMessages).toEqual([]);
});

test('idle waits for what is pushed, not for what is to be pulled', async ({ expect }) => {
  const gate = Promise.withResolvers<number>();
  await using stage = await openStage(() => gate.promise);
  const { topic: pulledTopic } = await stage.createPair('to-be-pulled');
  const topic = await stage.createPushed('to-be-pushed');
  await stage.publish(pulledTopic, 'waits for ever');
  await stage.standIn.idle();
  await stage.publish(topic, 'x');
  let isIdle = false;
  const idle = stage.standIn.idle().then(() => {
    isIdle = true;
  });
  await vi.waitFor(() => expect(stage.endpoint.pushes).toHaveLength(1), PATIENCE);
  expect(isIdle).toBe(false);
  gate.resolve(204);
  await idle;
  expect(stage.standIn.undelivered()).toBe(0);
});

test('what a handler publishes before it answers is waited for too', async ({ expect }) => {
  await using stage = await openStage(async (push) => {
    const depth = Number(pushData(push));
    if (depth < 5) await stage.publish(stage.topic('chain'), `${depth + 1}`);
    return 204;
  });
  const topic = await stage.createPushed('chain');
  await stage.publish(topic, '0');
  await stage.standIn.idle();
  expect(stage.endpoint.pushes.map(pushData)).toEqual(['0', '1', '2', '3', '4', '5']);
});

test('102 acknowledges before the final answer is there', async ({ expect }) => {
  await using stage = await openStage((_, response) => {
    response.writeProcessing();
    return undefined;
  });
  const topic = await stage.createPushed('processing');
  await stage.publish(topic, 'x');
  await stage.standIn.idle();
  expect(stage.endpoint.pushes).toHaveLength(1);
});

test('messages of one ordering key are pushed one after another, others beside them', async ({
  expect,
}) => {
  let out = 0;
  let most = 0;
  let refusals = 0;
  await using stage = await openStage(async (push) => {
    const { orderingKey } = parsePush(push).message;
    if (!orderingKey) return 204;
    out += 1;
    most = Math.max(most, out);
    await new Promise((resolve) => setImmediate(resolve));
    out -= 1;
    if (pushData(push) === '3' && refusals < 2) {
      refusals += 1;
      return 500;
    }
    return 204;
  });
  const topic = await stage.createPushed('in-order', { enableMessageOrdering: true });
  const messages = ['1', '2', '3', '4', '5'].map((text) => ({
    data: Buffer.from(text),
    orderingKey: 'k',
  }));
  await stage.publisher.publish({ topic, messages });
  await stage.publish(topic, 'free', 'free too');
  await stage.standIn.idle();
  const keyed = stage.endpoint.pushes.filter((push) => parsePush(push).message.orderingKey);
  expect(keyed.map(pushData)).toEqual(['1', '2', '3', '3', '3', '4', '5']);
  expect(stage.endpoint.pushes).toHaveLength(9);
  expect(most).toBe(1);
});
