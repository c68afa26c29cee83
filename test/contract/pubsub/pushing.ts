import { type ExpectStatic, test, vi } from 'vitest';
import { openEndpoint, parsePush, pushData } from '../../support/pubsub-client.ts';
import type { Contract } from './fixture.ts';

const PATIENCE = { timeout: 20_000 };

export function pushing({ open, featureTest }: Contract): void {
  test('a push carries the message, its id, its time and the subscription', async ({ expect }) => {
    const { publisher, createPair } = open();
    await using endpoint = await openEndpoint();
    const { topic, name } = await createPair('push', {
      pushConfig: { pushEndpoint: `${endpoint.url}/projects/p/topics/t?token=abc` },
    });
    const [{ messageIds }] = await publisher.publish({
      topic,
      messages: [{ data: Buffer.from('grüezi'), attributes: { lang: 'gsw' } }],
    });
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(1), PATIENCE);
    const [push] = endpoint.pushes;
    expect(push).toMatchObject({
      path: '/projects/p/topics/t?token=abc',
      headers: { 'content-type': 'application/json' },
    });
    const body = push && parsePush(push);
    expect(body).toEqual({
      subscription: name,
      message: {
        data: 'Z3LDvGV6aQ==',
        attributes: { lang: 'gsw' },
        messageId: messageIds?.[0],
        message_id: messageIds?.[0],
        publishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/),
        publish_time: body?.message.publishTime,
      },
    });
  });

  test.for([200, 201, 202, 204])('%i acknowledges', async (status, { expect }) => {
    const { createPair, publish } = open();
    await using endpoint = await openEndpoint(() => status);
    const { topic } = await createPair(`push-${status}`, {
      pushConfig: { pushEndpoint: endpoint.url },
    });
    await publish(topic, 'first');
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(1), PATIENCE);
    await publish(topic, 'second');
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(2), PATIENCE);
    expect(endpoint.pushes.map(pushData)).toEqual(['first', 'second']);
  });

  const pushesAgain = async (status: number, expect: ExpectStatic) => {
    const { createPair, publish } = open();
    await using endpoint = await openEndpoint(() => (endpoint.pushes.length < 2 ? status : 204));
    const { topic } = await createPair(`push-${status}`, {
      pushConfig: { pushEndpoint: endpoint.url },
      retryPolicy: { minimumBackoff: { seconds: 0 }, maximumBackoff: { seconds: 0 } },
    });
    const [id] = await publish(topic, 'again');
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(2), PATIENCE);
    const ids = endpoint.pushes.map((push) => parsePush(push).message.messageId);
    expect(ids).toEqual([id, id]);
  };
  test.for([302, 404, 429, 500])('%i has the message pushed again', (status, { expect }) =>
    pushesAgain(status, expect),
  );
  featureTest(
    'other successes do not acknowledge',
    '203 has the message pushed again',
    ({ expect }) => pushesAgain(203, expect),
  );

  test('a connection that breaks has the message pushed again', async ({ expect }) => {
    const { createPair, publish } = open();
    await using endpoint = await openEndpoint((_, response) => {
      if (endpoint.pushes.length > 1) return 204;
      response.destroy();
      return undefined;
    });
    const { topic } = await createPair('push-broken', {
      pushConfig: { pushEndpoint: endpoint.url },
    });
    await publish(topic, 'again');
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(2), PATIENCE);
  });

  test('a subscription can be turned from pull to push and back', async ({ expect }) => {
    const { subscriber, createPair, publish, drain } = open();
    await using endpoint = await openEndpoint();
    const { topic, name: subscription } = await createPair('turned');
    await publish(topic, 'waiting');
    const pushConfig = { pushEndpoint: endpoint.url };
    await subscriber.modifyPushConfig({ subscription, pushConfig });
    await vi.waitFor(() => expect(endpoint.pushes.map(pushData)).toEqual(['waiting']), PATIENCE);
    await subscriber.modifyPushConfig({ subscription, pushConfig: {} });
    await publish(topic, 'to be pulled');
    expect(await drain(subscription, 1)).toEqual(['to be pulled']);
    expect(endpoint.pushes).toHaveLength(1);
  });

  test('an unwrapped push is the data alone, with what else there is in headers', async ({
    expect,
  }) => {
    const { publisher, createPair } = open();
    await using endpoint = await openEndpoint();
    const { topic, name } = await createPair('unwrapped', {
      pushConfig: { pushEndpoint: endpoint.url, noWrapper: { writeMetadata: true } },
    });
    const [{ messageIds }] = await publisher.publish({
      topic,
      messages: [{ data: Buffer.from('{"bare":true}'), attributes: { lang: 'gsw' } }],
    });
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(1), PATIENCE);
    expect(endpoint.pushes[0]).toMatchObject({
      text: '{"bare":true}',
      headers: {
        lang: 'gsw',
        'x-goog-pubsub-message-id': messageIds?.[0],
        'x-goog-pubsub-subscription-name': name,
        'x-goog-pubsub-publish-time': expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
  });

  featureTest(
    'ordering keys in push bodies',
    'a push carries the ordering key, and nothing that is empty',
    async ({ expect }) => {
      const { publisher, createPair } = open();
      await using endpoint = await openEndpoint();
      const { topic } = await createPair('push-key', {
        pushConfig: { pushEndpoint: endpoint.url },
      });
      await publisher.publish({
        topic,
        messages: [{ attributes: { a: 'b' }, orderingKey: 'key' }],
      });
      await publisher.publish({ topic, messages: [{ data: Buffer.from('x') }] });
      await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(2), PATIENCE);
      const [keyed, plain] = endpoint.pushes.map((push) => parsePush(push).message);
      expect(keyed).toMatchObject({ attributes: { a: 'b' }, orderingKey: 'key' });
      expect(keyed).not.toHaveProperty('data');
      expect(plain).not.toHaveProperty('attributes');
      expect(plain).not.toHaveProperty('orderingKey');
    },
  );

  featureTest(
    'dead letters',
    'after the last delivery attempt a message moves to the dead-letter topic',
    async ({ expect }) => {
      const { createPair, pull, publisher, topic: full } = open();
      await using endpoint = await openEndpoint(() => 500);
      const { name: graveyard } = await createPair('graveyard');
      const { topic } = await createPair('doomed', {
        pushConfig: { pushEndpoint: endpoint.url },
        deadLetterPolicy: { deadLetterTopic: full('graveyard'), maxDeliveryAttempts: 5 },
      });
      await publisher.publish({
        topic,
        messages: [{ data: Buffer.from('doomed'), attributes: { a: 'b' } }],
      });
      let [buried] = await pull(graveyard);
      while (!buried) [buried] = await pull(graveyard);
      expect(buried).toMatchObject({
        text: 'doomed',
        attributes: {
          a: 'b',
          CloudPubSubDeadLetterSourceDeliveryCount: '5',
          CloudPubSubDeadLetterSourceSubscription: 'doomed-sub',
          CloudPubSubDeadLetterSourceSubscriptionProject: 'pubsub-contract',
          CloudPubSubDeadLetterSourceTopicPublishTime: expect.stringMatching(
            /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/,
          ),
        },
      });
      const attempts = endpoint.pushes.map((push) => parsePush(push).deliveryAttempt);
      expect(attempts).toEqual([1, 2, 3, 4, 5]);
    },
  );
}
