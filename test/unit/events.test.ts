// Every form in which an event reaches a function, as bodies and headers that were seen, sent to a function
// under functions-framework exactly as it runs when deployed.
import type { AddressInfo } from 'node:net';
import { FiresinkError } from '@firesink/shared/errors.ts';
import { decodeEvent } from '@firesink/shared/messages/event.ts';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';

http('decode', (request, response) => {
  try {
    const event = decodeEvent(request);
    response.json(event.kind === 'pubsub' ? { ...event, data: event.data.toString() } : event);
  } catch (error) {
    if (!(error instanceof FiresinkError)) throw error;
    response.json({ outcome: error.outcome, code: error.code, message: error.message });
  }
});

const server = getTestServer('decode');
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

interface Sent {
  headers?: Record<string, string>;
  body: unknown;
}

async function decoded({ headers, body }: Sent): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return response.json();
}

/** {"collection":"apis"} */
const DATA = 'eyJjb2xsZWN0aW9uIjoiYXBpcyJ9';
const SUBSCRIPTION = 'projects/acme-data/subscriptions/firesink-export';
const TOPIC = '//pubsub.googleapis.com/projects/acme-data/topics/firesink-export';

/** As the service pushes it: both spellings of every name. */
const PUSHED = {
  message: {
    attributes: { origin: 'by-hand' },
    data: DATA,
    messageId: '2070443601311540',
    message_id: '2070443601311540',
    publishTime: '2026-11-23T23:00:00.749Z',
    publish_time: '2026-11-23T23:00:00.749Z',
  },
  subscription: SUBSCRIPTION,
  deliveryAttempt: 3,
};

const MESSAGE = {
  kind: 'pubsub',
  messageId: '2070443601311540',
  publishTimeMs: Date.UTC(2026, 10, 23, 23, 0, 0, 749),
  data: '{"collection":"apis"}',
  attributes: { origin: 'by-hand' },
  subscription: SUBSCRIPTION,
};

const PUBSUB_HEADERS = {
  'ce-id': '2070443601311540',
  'ce-source': TOPIC,
  'ce-specversion': '1.0',
  'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
  'ce-time': '2026-11-23T23:00:01.000Z',
};

const PUBSUB_CONTEXT = {
  id: '2070443601311540',
  source: TOPIC,
  specversion: '1.0',
  type: 'google.cloud.pubsub.topic.v1.messagePublished',
  time: '2026-11-23T23:00:01.000Z',
  datacontenttype: 'application/json',
};

const OBJECT = {
  kind: 'storage#object',
  id: 'acme-firesink/firestore/orders-dev/apis/20261123T230000.000Z.ndjson/1795474801123456',
  bucket: 'acme-firesink',
  name: 'firestore/orders-dev/apis/20261123T230000.000Z.ndjson',
  generation: '1795474801123456',
  metageneration: '1',
  contentType: 'application/x-ndjson',
  timeCreated: '2026-11-23T23:00:01.123Z',
  size: '352',
  crc32c: 'rTVTeQ==',
};

const FINALIZED = 'google.cloud.storage.object.v1.finalized';

const STORAGE_HEADERS = {
  'ce-id': '1096434104173400',
  'ce-source': '//storage.googleapis.com/projects/_/buckets/acme-firesink',
  'ce-subject': `objects/${OBJECT.name}`,
  'ce-specversion': '1.0',
  'ce-type': FINALIZED,
  'ce-time': '2026-11-23T23:00:01.123Z',
};

