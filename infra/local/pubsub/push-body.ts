// A message as an endpoint receives it: https://cloud.google.com/pubsub/docs/push (read November 2026). The
// wrapped body is the JSON form of protobuf, so what is empty is left out.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { StoredMessage } from './journal.ts';
import type { PushConfig } from './wire.ts';

export interface PushBody {
  headers: Record<string, string>;
  body: Buffer;
}

/** `2026-11-24T01:33:45.971Z`; without the fraction where that is zero, as protobuf's JSON has it. */
function formatPublishTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/** @param attempt only sent if the subscription has a dead-letter policy */
export function formatPush(
  message: StoredMessage,
  subscription: string,
  config: PushConfig,
  attempt: number | undefined,
): PushBody {
  if (config.noWrapper) {
    const headers = config.noWrapper.writeMetadata ? metadataHeaders(message, subscription) : {};
    return { headers, body: message.data };
  }
  const { id, data, attributes, orderingKey } = message;
  const publishTime = formatPublishTime(message.publishTimeMs);
  const wrapped = {
    message: {
      ...(Object.keys(attributes).length > 0 && { attributes }),
      ...(data.length > 0 && { data: data.toString('base64') }),
      messageId: id,
      message_id: id,
      ...(orderingKey && { orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription,
    ...(attempt !== undefined && { deliveryAttempt: attempt }),
  };
  return {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(wrapped)),
  };
}

function metadataHeaders(message: StoredMessage, subscription: string): Record<string, string> {
  const attributes = Object.entries(message.attributes).filter(([name, value]) =>
    isHeader(name, value),
  );
  return {
    ...Object.fromEntries(attributes),
    'x-goog-pubsub-subscription-name': subscription,
    'x-goog-pubsub-message-id': message.id,
    'x-goog-pubsub-publish-time': formatPublishTime(message.publishTimeMs),
    ...(message.orderingKey && { 'x-goog-pubsub-ordering-key': message.orderingKey }),
  };
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
