import type { Message } from '@google-cloud/pubsub';
import { test, vi } from 'vitest';
import { type Contract, NOT_FOUND } from './fixture.ts';

const PATIENCE = { timeout: 20_000 };

export function streaming({ open, featureTest }: Contract): void {
  test('a listener gets what was published before and after it came', async ({ expect }) => {
    const { pubsub, createPair, publish } = open();
    const { topic, name } = await createPair('stream');
    await publish(topic, ...Array.from({ length: 300 }, (_, index) => `before ${index}`));
    const subscription = pubsub.subscription(name);
    const received: string[] = [];
    subscription.on('message', (message: Message) => {
      received.push(String(message.data));
      message.ack();
    });
    await vi.waitFor(() => expect(received).toHaveLength(300), PATIENCE);
    await pubsub.topic(topic).publishMessage({ data: Buffer.from('after') });
    await vi.waitFor(() => expect(received).toHaveLength(301), PATIENCE);
    await subscription.close();
    expect(new Set(received).size).toBe(301);
    expect(received).toContain('after');
  });

  test('a refused message comes again on the stream', async ({ expect }) => {
    const { pubsub, createPair, publish } = open();
    const { topic, name } = await createPair('stream-nack');
    const subscription = pubsub.subscription(name);
    const ids: string[] = [];
    subscription.on('message', (message: Message) => {
      ids.push(message.id);
      if (ids.length < 3) message.nack();
      else message.ack();
    });
    const [id] = await publish(topic, 'third time lucky');
    await vi.waitFor(() => expect(ids).toEqual([id, id, id]), PATIENCE);
    await subscription.close();
  });

  featureTest(
    'flow control of streams',
    'a listener that takes one at a time has one at a time',
    async ({ expect }) => {
      const { pubsub, createPair, publish } = open();
      const { topic, name } = await createPair('stream-one');
      await publish(topic, ...Array.from({ length: 10 }, (_, index) => `${index}`));
      const subscription = pubsub.subscription(name, { flowControl: { maxMessages: 1 } });
      let atOnce = 0;
      let most = 0;
      let done = 0;
      subscription.on('message', async (message: Message) => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        done += 1;
        message.ack();
      });
      await vi.waitFor(() => expect(done).toBe(10), PATIENCE);
      await subscription.close();
      expect(most).toBe(1);
    },
  );

  test('two listeners share the messages of one subscription', async ({ expect }) => {
    const { pubsub, createPair, publish } = open();
    const { topic, name } = await createPair('stream-shared');
    const received: string[] = [];
    const listeners = [0, 1].map(() => {
      const subscription = pubsub.subscription(name);
      subscription.on('message', (message: Message) => {
        received.push(message.id);
        message.ack();
      });
      return subscription;
    });
    const ids = await publish(topic, ...Array.from({ length: 100 }, (_, index) => `${index}`));
    await vi.waitFor(() => expect(received).toHaveLength(100), PATIENCE);
    expect(received.toSorted()).toEqual(ids.toSorted());
    for (const listener of listeners) await listener.close();
  });

  test('a stream on what does not exist ends with an error', async ({ expect }) => {
    const subscription = open().pubsub.subscription('never-made');
    const { promise, resolve } = Promise.withResolvers();
    subscription.on('error', resolve).on('message', () => {});
    expect(await promise).toMatchObject(NOT_FOUND);
    await subscription.close();
  });

  test('a stream ends with an error when its subscription is deleted', async ({ expect }) => {
    const { pubsub, subscriber, createPair, publish } = open();
    const { topic, name } = await createPair('stream-deleted');
    const subscription = pubsub.subscription(name);
    const failed = Promise.withResolvers<unknown>();
    const received = Promise.withResolvers<void>();
    subscription.on('error', failed.resolve).on('message', (message: Message) => {
      message.ack();
      received.resolve();
    });
    await publish(topic, 'the stream is up');
    await received.promise;
    await subscriber.deleteSubscription({ subscription: name });
    expect(await failed.promise).toMatchObject(NOT_FOUND);
    await subscription.close();
  });
}