const STORAGE_EVENT = {
  kind: 'storage',
  type: FINALIZED,
  data: OBJECT,
};

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('a Pub/Sub message', () => {
  test.for<[string, Sent, object]>([
    ['by push', { body: PUSHED }, { ...MESSAGE, deliveryAttempt: 3 }],
    [
      'by push, from a sender that knows only the older spelling',
      {
        body: {
          message: {
            data: DATA,
            message_id: '2070443601311540',
            publish_time: '2026-11-23T23:00:00.749Z',
            attributes: { origin: 'by-hand' },
          },
          subscription: SUBSCRIPTION,
        },
      },
      MESSAGE,
    ],
    [
      "by push from Google's emulator, which tells no publish time",
      {
        body: {
          subscription: SUBSCRIPTION,
          message: { data: DATA, messageId: '1', attributes: {} },
        },
      },
      {
        kind: 'pubsub',
        messageId: '1',
        data: '{"collection":"apis"}',
        attributes: {},
        subscription: SUBSCRIPTION,
      },
    ],
    [
      'by push, as the framework itself would hand it to an event function',
      {
        body: {
          context: {
            eventId: '2070443601311540',
            timestamp: '2026-11-23T23:00:00.749Z',
            eventType: 'google.pubsub.topic.publish',
            resource: { service: 'pubsub.googleapis.com', name: 'projects/acme-data/topics/t' },
          },
          data: {
            '@type': 'type.googleapis.com/google.pubsub.v1.PubsubMessage',
            data: DATA,
            attributes: { origin: 'by-hand' },
          },
        },
      },
      {
        kind: 'pubsub',
        messageId: '2070443601311540',
        publishTimeMs: Date.UTC(2026, 10, 23, 23, 0, 0, 749),
        data: '{"collection":"apis"}',
        attributes: { origin: 'by-hand' },
      },
    ],
    [
      'as a 1st generation event with its context at the top',
      {
        body: {
          eventId: '2070443601311540',
          timestamp: '2026-11-23T23:00:00.749Z',
          eventType: 'providers/cloud.pubsub/eventTypes/topic.publish',
          resource: 'projects/acme-data/topics/t',
          data: { data: DATA, attributes: { origin: 'by-hand' } },
        },
      },
      {
        kind: 'pubsub',
        messageId: '2070443601311540',
        publishTimeMs: Date.UTC(2026, 10, 23, 23, 0, 0, 749),
        data: '{"collection":"apis"}',
        attributes: { origin: 'by-hand' },
      },
    ],
    [
      'by Eventarc, binary',
      { headers: PUBSUB_HEADERS, body: PUSHED },
      { ...MESSAGE, deliveryAttempt: 3 },
    ],
    [
      'by Eventarc, binary, without a publish time: the time of the event is none',
      {
        headers: PUBSUB_HEADERS,
        body: { message: { data: DATA, messageId: '7' }, subscription: SUBSCRIPTION },
      },
      {
        kind: 'pubsub',
        messageId: '7',
        data: '{"collection":"apis"}',
        attributes: {},
        subscription: SUBSCRIPTION,
      },
    ],
    [
      'by Eventarc, structured',
      {
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
        body: { ...PUBSUB_CONTEXT, data: PUSHED },
      },
      { ...MESSAGE, deliveryAttempt: 3 },
    ],
    [
      'structured, with its data in base64',
      {
        headers: { 'content-type': 'application/cloudevents+json' },
        body: { ...PUBSUB_CONTEXT, data_base64: base64(PUSHED) },
      },
      { ...MESSAGE, deliveryAttempt: 3 },
    ],
    [
      'structured, sent as plain JSON',
      { body: { ...PUBSUB_CONTEXT, data: PUSHED } },
      { ...MESSAGE, deliveryAttempt: 3 },
    ],
    [
      'sent without a content type of JSON',
      { headers: { 'content-type': 'application/octet-stream' }, body: PUSHED },
      { ...MESSAGE, deliveryAttempt: 3 },
    ],
    [
      'sent as text',
      { headers: { 'content-type': 'text/plain' }, body: PUSHED },
      { ...MESSAGE, deliveryAttempt: 3 },
    ],
    [
      'with attributes only has no data',
      {
        body: {
          message: { attributes: { collection: 'apis' }, messageId: '5' },
          subscription: SUBSCRIPTION,
        },
      },
      {
        kind: 'pubsub',
        messageId: '5',
        data: '',
        attributes: { collection: 'apis' },
        subscription: SUBSCRIPTION,
      },
    ],
    [
      'with a finer publish time is cut off to milliseconds',
      { body: { message: { data: DATA, publishTime: '2026-11-23T23:00:00.749999999Z' } } },
      {
        kind: 'pubsub',
        publishTimeMs: Date.UTC(2026, 10, 23, 23, 0, 0, 749),
        data: '{"collection":"apis"}',
        attributes: {},
      },
    ],
    [
      'with a publish time of whole seconds',
      { body: { message: { data: DATA, publishTime: '2026-11-23T23:00:00Z' } } },
      {
        kind: 'pubsub',
        publishTimeMs: Date.UTC(2026, 10, 23, 23, 0, 0),
        data: '{"collection":"apis"}',
        attributes: {},
      },
    ],
    [
      'with a publish time that is no time',
      { body: { message: { data: DATA, publishTime: 'yesterday' } } },
      { kind: 'pubsub', data: '{"collection":"apis"}', attributes: {} },
    ],
  ])('%s', async ([, sent, expected], { expect }) => {
    expect(await decoded(sent)).toEqual(expected);
  });
});

