// What can never succeed is set aside with its reason, and acknowledged: it does not go round.
import type { FiresinkError } from '../errors.ts';
import { decodeEvent } from '../messages/event.ts';
import type { PublishedMessage, Services } from '../services.ts';
import type { FunctionRequest } from './entrance.ts';

/** Bytes. Pub/Sub, "Resource limits": value of an attribute, less room for cutting within a character. */
const MAX_ATTRIBUTE_BYTES = 1_000;

/**
 * The message as it came, its own attributes included, with the reason in attributes beside them:
 * `firesinkFunction`, `firesinkCode`, `firesinkError`, `firesinkHint`, `firesinkMessageId`, `firesinkPublishTime`.
 */
export async function sendDeadLetter(
  services: Services,
  functionName: string,
  request: FunctionRequest,
  error: FiresinkError,
): Promise<void> {
  const { code, message, hint, outcome } = error;
  services.log.error('given up: set aside as a dead letter', { code, outcome, error: message });
  const { data, attributes, origin } = messageOf(request);
  await services.publish('dead-letter', {
    data,
    attributes: {
      ...attributes,
      ...origin,
      firesinkFunction: functionName,
      firesinkCode: code,
      firesinkError: cut(message),
      ...(hint === undefined ? {} : { firesinkHint: cut(hint) }),
    },
  });
}

interface Original extends PublishedMessage {
  origin: Record<string, string>;
}

function messageOf(request: FunctionRequest): Original {
  try {
    const event = decodeEvent(request);
    if (event.kind === 'storage') return { data: asJson(event.data), origin: {} };
    const { data, attributes, messageId, publishTimeMs } = event;
    return {
      data,
      attributes: { ...attributes },
      origin: {
        ...(messageId === undefined ? {} : { firesinkMessageId: messageId }),
        ...(publishTimeMs === undefined
          ? {}
          : { firesinkPublishTime: new Date(publishTimeMs).toISOString() }),
      },
    };
  } catch {
    // It is no event at all: the whole body is what came.
    return { data: asJson(request.body), origin: {} };
  }
}

const asJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '');

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_ATTRIBUTE_BYTES) return text;
  return `${bytes
    .subarray(0, MAX_ATTRIBUTE_BYTES)
    .toString()
    .replace(/\uFFFD$/, '')}…`;
}
