// What Pub/Sub, Eventarc and Cloud Storage send, posted to the running functions as those send it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FunctionName } from '../../../infra/local/system/ports.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { bucketOf, rowsOf, snapshotsOf, takeDeadLetters } from '../../support/pipeline.ts';

const SOURCE = 'acme-payments';

const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';
const FINALIZED = 'google.cloud.storage.object.v1.finalized';

interface Post {
  headers: Record<string, string>;
  body: unknown;
}

/** The body of a push: a Pub/Sub message in its wrapper. */
const wrapped = (data: object, subscription: string) => ({
  message: {
    data: Buffer.from(JSON.stringify(data)).toString('base64'),
    messageId: '9001',
    message_id: '9001',
    publishTime: new Date().toISOString(),
    publish_time: new Date().toISOString(),
  },
  subscription: `projects/acme-data/subscriptions/${subscription}`,
});

const JSON_BODY = { 'content-type': 'application/json' };

const ceHeaders = (type: string, source: string) => ({
  ...JSON_BODY,
  'ce-id': '9001',
  'ce-source': source,
  'ce-specversion': '1.0',
  'ce-time': '2026-11-24T01:00:00.000Z',
  'ce-type': type,
});

const structured = (type: string, source: string, data: object) => ({
  specversion: '1.0',
  id: '9001',
  source,
  type,
  time: '2026-11-24T01:00:00.000Z',
  datacontenttype: 'application/json',
  data,
});

const TOPIC_SOURCE = '//pubsub.googleapis.com/projects/acme-data/topics/firesink';
const BUCKET_SOURCE = '//storage.googleapis.com/projects/_/buckets/acme-firesink';

type Form = (data: object, subscription: string) => Post;

/** A message in each form in which functions get it. */
const MESSAGE_FORMS: Record<string, Form> = {
  'push of Pub/Sub': (data, name) => ({ headers: JSON_BODY, body: wrapped(data, name) }),
  'CloudEvent of Eventarc, binary': (data, name) => ({
    headers: ceHeaders(MESSAGE_PUBLISHED, TOPIC_SOURCE),
    body: wrapped(data, name),
  }),
  'CloudEvent of Eventarc, structured': (data, name) => ({
    headers: { 'content-type': 'application/cloudevents+json' },
    body: structured(MESSAGE_PUBLISHED, TOPIC_SOURCE, wrapped(data, name)),
  }),
};

/** A finalized object in each form in which the load function gets it: its notifications, or its own events. */
const OBJECT_FORMS: Record<string, Form> = {
  ...MESSAGE_FORMS,
  'CloudEvent of Cloud Storage, binary': (object) => ({
    headers: ceHeaders(FINALIZED, BUCKET_SOURCE),
    body: object,
  }),
  'CloudEvent of Cloud Storage, structured': (object) => ({
    headers: { 'content-type': 'application/cloudevents+json' },
    body: structured(FINALIZED, BUCKET_SOURCE, object),
  }),
};

/** No client of Google's would post these. @returns the status */
async function post(url: string, { headers, body }: Post): Promise<number> {
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.text();
  return response.status;
}

export function eventTests(system: () => LocalSystem): void {
  const send = (name: FunctionName, event: Post) => post(system().functionUrls[name] ?? '', event);
  const snapshots = () => snapshotsOf(system(), SOURCE, 'products');

  // Nothing but the events posted here may start the load function.
  beforeAll(() => dropNotifications(system()));
  afterAll(() => makeNotifications(system()));

  test.each(Object.entries(MESSAGE_FORMS))('starts scheduler and export: %s', async (_, form) => {
    const before = await snapshots();
    const schedule = { sources: [SOURCE], collections: ['products'] };
    expect(await send('scheduler', form(schedule, 'firesink-schedule'))).toBe(204);
    await system().idle();
    const between = await snapshots();
    expect(between).toHaveLength(before.length + 1);
    const resync = { project: SOURCE, collection: 'products' };
    expect(await send('export', form(resync, 'firesink-export'))).toBe(204);
    expect(await snapshots()).toHaveLength(between.length + 1);
    expect(await takeDeadLetters(system())).toEqual([]);
  });

  test.each(Object.entries(OBJECT_FORMS))('starts load: %s', async (form, make) => {
    const bucket = await bucketOf(system());
    const file = bucket.file(`uploads/firestore/${SOURCE}/products/event.ndjson`);
    await file.save(`{"_document_id":"it","sent_as":${JSON.stringify(form)}}\n`);
    const [uploaded] = await file.getMetadata();
    expect(await send('load', make(uploaded, 'firesink-load'))).toBe(204);
    const [name = ''] = (await snapshots()).slice(-1);
    expect(name).toMatch(/_upload_[0-9a-f]{12}\.ndjson$/);
    const [snapshot] = await bucket.file(name).getMetadata();
    expect(await send('load', make(snapshot, 'firesink-load'))).toBe(204);
    expect(await rowsOf(system(), 'firestore_products', SOURCE)).toMatchObject([
      { _document_id: 'it', _data: `{"sent_as":${JSON.stringify(form)}}` },
    ]);
    expect(await takeDeadLetters(system())).toEqual([]);
  });

  test('what is no event, or not for this function, is acknowledged and set aside', async () => {
    const nothing = { headers: JSON_BODY, body: { hello: 'world' } };
    for (const name of ['scheduler', 'export', 'load'] as const) {
      expect(await send(name, nothing)).toBe(204);
    }
    const finalized = { headers: ceHeaders(FINALIZED, BUCKET_SOURCE), body: { name: 'x' } };
    expect(await send('export', finalized)).toBe(204);
    const letters = await takeDeadLetters(system());
    const told = letters.map((letter) => `${letter.function} ${letter.code} ${letter.data}`);
    expect(told.sort()).toEqual([
      'export bad-event {"hello":"world"}',
      'export bad-event {"name":"x"}',
      'load bad-event {"hello":"world"}',
      'scheduler bad-event {"hello":"world"}',
    ]);
  });
}

async function dropNotifications(system: LocalSystem): Promise<void> {
  const [notifications] = await (await bucketOf(system)).getNotifications();
  await Promise.all(notifications.map((notification) => notification.delete()));
}

async function makeNotifications(system: LocalSystem): Promise<void> {
  const bucket = await bucketOf(system);
  for (const objectNamePrefix of ['firestore/', 'gke/', 'uploads/']) {
    await bucket.createNotification('projects/acme-data/topics/firesink-load', {
      eventTypes: ['OBJECT_FINALIZE'],
      objectNamePrefix,
      payloadFormat: 'JSON_API_V1',
    });
  }
}
