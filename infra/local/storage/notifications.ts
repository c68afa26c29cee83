// notificationConfigs of a bucket: insert, get, list, delete. What they send is in events.ts.
import { isRecord, noContent, ok, param, readJson } from './call.ts';
import { invalid, noSuchNotification, notServed } from './errors.ts';
import {
  type BucketRecord,
  EVENT_TYPES,
  type EventType,
  type NotificationConfig,
} from './records.ts';
import { notificationName, notificationResource } from './resources.ts';
import type { Operation } from './services.ts';

const TOPIC = /^(?:\/\/pubsub\.[^/]+\/)?(projects\/[^/]+\/topics\/[^/]+)$/;

/** Cloud Storage quotas, "Notifications": of a bucket. */
const MAX_CONFIGS = 100;

export const insertNotification: Operation = async (call, { store, outbox }) => {
  const resource = await readJson(call);
  if (outbox === undefined) {
    throw notServed('A notification without a Pub/Sub to publish to');
  }
  const bucket = store.bucket(param(call, 'bucket'));
  if (bucket.notifications.length >= MAX_CONFIGS) {
    throw invalid(`A bucket can have at most ${MAX_CONFIGS} notification configurations.`);
  }
  const config = parseConfig(String(bucket.nextNotificationId), resource);
  store.replaceBucket({
    ...bucket,
    notifications: [...bucket.notifications, config],
    nextNotificationId: bucket.nextNotificationId + 1,
  });
  return ok(notificationResource(bucket.name, config, call.baseUrl));
};

export const getNotification: Operation = (call, { store }) => {
  const bucket = store.bucket(param(call, 'bucket'));
  const config = findConfig(bucket, param(call, 'notification'));
  return ok(notificationResource(bucket.name, config, call.baseUrl));
};

export const listNotifications: Operation = (call, { store }) => {
  const { name, notifications } = store.bucket(param(call, 'bucket'));
  const items = notifications.map((config) => notificationResource(name, config, call.baseUrl));
  return ok({ kind: 'storage#notifications', ...(items.length > 0 ? { items } : {}) });
};

/** What waits for the deleted configuration is dropped: its topic may be gone for good. */
export const deleteNotification: Operation = (call, { store, outbox }) => {
  const bucket = store.bucket(param(call, 'bucket'));
  const deleted = findConfig(bucket, param(call, 'notification'));
  const notifications = bucket.notifications.filter((config) => config !== deleted);
  store.replaceBucket({ ...bucket, notifications });
  store.forgetMessages(outbox?.drop(notificationName(bucket.name, deleted.id)) ?? []);
  return noContent();
};

function findConfig({ notifications }: BucketRecord, id: string): NotificationConfig {
  const config = notifications.find((candidate) => candidate.id === id);
  if (config === undefined) throw noSuchNotification(id);
  return config;
}

function parseConfig(id: string, resource: Record<string, unknown>): NotificationConfig {
  const { topic, payload_format, event_types, object_name_prefix, custom_attributes } = resource;
  const [, topicName] = TOPIC.exec(String(topic)) ?? [];
  if (topicName === undefined) {
    throw invalid(`Invalid Google Cloud Pub/Sub topic name: '${topic}'.`);
  }
  if (payload_format !== 'JSON_API_V1' && payload_format !== 'NONE') {
    throw invalid(`Invalid value for payload_format: '${payload_format}'.`);
  }
  return {
    id,
    topic: topicName,
    payloadFormat: payload_format,
    ...(event_types === undefined ? {} : { eventTypes: parseEventTypes(event_types) }),
    ...(typeof object_name_prefix === 'string' ? { objectNamePrefix: object_name_prefix } : {}),
    ...(custom_attributes === undefined
      ? {}
      : { customAttributes: parseCustomAttributes(custom_attributes) }),
  };
}

function parseEventTypes(value: unknown): EventType[] {
  if (!Array.isArray(value)) throw invalid('Invalid value for event_types.');
  return value.map((name: unknown) => {
    const type = EVENT_TYPES.find((known) => known === name);
    if (type === undefined) throw invalid(`Invalid value for event_types: '${name}'.`);
    return type;
  });
}

function parseCustomAttributes(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw invalid('Invalid value for custom_attributes.');
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
