// What happens to an object, as the messages its bucket's notification configurations ask for. Cloud
// Storage docs, "Pub/Sub notifications for Cloud Storage": attributes, payload formats, filters.
import { randomUUID } from 'node:crypto';
import type {
  BucketRecord,
  EventType,
  Message,
  NotificationConfig,
  ObjectRecord,
} from './records.ts';
import { notificationName, objectResource } from './resources.ts';

export interface ObjectEvent {
  type: EventType;
  object: ObjectRecord;
  /** Milliseconds since 1970, UTC. */
  timeMs: number;
  /** OBJECT_FINALIZE: the generation that was there before. */
  overwroteGeneration?: number;
  /** OBJECT_DELETE: the generation that took its place. */
  overwrittenByGeneration?: number;
}

/** One message for each configuration that wants the event. */
export function messagesFor(
  { name, notifications }: BucketRecord,
  event: ObjectEvent,
  baseUrl: string,
): Message[] {
  return notifications
    .filter((config) => wants(config, event))
    .map((config) => ({
      id: randomUUID(),
      topic: config.topic,
      config: notificationName(name, config.id),
      attributes: attributesFor(name, config, event),
      data:
        config.payloadFormat === 'NONE'
          ? ''
          : JSON.stringify(objectResource(event.object, baseUrl)),
    }));
}

function wants({ eventTypes, objectNamePrefix }: NotificationConfig, event: ObjectEvent): boolean {
  return (
    (eventTypes === undefined || eventTypes.length === 0 || eventTypes.includes(event.type)) &&
    event.object.name.startsWith(objectNamePrefix ?? '')
  );
}

function attributesFor(
  bucket: string,
  config: NotificationConfig,
  { type, object, timeMs, overwroteGeneration, overwrittenByGeneration }: ObjectEvent,
): Record<string, string> {
  return {
    ...config.customAttributes,
    notificationConfig: notificationName(bucket, config.id),
    eventType: type,
    payloadFormat: config.payloadFormat,
    bucketId: bucket,
    objectId: object.name,
    objectGeneration: String(object.generation),
    eventTime: new Date(timeMs).toISOString().replace('Z', '000Z'),
    ...(overwroteGeneration === undefined
      ? {}
      : { overwroteGeneration: String(overwroteGeneration) }),
    ...(overwrittenByGeneration === undefined
      ? {}
      : { overwrittenByGeneration: String(overwrittenByGeneration) }),
  };
}
