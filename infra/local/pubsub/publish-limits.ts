// What a publish request may hold: https://cloud.google.com/pubsub/quotas#resource_limits
import { checkBounds, invalidArgument } from './errors.ts';
import type { PubsubMessage } from './wire.ts';

const MOST_MESSAGES = 1000;
/** Bytes of the whole request in protobuf. */
const LARGEST_REQUEST = 10_000_000;
const MOST_ATTRIBUTES = 100;
/** Bytes. */
const LONGEST_ATTRIBUTE_KEY = 256;
const LONGEST_ATTRIBUTE_VALUE = 1024;
const LONGEST_ORDERING_KEY = 1024;

/** @throws {PubsubError} INVALID_ARGUMENT for the first limit that is passed; nothing is published then */
export function checkPublish(topic: string, messages: readonly PubsubMessage[]): void {
  checkBounds('message_count', messages.length, { min: 1, max: MOST_MESSAGES });
  for (const message of messages) checkMessage(message);
  checkBounds('request_size', requestBytes(topic, messages), { min: 0, max: LARGEST_REQUEST });
  if (new Set(messages.map(({ orderingKey }) => orderingKey)).size > 1) {
    throw invalidArgument(
      'In a single publish request, all messages must have no ordering key or they must all have the same ordering key.',
    );
  }
}

function checkMessage({ data, attributes, orderingKey }: PubsubMessage): void {
  const entries = Object.entries(attributes);
  if (data.length === 0 && entries.length === 0) {
    throw invalidArgument(
      'One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.',
    );
  }
  checkBounds('attributes_count', entries.length, { min: 0, max: MOST_ATTRIBUTES });
  for (const [key, value] of entries) {
    const keyBytes = Buffer.byteLength(key);
    checkBounds('attribute_key_size', keyBytes, { min: 1, max: LONGEST_ATTRIBUTE_KEY });
    const valueBytes = Buffer.byteLength(value);
    checkBounds('attribute_value_size', valueBytes, { min: 0, max: LONGEST_ATTRIBUTE_VALUE });
    if (key.startsWith('goog')) {
      throw invalidArgument(`Attribute keys must not begin with "goog" (key=${key}).`);
    }
  }
  const keyBytes = Buffer.byteLength(orderingKey);
  checkBounds('ordering_key_size', keyBytes, { min: 0, max: LONGEST_ORDERING_KEY });
}

/** Of `google.pubsub.v1.PublishRequest` on the wire. All field numbers are below 16: a tag is one byte. */
function requestBytes(topic: string, messages: readonly PubsubMessage[]): number {
  let bytes = fieldBytes(Buffer.byteLength(topic));
  for (const { data, attributes, orderingKey } of messages) {
    let message = data.length > 0 ? fieldBytes(data.length) : 0;
    if (orderingKey) message += fieldBytes(Buffer.byteLength(orderingKey));
    for (const [key, value] of Object.entries(attributes)) {
      const entry = fieldBytes(Buffer.byteLength(key)) + fieldBytes(Buffer.byteLength(value));
      message += fieldBytes(entry);
    }
    bytes += fieldBytes(message);
  }
  return bytes;
}

function fieldBytes(length: number): number {
  const lengthBytes = Math.max(1, Math.ceil(Math.log2(length + 1) / 7));
  return 1 + lengthBytes + length;
}
