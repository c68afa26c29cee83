// A bucket's notifications, as they arrive at Pub/Sub's door.
import { type Bucket, Storage } from '@google-cloud/storage';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../infra/local/storage/server.ts';
import { newBucket } from './storage-suite.ts';

interface Published {
  topic: string;
  attributes: Record<string, string>;
  resource: unknown;
}

/** A server whose Pub/Sub is a list, and fails as often as it is told to. */
async function startPublishing(options: { failures?: number; clock?: () => number } = {}) {
  const { failures = 0, ...rest } = options;
  const published: Published[] = [];
  let attempts = 0;
  const server = await startStorage({
    port: 0,
    ...rest,
    publish: async (topic, { data, attributes }) => {
      attempts += 1;
      if (attempts <= failures) throw new Error('Pub/Sub is not there yet');
      const resource = data.length === 0 ? undefined : JSON.parse(data.toString());
      published.push({ topic, attributes, resource });
    },
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const storage = new Storage({ projectId: 'shop-data', apiEndpoint: `http://${server.host}` });
  const bucket = await newBucket(storage);
  return { server, bucket, published, attempts: () => attempts };
}

const generationOf = async (bucket: Bucket, name: string) =>
  String((await bucket.file(name).getMetadata())[0].generation);

describe('Cloud Storage notifications', () => {
  test('an upload is announced with the attributes and the object', async () => {
    const timeMs = Date.UTC(2026, 10, 23, 23, 0, 0, 123);
    const { server, bucket, published } = await startPublishing({ clock: () => timeMs });
    await bucket.createNotification('firesink-load', {
      customAttributes: { environment: 'dev-uk' },
    });
    await bucket.file('uploads/a.ndjson').save('{}\n', { metadata: { metadata: { by: 'me' } } });
    await server.idle();
    const [metadata] = await bucket.file('uploads/a.ndjson').getMetadata();
    expect(published).toEqual([
      {
        topic: 'projects/shop-data/topics/firesink-load',
        attributes: {
          environment: 'dev-uk',
          notificationConfig: `projects/_/buckets/${bucket.name}/notificationConfigs/1`,
          eventType: 'OBJECT_FINALIZE',
          payloadFormat: 'JSON_API_V1',
          bucketId: bucket.name,
          objectId: 'uploads/a.ndjson',
          objectGeneration: '1795474800123000',
          eventTime: '2026-11-23T23:00:00.123000Z',
        },
        resource: metadata,
      },
    ]);
    expect(metadata.metadata).toEqual({ by: 'me' });
  });

  test('an overwrite is a finalize and a delete that name each other', async () => {
    const { server, bucket, published } = await startPublishing();
    await bucket.createNotification('t');
    await bucket.file('a').save('old');
    const old = await generationOf(bucket, 'a');
    await bucket.file('a').save('new');
    const current = await generationOf(bucket, 'a');
    await server.idle();
    expect(published.slice(1).map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({
        eventType: 'OBJECT_FINALIZE',
        objectGeneration: current,
        overwroteGeneration: old,
      }),
      expect.objectContaining({
        eventType: 'OBJECT_DELETE',
        objectGeneration: old,
        overwrittenByGeneration: current,
      }),
    ]);
  });

  test('compose, copy, patch and delete are announced', async () => {
    const { server, bucket, published } = await startPublishing();
    await bucket.file('a').save('a');
    await bucket.createNotification('t');
    await bucket.combine(['a', 'a'], 'b');
    await bucket.file('a').copy('c');
    await bucket.file('a').setMetadata({ metadata: { k: 'v' } });
    await bucket.file('a').delete();
    await server.idle();
    const seen = published.map(({ attributes: { eventType, objectId } }) => [eventType, objectId]);
    expect(seen).toEqual([
      ['OBJECT_FINALIZE', 'b'],
      ['OBJECT_FINALIZE', 'c'],
      ['OBJECT_METADATA_UPDATE', 'a'],
      ['OBJECT_DELETE', 'a'],
    ]);
  });

  test('only events and names that were asked for are announced', async () => {
    const { server, bucket, published } = await startPublishing();
    await bucket.createNotification('t', {
      eventTypes: ['OBJECT_FINALIZE'],
      objectNamePrefix: 'firestore/',
      payloadFormat: 'NONE',
    });
    await bucket.file('firestore/a').save('a');
    await bucket.file('firestore/a').delete();
    await bucket.file('parts/a').save('a');
    await server.idle();
    expect(published).toHaveLength(1);
    expect(published[0]).toMatchObject({ attributes: { objectId: 'firestore/a' } });
    expect(published[0]?.resource).toBeUndefined();
  });

  test('an upload succeeds while Pub/Sub is away, and is announced when it is back', async () => {
    const { server, bucket, published, attempts } = await startPublishing({ failures: 3 });
    await bucket.createNotification('t');
    await bucket.file('a').save('a');
    expect((await bucket.file('a').download()).toString()).toBe('a');
    await server.idle();
    expect(attempts()).toBe(4);
    expect(published).toHaveLength(1);
  });

  test('a deleted configuration announces nothing more, not even what waits', async () => {
    const { server, bucket, published } = await startPublishing({ failures: Infinity });
    const [notification] = await bucket.createNotification('gone-topic');
    await bucket.file('a').save('a');
    await notification.delete();
    await server.idle();
    await bucket.file('b').save('b');
    await server.idle();
    expect(published).toEqual([]);
  });

  test('configurations are listed, described and deleted', async () => {
    const { bucket } = await startPublishing();
    const [first] = await bucket.createNotification('t1', { eventTypes: ['OBJECT_DELETE'] });
    await bucket.createNotification('projects/other/topics/t2');
    const [all] = await bucket.getNotifications();
    expect(all.map(({ id, metadata }) => [id, metadata?.topic])).toEqual([
      ['1', '//pubsub.googleapis.com/projects/shop-data/topics/t1'],
      ['2', '//pubsub.googleapis.com/projects/other/topics/t2'],
    ]);
    expect((await first.getMetadata())[0]).toMatchObject({
      kind: 'storage#notification',
      payload_format: 'JSON_API_V1',
      event_types: ['OBJECT_DELETE'],
    });
    await first.delete();
    expect(await first.exists()).toEqual([false]);
    await expect(first.delete()).rejects.toMatchObject({ code: 404 });
  });

  test('what is no event type is refused', async () => {
    const { bucket } = await startPublishing();
    await expect(
      bucket.createNotification('t', { eventTypes: ['OBJECT_PAINTED'] }),
    ).rejects.toMatchObject({ code: 400 });
  });

  test('without a Pub/Sub no notification is promised', async () => {
    await using server = await startStorage({ port: 0 });
    const storage = new Storage({ projectId: 'p', apiEndpoint: `http://${server.host}` });
    const bucket = await newBucket(storage);
    await expect(bucket.createNotification('t')).rejects.toMatchObject({ code: 400 });
  });
});
