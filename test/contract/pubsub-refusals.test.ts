// What the local Pub/Sub says no to, and in which words: the service's own where the service would refuse too,
// UNIMPLEMENTED where it would not.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startPubsub } from '../../infra/local/pubsub/server.ts';
import { openClients } from '../support/pubsub-client.ts';
import { createFixture, type Fixture, type SubscriptionOptions } from './pubsub/fixture.ts';

const opened = new AsyncDisposableStack();
let fixture: Fixture;
let topic = '';
let subscription = '';

beforeAll(async () => {
  const { host } = opened.use(await startPubsub({ port: 0 }));
  fixture = createFixture(opened.use(openClients(host, 'refusals')));
  ({ topic, name: subscription } = await fixture.createPair('present'));
});
afterAll(() => opened.disposeAsync());

const create = (options: SubscriptionOptions) =>
  fixture.subscriber.createSubscription({
    name: fixture.subscription('refused'),
    topic,
    ...options,
  });

describe('not served here', () => {
  const calls: [string, () => Promise<unknown>, string][] = [
    [
      'delivery to BigQuery',
      () => create({ bigqueryConfig: { table: 'p.d.t' } }),
      'Delivery to BigQuery',
    ],
    [
      'delivery to Cloud Storage',
      () => create({ cloudStorageConfig: { bucket: 'b' } }),
      'Delivery to Cloud Storage',
    ],
    [
      'exactly-once delivery',
      () => create({ enableExactlyOnceDelivery: true }),
      'Exactly-once delivery',
    ],
    [
      'exactly-once delivery, set later',
      () =>
        fixture.subscriber.updateSubscription({
          subscription: { name: subscription, enableExactlyOnceDelivery: true },
          updateMask: { paths: ['enable_exactly_once_delivery'] },
        }),
      'Exactly-once delivery',
    ],
    [
      'a message transform',
      () => create({ messageTransforms: [{ javascriptUdf: { functionName: 'f', code: '' } }] }),
      'A message transform',
    ],
    [
      'the old push format',
      () =>
        create({
          pushConfig: {
            pushEndpoint: 'http://localhost/',
            attributes: { 'x-goog-version': 'v1beta1' },
          },
        }),
      'The push format x-goog-version=v1beta1',
    ],
    [
      'a schema',
      () =>
        fixture.publisher.createTopic({
          name: fixture.topic('refused'),
          schemaSettings: { schema: 'projects/p/schemas/s' },
        }),
      'A schema',
    ],
    ['seek', () => fixture.subscriber.seek({ subscription, time: { seconds: 1 } }), 'Seek'],
    [
      'a snapshot',
      () =>
        fixture.subscriber.createSnapshot({ name: `${fixture.project}/snapshots/s`, subscription }),
      'CreateSnapshot',
    ],
    [
      'detaching',
      () => fixture.publisher.detachSubscription({ subscription }),
      'DetachSubscription',
    ],
    ['access policies', () => fixture.pubsub.topic(topic).iam.getPolicy(), 'GetIamPolicy'],
  ];
  test.for(calls)('%s', async ([, call, named], { expect }) => {
    await expect(call()).rejects.toMatchObject({
      code: 12,
      message: expect.stringContaining(named),
    });
  });
});

describe('refused in the words of the service', () => {
  const publish = (messages: object[]) => fixture.publisher.publish({ topic, messages });
  const calls: [string, () => Promise<unknown>, number, string][] = [
    [
      'a missing topic',
      () => fixture.publisher.getTopic({ topic: fixture.topic('absent') }),
      5,
      'Resource not found (resource=absent).',
    ],
    [
      'a topic that is there',
      () => fixture.publisher.createTopic({ name: topic }),
      6,
      'Resource already exists in the project (resource=present).',
    ],
    [
      'a bad name',
      () => fixture.publisher.createTopic({ name: 'projects/p/topics/x' }),
      3,
      'Invalid resource name given (name=projects/p/topics/x). Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information.',
    ],
    [
      'an empty message',
      () => publish([{}]),
      3,
      'One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.',
    ],
    [
      'no message',
      () => publish([]),
      3,
      'The value for message_count is too small. You passed 0 in the request, but the minimum value is 1.',
    ],
    [
      'too large a request',
      () => publish([{ data: Buffer.alloc(10_000_000) }]),
      3,
      'The value for request_size is too large. You passed 10000044 in the request, but the maximum value is 10000000.',
    ],
    [
      'a made-up ack id',
      () => fixture.subscriber.acknowledge({ subscription, ackIds: ['made-up'] }),
      3,
      'You have passed an invalid ack ID to the service (ack_id=made-up).',
    ],
    [
      'too many delivery attempts',
      () => create({ deadLetterPolicy: { deadLetterTopic: topic, maxDeliveryAttempts: 101 } }),
      11,
      'The value for max_delivery_attempts is too large. You passed 101 in the request, but the maximum value is 100.',
    ],
    [
      'another topic',
      () =>
        fixture.subscriber.updateSubscription({
          subscription: { name: subscription },
          updateMask: { paths: ['topic'] },
        }),
      3,
      'Invalid update_mask provided in the UpdateSubscriptionRequest: the topic field in the Subscription is not mutable.',
    ],
    [
      'a page token of nobody',
      () =>
        fixture.publisher.listTopics(
          { project: fixture.project, pageToken: 'no token' },
          { autoPaginate: false },
        ),
      3,
      'Invalid page token (token=no token).',
    ],
  ];
  test.for(calls)('%s', async ([, call, code, details], { expect }) => {
    await expect(call()).rejects.toMatchObject({ code, details });
  });

  test('a stream on a push subscription', async ({ expect }) => {
    const { name } = await fixture.createPair('pushed', {
      pushConfig: { pushEndpoint: 'http://127.0.0.1:9/' },
    });
    const listener = fixture.pubsub.subscription(name);
    const { promise, resolve } = Promise.withResolvers();
    listener.on('error', resolve).on('message', () => {});
    expect(await promise).toMatchObject({
      code: 9,
      details: 'This method is not supported for this subscription type.',
    });
    await listener.close();
  });
});
