// An HTTP request as `functions.http` of functions-framework 5 hands it over, decoded into the event it
// carries. We take the request undecoded because the framework's own event signatures fill a missing
// publishTime with "now", which would give every delivery a run of its own, and do not recognise messages
// without data.
//
// Taken: Pub/Sub push (both spellings of its fields), CloudEvents of Pub/Sub and Cloud Storage in binary and
// structured mode (Eventarc, 2nd generation functions), and the {context, data} bodies of 1st generation
// functions. Not taken: push subscriptions without a wrapper, batches of CloudEvents.
import { refusal } from '../config/refusal.ts';
import type { FiresinkError } from '../errors.ts';

/** What we need of an express request. */
export interface EventRequest {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON, text, or bytes, whichever the content type made of it. */
  body: unknown;
}

/** A Pub/Sub message. */
export interface PubsubEvent {
  kind: 'pubsub';
  messageId?: string;
  /** Milliseconds since 1970, cut off to whole ones. Undefined where the sender told none: it is never made up. */
  publishTimeMs?: number;
  /** Empty where the message has only attributes. */
  data: Buffer;
  attributes: Readonly<Record<string, string>>;
  /** Only where the subscription has a dead-letter policy. */
  deliveryAttempt?: number;
  /** `projects/P/subscriptions/S` */
  subscription?: string;
}

/** Cloud Storage's event about an object, without Pub/Sub's envelope. */
export interface StorageEvent {
  kind: 'storage';
  /** CloudEvents type, e.g. `google.cloud.storage.object.v1.finalized`. */
  type: string;
  /** The object's resource as in the JSON API. */
  data: unknown;
}

/** @throws FiresinkError refused `bad-event` */
export function decodeEvent(request: EventRequest): PubsubEvent | StorageEvent {
  const cloudEvent = binaryCloudEvent(request) ?? structuredCloudEvent(request);
  if (cloudEvent !== undefined) return ofCloudEvent(cloudEvent);
  const body = jsonOf(request.body);
  if (!isRecord(body)) throw badEvent('the request is no event', NO_EVENT_HINT);
  return backgroundEvent(body) ?? pushedMessage(body, body.subscription);
}

const NO_EVENT_HINT =
  'Send what Pub/Sub pushes (with its wrapper) or Eventarc: a JSON body with a message, or a CloudEvent';

const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';
const OBJECT_EVENT = /^google\.cloud\.storage\.object\.v1\.\w+$/;

interface CloudEvent {
  type: string;
  data: unknown;
}

/** @see CloudEvents 1.0.2, HTTP protocol binding, 3.1 */
function binaryCloudEvent({ headers, body }: EventRequest): CloudEvent | undefined {
  const type = headers['ce-type'];
  return typeof type === 'string' ? { type, data: jsonOf(body) } : undefined;
}

/** @see CloudEvents 1.0.2, JSON event format, 3.1 */
function structuredCloudEvent({ body }: EventRequest): CloudEvent | undefined {
  const event = jsonOf(body);
  if (!isRecord(event) || typeof event.specversion !== 'string' || typeof event.type !== 'string') {
    return undefined;
  }
  const { data_base64: base64 } = event;
  const data = typeof base64 === 'string' ? fromBase64(base64) : event.data;
  return { type: event.type, data: jsonOf(data) };
}

function ofCloudEvent({ type, data }: CloudEvent): PubsubEvent | StorageEvent {
  if (type === MESSAGE_PUBLISHED) {
    if (!isRecord(data)) throw badEvent(`the CloudEvent ${type} carries no message`);
    return pushedMessage(data, data.subscription);
  }
  if (OBJECT_EVENT.test(type)) return { kind: 'storage', type, data };
  throw badEvent(
    `CloudEvents of type ${type} are not for firesink`,
    `It takes ${MESSAGE_PUBLISHED} and google.cloud.storage.object.v1.finalized`,
  );
}

/**
 * Bodies of 1st generation functions: `{context: {eventId, timestamp, eventType, resource}, data}`, or the same
 * with the context's fields at the top. Google sets the timestamp of a message to its publish time.
 */
function backgroundEvent(body: Fields): PubsubEvent | StorageEvent | undefined {
  const context = isRecord(body.context) ? body.context : body;
  const { eventType, eventId, timestamp } = context;
  if (typeof eventType !== 'string' || !isRecord(body.data)) return undefined;
  const { data } = body;
  if (/pubsub.*publish$/.test(eventType)) {
    return pushedMessage(
      { message: { messageId: eventId, publishTime: timestamp, ...data } },
      undefined,
    );
  }
  const [, action] = /^google\.storage\.object\.(\w+)$/.exec(eventType) ?? [];
  if (action === undefined) throw badEvent(`events of type ${eventType} are not for firesink`);
  const type = `google.cloud.storage.object.v1.${action === 'finalize' ? 'finalized' : action}`;
  return { kind: 'storage', type, data };
}

/** @see Pub/Sub docs, "Push subscriptions": {"message": {"data", "messageId", "message_id", …}, "subscription"} */
function pushedMessage(body: Fields, subscription: unknown): PubsubEvent {
  const { message } = body;
  if (!isRecord(message)) throw badEvent('the request carries no Pub/Sub message', NO_EVENT_HINT);
  const publishTime = text(message.publishTime) ?? text(message.publish_time);
  const attempt = body.deliveryAttempt ?? message.deliveryAttempt;
  return {
    kind: 'pubsub',
    ...optional('messageId', text(message.messageId) ?? text(message.message_id)),
    ...optional('publishTimeMs', publishTime === undefined ? undefined : instantMs(publishTime)),
    data: dataOf(message.data),
    attributes: attributesOf(message.attributes),
    ...optional('deliveryAttempt', typeof attempt === 'number' ? attempt : undefined),
    ...optional('subscription', text(subscription)),
  };
}

function dataOf(data: unknown): Buffer {
  if (data === undefined || data === null) return Buffer.alloc(0);
  if (typeof data === 'string') return fromBase64(data);
  throw badEvent('the data of the message is not base64 text');
}

function attributesOf(attributes: unknown): Record<string, string> {
  if (!isRecord(attributes)) return {};
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
}

/** RFC 3339 in UTC or with an offset; finer digits than milliseconds are cut off. */
function instantMs(time: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(time)) return undefined;
  const ms = Date.parse(time.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(ms) ? undefined : ms;
}

function fromBase64(data: string): Buffer {
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) return Buffer.from(data, 'base64');
  throw badEvent('the data of the message is not base64 text');
}

/** Bodies come unparsed where the sender named no content type, or another one. */
function jsonOf(body: unknown): unknown {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return body;
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const optional = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, V>);

const badEvent = (what: string, hint?: string): FiresinkError =>
  refusal('bad-event', what, { hint });
