import { test } from 'vitest';
import { type Contract, INVALID_ARGUMENT } from './fixture.ts';

export function messages({ open, featureTest }: Contract): void {
  test('a message arrives as it was published', async ({ expect }) => {
    const { publisher, createPair, pull } = open();
    const { topic, name } = await createPair('intact');
    const startSeconds = Date.now() / 1000;
    const data = Buffer.from([0, 255, 10, 128]);
    const attributes = { plain: 'text', 'with space': 'ünïcödé 🚒', empty: '' };
    const [{ messageIds }] = await publisher.publish({
      topic,
      messages: [{ data, attributes, orderingKey: 'k' }],
    });
    const [received] = await pull(name);
    expect(received).toMatchObject({
      id: messageIds?.[0],
      attributes,
      orderingKey: 'k',
      deliveryAttempt: 0,
    });
    expect(received?.data).toEqual(data);
    expect(received?.publishTimeSeconds).toBeGreaterThan(startSeconds - 2);
    expect(received?.publishTimeSeconds).toBeLessThan(startSeconds + 60);
  });

  test('a message may be all attributes', async ({ expect }) => {
    const { publisher, createPair, pull } = open();
    const { topic, name } = await createPair('attributes');
    await publisher.publish({ topic, messages: [{ attributes: { only: 'this' } }] });
    const [received] = await pull(name);
    expect(received?.attributes).toEqual({ only: 'this' });
    expect(received?.data).toHaveLength(0);
  });

  test('each of 1,000 messages in one request gets an id of its own', async ({ expect }) => {
    const { createPair, publish, drain } = open();
    const { topic, name } = await createPair('thousand');
    const texts = Array.from({ length: 1000 }, (_, index) => `message ${index}`);
    const ids = await publish(topic, ...texts);
    expect(new Set(ids).size).toBe(1000);
    expect((await drain(name, 1000)).toSorted()).toEqual(texts.toSorted());
  });

  const message = { data: Buffer.from('x') };
  test.for([
    ['1,001 messages are', Array(1001).fill(message)],
    ['a request of no message is', []],
    ['a message of neither data nor attributes is', [message, {}]],
  ] as const)('%s refused', async ([what, batch], { expect }) => {
    const { publisher, createPair } = open();
    const { topic } = await createPair(`limits-${what.length}`);
    const publishing = publisher.publish({ topic, messages: [...batch] });
    await expect(publishing).rejects.toMatchObject(INVALID_ARGUMENT);
  });

  featureTest(
    'publish limits in bytes',
    'requests above 10 MB, and attributes beyond their limits, are refused whole',
    async ({ expect }) => {
      const { publisher, createPair, drain } = open();
      const { topic, name } = await createPair('bytes');
      const many = Array.from({ length: 101 }, (_, index) => [`k${index}`, 'v']);
      for (const excess of [
        { data: Buffer.alloc(10_000_000) },
        { attributes: { ['k'.repeat(257)]: 'v' } },
        { attributes: { k: 'v'.repeat(1025) } },
        { attributes: { '': 'v' } },
        { attributes: { google: 'v' } },
        { attributes: Object.fromEntries(many) },
      ]) {
        const publishing = publisher.publish({ topic, messages: [message, excess] });
        await expect(publishing).rejects.toMatchObject(INVALID_ARGUMENT);
      }
      // The largest that passes: 10,000,000 bytes less a name of 38, five for the data's field
      // and length, five for the message's and two for the name's.
      const data = Buffer.alloc(10_000_000 - topic.length - 12, 'x');
      await publisher.publish({ topic, messages: [{ data }] });
      const larger = publisher.publish({
        topic,
        messages: [{ data: Buffer.concat([data, data.subarray(0, 1)]) }],
      });
      await expect(larger).rejects.toMatchObject(INVALID_ARGUMENT);
      const [text] = await drain(name, 1);
      expect(text).toHaveLength(data.length);
    },
  );

  featureTest(
    'one ordering key per request',
    'two ordering keys in one request are refused',
    async ({ expect }) => {
      const { publisher, createPair } = open();
      const { topic } = await createPair('two-keys');
      const publishing = publisher.publish({
        topic,
        messages: [
          { ...message, orderingKey: 'a' },
          { ...message, orderingKey: 'b' },
        ],
      });
      await expect(publishing).rejects.toMatchObject(INVALID_ARGUMENT);
    },
  );

  test('every subscription gets every message published after it was made', async ({ expect }) => {
    const { subscriber, createPair, publish, drain, subscription } = open();
    const { topic, name } = await createPair('fan-out');
    await publish(topic, 'early');
    const late = subscription('fan-out-late');
    await subscriber.createSubscription({ name: late, topic });
    await publish(topic, 'both');
    expect((await drain(name, 2)).toSorted()).toEqual(['both', 'early']);
    expect(await drain(late, 1)).toEqual(['both']);
  });

  featureTest('filters', 'a filter keeps out what does not match', async ({ expect }) => {
    const { publisher, subscriber, createPair, drain } = open();
    const { topic, name } = await createPair('filtered', {
      filter: 'attributes.kind = "fire" AND NOT hasPrefix(attributes.place, "north")',
    });
    const send = (text: string, attributes: Record<string, string>) =>
      publisher.publish({ topic, messages: [{ data: Buffer.from(text), attributes }] });
    await send('no attributes', { other: 'x' });
    await send('north', { kind: 'fire', place: 'northwest' });
    await send('wanted', { kind: 'fire', place: 'south' });
    expect(await drain(name, 1)).toEqual(['wanted']);
    const [rest] = await subscriber.pull({
      subscription: name,
      maxMessages: 10,
      returnImmediately: true,
    });
    expect(rest.receivedMessages).toEqual([]);
  });

  featureTest('filters', 'a filter that makes no sense is refused', async ({ expect }) => {
    const creation = open().createPair('senseless', { filter: 'attributes.size > 3' });
    await expect(creation).rejects.toMatchObject(INVALID_ARGUMENT);
  });
}
