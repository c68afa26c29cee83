import { test } from 'vitest';
import {
  type Contract,
  INVALID_ARGUMENT,
  NOT_FOUND,
  OUT_OF_RANGE,
  type SubscriptionOptions,
} from './fixture.ts';

export function subscriptions({ open, featureTest }: Contract): void {
  test('a subscription shows its settings, and defaults for what was not set', async ({
    expect,
  }) => {
    const { publisher, subscriber, createPair } = open();
    const { topic, name } = await createPair('defaults', { labels: { a: 'b' } });
    const [read] = await subscriber.getSubscription({ subscription: name });
    expect(read).toMatchObject({
      name,
      topic,
      ackDeadlineSeconds: 10,
      messageRetentionDuration: { seconds: '604800', nanos: 0 },
      labels: { a: 'b' },
      pushConfig: { pushEndpoint: '' },
      deadLetterPolicy: null,
      retryPolicy: null,
      enableMessageOrdering: false,
      detached: false,
    });
    const [names] = await publisher.listTopicSubscriptions({ topic });
    expect(names).toEqual([name]);
  });

  test('subscriptions are listed by project, and gone once deleted', async ({ expect }) => {
    const { subscriber, createPair, project } = open();
    const { name } = await createPair('listed');
    const list = async () => {
      const [items] = await subscriber.listSubscriptions({ project });
      return items.map((item) => item.name);
    };
    expect(await list()).toContain(name);
    await subscriber.deleteSubscription({ subscription: name });
    expect(await list()).not.toContain(name);
  });

  test('settings are updated by mask, and nothing else with them', async ({ expect }) => {
    const { subscriber, createPair } = open();
    const { name } = await createPair('updated', { labels: { a: 'b' } });
    const [updated] = await subscriber.updateSubscription({
      subscription: {
        name,
        ackDeadlineSeconds: 60,
        labels: { ignored: 'yes' },
        retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 30 } },
      },
      updateMask: { paths: ['ack_deadline_seconds', 'retry_policy'] },
    });
    expect(updated).toMatchObject({
      ackDeadlineSeconds: 60,
      labels: { a: 'b' },
      retryPolicy: { minimumBackoff: { seconds: '1' }, maximumBackoff: { seconds: '30' } },
    });
  });

  test.for(['topic', 'filter', 'enable_message_ordering', 'colour'])(
    '%s cannot be updated',
    async (path, { expect }) => {
      const { subscriber, createPair, topic } = open();
      const { topic: original, name } = await createPair(`fixed-${path}`);
      const update = subscriber.updateSubscription({
        subscription: { name, topic: topic('other'), filter: 'attributes:x' },
        updateMask: { paths: [path] },
      });
      await expect(update).rejects.toMatchObject(INVALID_ARGUMENT);
      const [read] = await subscriber.getSubscription({ subscription: name });
      expect(read).toMatchObject({ topic: original, filter: '' });
    },
  );

  const refused: [string, SubscriptionOptions][] = [
    ['an ack deadline above 600 s', { ackDeadlineSeconds: 601 }],
    ['a retention below 10 min', { messageRetentionDuration: { seconds: 599 } }],
    ['a retention above 31 days', { messageRetentionDuration: { seconds: 2_678_401 } }],
    ['a back-off above 600 s', { retryPolicy: { minimumBackoff: { seconds: 601 } } }],
    [
      'a maximum back-off below the minimum',
      { retryPolicy: { minimumBackoff: { seconds: 9 }, maximumBackoff: { seconds: 8 } } },
    ],
    ['a push endpoint that is no URL', { pushConfig: { pushEndpoint: 'nowhere' } }],
    ['an FTP endpoint', { pushConfig: { pushEndpoint: 'ftp://localhost/x' } }],
  ];
  for (const [index, [what, options]] of refused.entries()) {
    test(`${what} is refused`, async ({ expect }) => {
      const creation = open().createPair(`bounds-${index}`, options);
      await expect(creation).rejects.toMatchObject(INVALID_ARGUMENT);
    });
  }

  featureTest(
    'ack deadlines below 10 s are refused',
    'an ack deadline below 10 s is refused',
    async ({ expect }) => {
      const creation = open().createPair('hasty', { ackDeadlineSeconds: 9 });
      await expect(creation).rejects.toMatchObject(INVALID_ARGUMENT);
    },
  );

  test.for([4, 101])('%i delivery attempts are refused', async (attempts, { expect }) => {
    const { createPair, topic } = open();
    const id = `attempts-${attempts}`;
    const creation = createPair(id, {
      deadLetterPolicy: { deadLetterTopic: topic(id), maxDeliveryAttempts: attempts },
    });
    await expect(creation).rejects.toMatchObject(OUT_OF_RANGE);
  });

  test('without its topic, or its dead-letter topic, none is created', async ({ expect }) => {
    const { subscriber, createPair, topic, subscription } = open();
    const orphan = subscriber.createSubscription({
      name: subscription('orphan'),
      topic: topic('never-made'),
    });
    await expect(orphan).rejects.toMatchObject(NOT_FOUND);
    const unburied = createPair('unburied', {
      deadLetterPolicy: { deadLetterTopic: topic('never-made'), maxDeliveryAttempts: 5 },
    });
    await expect(unburied).rejects.toMatchObject(NOT_FOUND);
  });

  test('of what does not exist nothing is read, pulled, updated or deleted', async ({ expect }) => {
    const { publisher, subscriber, subscription: full, topic } = open();
    const subscription = full('absent');
    const calls = [
      subscriber.getSubscription({ subscription }),
      subscriber.pull({ subscription, maxMessages: 1 }),
      subscriber.acknowledge({ subscription, ackIds: ['x'] }),
      subscriber.deleteSubscription({ subscription }),
      subscriber.modifyPushConfig({ subscription, pushConfig: {} }),
      subscriber.updateSubscription({
        subscription: { name: subscription },
        updateMask: { paths: ['labels'] },
      }),
      publisher.publish({ topic: topic('absent'), messages: [{ data: Buffer.from('x') }] }),
      publisher.deleteTopic({ topic: topic('absent') }),
    ];
    const outcomes = await Promise.allSettled(calls);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: NOT_FOUND });
  });

  test('a deleted topic leaves its subscription, with its messages', async ({ expect }) => {
    const { publisher, subscriber, createPair, publish, drain } = open();
    const { topic, name } = await createPair('mortal');
    await publish(topic, 'survivor');
    await publisher.deleteTopic({ topic });
    const [read] = await subscriber.getSubscription({ subscription: name });
    expect(read.topic).toBe('_deleted-topic_');
    expect(await drain(name, 1)).toEqual(['survivor']);
  });
}
