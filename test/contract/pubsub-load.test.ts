// Many messages, slow endpoints, endpoints that refuse most: what a local run may do to the functions.
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

const PATIENCE = { timeout: 20_000, interval: 5 };

interface Stage extends Fixture {
  readonly standIn: PubsubStandIn;
  readonly endpoint: PushEndpoint;
  /** Of a subscription that is pushed to the endpoint. */
  readonly pushedTopic: string;
}

async function openStage(options: SubscriptionOptions, answer: Answer): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const endpoint = opened.use(await openEndpoint(answer));
  const standIn = opened.use(await startPubsub({ port: 0 }));
  const fixture = createFixture(opened.use(openClients(standIn.host, 'load')));
  const pushConfig = { pushEndpoint: endpoint.url };
  const { topic: pushedTopic } = await fixture.createPair('pushed', { ...options, pushConfig });
  const all = opened.move();
  return {
    ...fixture,
    standIn,
    endpoint,
    pushedTopic,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const nextTurns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

const texts = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

test('2,000 messages find their way into an endpoint that takes ten at a time', async ({
  expect,
}) => {
  let atOnce = 0;
  let refused = 0;
  await using stage = await openStage({}, async () => {
    if (atOnce >= 10) {
      refused += 1;
      return 429;
    }
    atOnce += 1;
    await nextTurns(20);
    atOnce -= 1;
    return 204;
  });
  await stage.publish(stage.pushedTopic, ...texts(1000));
  await stage.publish(stage.pushedTopic, ...texts(1000));
  await stage.standIn.idle();
  expect(new Set(stage.endpoint.pushes.map((push) => parsePush(push).message.messageId)).size).toBe(
    2000,
  );
  expect(stage.endpoint.pushes).toHaveLength(2000 + refused);
  expect(refused).toBeLessThan(600);
});

test('an endpoint that refuses everything is asked some twenty times a second, not more', async ({
  expect,
}) => {
  await using stage = await openStage({}, () => 429);
  await stage.publish(stage.pushedTopic, ...texts(1000));
  const { pushes } = stage.endpoint;
  await vi.waitFor(() => expect(pushes.length).toBeGreaterThan(60), PATIENCE);
  const [first, last] = [pushes[20]?.atMs ?? 0, pushes[60]?.atMs ?? 0];
  // Three a round; a round's pause is 125 to 250 ms by then.
  expect(last - first).toBeGreaterThan(1500);
});

test('two pushes that hang hold nobody up', async ({ expect }) => {
  await using stage = await openStage({ ackDeadlineSeconds: 600 }, (push) =>
    pushData(push).startsWith('hang') ? undefined : 204,
  );
  await stage.publish(stage.pushedTopic, 'hang 1', 'hang 2', ...texts(50));
  await vi.waitFor(() => expect(stage.standIn.undelivered()).toBe(2), PATIENCE);
  expect(stage.endpoint.pushes).toHaveLength(52);
});

test('many pushes that hang hold nobody up for long', async ({ expect }) => {
  await using stage = await openStage({ ackDeadlineSeconds: 600 }, (push) =>
    pushData(push).startsWith('hang') ? undefined : 204,
  );
  const hanging = Array.from({ length: 5 }, (_, index) => `hang ${index}`);
  await stage.publish(stage.pushedTopic, ...hanging, ...texts(50));
  await vi.waitFor(() => expect(stage.standIn.undelivered()).toBe(5), PATIENCE);
});

test('pushes share a few connections', async ({ expect }) => {
  await using stage = await openStage({}, () => 204);
  await stage.publish(stage.pushedTopic, ...texts(500));
  await stage.standIn.idle();
  expect(stage.endpoint.pushes).toHaveLength(500);
  expect(stage.endpoint.connections()).toBeLessThanOrEqual(100);
  const { endpoint, standIn } = stage;
  const before = endpoint.connections();
  for (const text of texts(20)) {
    await stage.publish(stage.pushedTopic, text);
    await standIn.idle();
  }
  expect(endpoint.connections()).toBe(before);
});

test('a kept-alive connection that breaks when used again costs no delivery attempt', async ({
  expect,
}) => {
  const used = new WeakSet<object>();
  await using stage = await openStage({}, (_, { req: { socket } }) => {
    if (!used.has(socket)) {
      used.add(socket);
      return 204;
    }
    // What a client sees when a server's keep-alive limit and its own request cross on the way.
    socket.destroy();
    return undefined;
  });
  const { endpoint, standIn, subscriber, topic, subscription } = stage;
  await subscriber.updateSubscription({
    subscription: {
      name: subscription('pushed-sub'),
      deadLetterPolicy: { deadLetterTopic: topic('pushed'), maxDeliveryAttempts: 5 },
    },
    updateMask: { paths: ['dead_letter_policy'] },
  });
  for (const text of texts(3)) {
    await stage.publish(stage.pushedTopic, text);
    await standIn.idle();
  }
  // The second goes out over the first one's connection, and again over a new one.
  expect(endpoint.pushes.map(pushData)).toEqual(['0', '1', '1', '2']);
  const attempts = endpoint.pushes.map((push) => parsePush(push).deliveryAttempt);
  expect(attempts).toEqual([1, 1, 1, 1]);
});
