import { test } from 'vitest';
import { type Contract, FAILED_PRECONDITION, INVALID_ARGUMENT } from './fixture.ts';

export function pulling({ open, featureTest }: Contract): void {
  test('what was not acknowledged in time comes again, with the same id', async ({ expect }) => {
    const { subscriber, createPair, publish, pull } = open();
    const { topic, name } = await createPair('again');
    const [id] = await publish(topic, 'once more');
    const [first] = await pull(name);
    await subscriber.modifyAckDeadline({
      subscription: name,
      ackIds: [first?.ackId ?? ''],
      ackDeadlineSeconds: 1,
    });
    let [again] = await pull(name);
    while (!again) [again] = await pull(name);
    expect(again.id).toBe(id);
    expect(again.ackId).not.toBe(first?.ackId);
  });

  test('a message refused with a deadline of 0 comes again at once', async ({ expect }) => {
    const { subscriber, createPair, publish, pull } = open();
    const { topic, name } = await createPair('refused');
    await publish(topic, 'hot potato');
    for (let round = 0; round < 3; round += 1) {
      const [received] = await pull(name);
      expect(received?.text).toBe('hot potato');
      await subscriber.modifyAckDeadline({
        subscription: name,
        ackIds: [received?.ackId ?? ''],
        ackDeadlineSeconds: 0,
      });
    }
  });

  test('acknowledging twice is no error, a malformed ack id is', async ({ expect }) => {
    const { subscriber, createPair, publish, pull } = open();
    const { topic, name: subscription } = await createPair('ack-twice');
    await publish(topic, 'x');
    const [received] = await pull(subscription);
    const request = { subscription, ackIds: [received?.ackId ?? ''] };
    await subscriber.acknowledge(request);
    await subscriber.acknowledge(request);
    for (const ackIds of [['made up'], []]) {
      const acknowledging = subscriber.acknowledge({ subscription, ackIds });
      await expect(acknowledging).rejects.toMatchObject(INVALID_ARGUMENT);
    }
  });

  test('a pull waits for a message that comes a moment later', async ({ expect }) => {
    const { createPair, publish, drain } = open();
    const { topic, name } = await createPair('waiting');
    const draining = drain(name, 1);
    await publish(topic, 'worth the wait');
    expect(await draining).toEqual(['worth the wait']);
  });

  test('a pull of no messages is refused', async ({ expect }) => {
    const { createPair, pull } = open();
    const { name } = await createPair('none-wanted');
    await expect(pull(name, 0)).rejects.toMatchObject(INVALID_ARGUMENT);
  });

  featureTest(
    'push subscriptions cannot be pulled',
    'a push subscription cannot be pulled',
    async ({ expect }) => {
      const { createPair, pull } = open();
      const pushConfig = { pushEndpoint: 'http://127.0.0.1:9/' };
      const { name } = await createPair('pushed', { pushConfig });
      await expect(pull(name)).rejects.toMatchObject(FAILED_PRECONDITION);
    },
  );

  /** Publishes twenty messages of one key, and pulls them one by one, refusing some of them once. */
  async function pullOrdered(id: string, isRefused: (text: string) => boolean) {
    const { publisher, subscriber, createPair, pull } = open();
    const { topic, name: subscription } = await createPair(id, { enableMessageOrdering: true });
    const messages = Array.from({ length: 20 }, (_, index) => ({
      data: Buffer.from(`${index}`),
      orderingKey: 'k',
    }));
    await publisher.publish({ topic, messages });
    const acknowledged: string[] = [];
    const refused = new Set<string>();
    while (acknowledged.length < 20) {
      const [received] = await pull(subscription, 1);
      if (!received) continue;
      const ackIds = [received.ackId];
      if (isRefused(received.text) && !refused.has(received.text)) {
        refused.add(received.text);
        await subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 0 });
      } else {
        acknowledged.push(received.text);
        await subscriber.acknowledge({ subscription, ackIds });
      }
    }
    return { acknowledged: acknowledged.join(' '), refused: [...refused] };
  }

  test('messages of one ordering key come in their order', async ({ expect }) => {
    const { acknowledged } = await pullOrdered('ordered', () => false);
    expect(acknowledged).toBe('0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19');
  });

  featureTest(
    'order is kept by a refusal',
    'those behind a refused message of their ordering key wait for it',
    async ({ expect }) => {
      const { acknowledged, refused } = await pullOrdered('refused-order', (text) =>
        ['0', '5', '19'].includes(text),
      );
      expect(acknowledged).toBe('0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19');
      expect(refused).toEqual(['0', '5', '19']);
    },
  );
}