describe("Cloud Storage's event", () => {
  test.for<[string, Sent, object]>([
    ['by Eventarc, binary', { headers: STORAGE_HEADERS, body: OBJECT }, STORAGE_EVENT],
    [
      'by Eventarc, structured',
      {
        headers: { 'content-type': 'application/cloudevents+json' },
        body: {
          id: '1096434104173400',
          source: 'x',
          specversion: '1.0',
          type: FINALIZED,
          data: OBJECT,
        },
      },
      STORAGE_EVENT,
    ],
    [
      'structured, with its data in base64',
      {
        headers: { 'content-type': 'application/cloudevents+json' },
        body: {
          id: '1096434104173400',
          source: 'x',
          specversion: '1.0',
          type: FINALIZED,
          data_base64: base64(OBJECT),
        },
      },
      STORAGE_EVENT,
    ],
    [
      'to a 1st generation function',
      {
        body: {
          context: {
            eventId: '1096434104173400',
            timestamp: '2026-11-23T23:00:01.123Z',
            eventType: 'google.storage.object.finalize',
            resource: { service: 'storage.googleapis.com', name: 'projects/_/buckets/b/objects/o' },
          },
          data: OBJECT,
        },
      },
      STORAGE_EVENT,
    ],
    [
      'through Pub/Sub, by push',
      {
        body: {
          message: {
            data: base64(OBJECT),
            messageId: '9',
            publishTime: '2026-11-23T23:00:01.200Z',
            attributes: {
              bucketId: 'acme-firesink',
              eventType: 'OBJECT_FINALIZE',
              payloadFormat: 'JSON_API_V1',
            },
          },
          subscription: SUBSCRIPTION,
        },
      },
      {
        kind: 'pubsub',
        messageId: '9',
        publishTimeMs: Date.UTC(2026, 10, 23, 23, 0, 1, 200),
        data: JSON.stringify(OBJECT),
        attributes: {
          bucketId: 'acme-firesink',
          eventType: 'OBJECT_FINALIZE',
          payloadFormat: 'JSON_API_V1',
        },
        subscription: SUBSCRIPTION,
      },
    ],
  ])('%s', async ([, sent, expected], { expect }) => {
    expect(await decoded(sent)).toEqual(expected);
  });
});

describe('what is no event is refused:', () => {
  const HINT =
    'Send what Pub/Sub pushes (with its wrapper) or Eventarc: a JSON body with a message, or a CloudEvent';

  test.for<[string, Sent, string]>([
    ['nothing at all', { body: '' }, `the request carries no Pub/Sub message. ${HINT}`],
    [
      'words',
      { headers: { 'content-type': 'text/plain' }, body: 'hello' },
      `the request is no event. ${HINT}`,
    ],
    [
      'a message without its wrapper',
      { body: { collection: 'apis' } },
      `the request carries no Pub/Sub message. ${HINT}`,
    ],
    ['a list', { body: [PUSHED] }, `the request is no event. ${HINT}`],
    [
      'data that is not base64',
      { body: { message: { data: '{"collection":"apis"}' } } },
      'the data of the message is not base64 text',
    ],
    [
      'data that is no text',
      { body: { message: { data: { collection: 'apis' } } } },
      'the data of the message is not base64 text',
    ],
    [
      'a CloudEvent of another kind',
      {
        headers: { ...STORAGE_HEADERS, 'ce-type': 'google.cloud.audit.log.v1.written' },
        body: OBJECT,
      },
      'CloudEvents of type google.cloud.audit.log.v1.written are not for firesink. ' +
        'It takes google.cloud.pubsub.topic.v1.messagePublished and google.cloud.storage.object.v1.finalized',
    ],
    [
      'a CloudEvent of Pub/Sub without a message',
      { headers: PUBSUB_HEADERS, body: {} },
      `the request carries no Pub/Sub message. ${HINT}`,
    ],
    [
      '1st generation events of another kind',
      { body: { context: { eventType: 'google.firestore.document.write' }, data: {} } },
      'events of type google.firestore.document.write are not for firesink',
    ],
  ])('%s', async ([, sent, message], { expect }) => {
    expect(await decoded(sent)).toEqual({ outcome: 'refused', code: 'bad-event', message });
  });
});
