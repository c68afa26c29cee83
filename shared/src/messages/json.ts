// The data of a Pub/Sub message as JSON of a given shape.
import { z } from 'zod';
import { describeIssues } from '../config/issues.ts';
import { refusal } from '../config/refusal.ts';
import type { FiresinkError } from '../errors.ts';
import type { PubsubEvent } from './event.ts';

/** @throws FiresinkError refused `bad-message`: no data, no JSON, or not of this shape */
export function parseMessage<S extends z.ZodType>(event: PubsubEvent, schema: S): z.output<S> {
  const value = jsonOf(event);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = describeIssues(result.error, schema, value);
  const told = issues.map(({ what, hint }) => (hint === undefined ? what : `${what} (${hint})`));
  throw badMessage(event, told.join('; '));
}

function jsonOf(event: PubsubEvent): unknown {
  if (event.data.length === 0) {
    const names = Object.keys(event.attributes);
    const only = names.length > 0 ? `, only attributes (${names.join(', ')})` : '';
    throw badMessage(
      event,
      `the message carries no data${only}`,
      'firesink reads the data: put the JSON there',
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(event.data));
  } catch (cause) {
    throw badMessage(
      event,
      `the data is not JSON: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
}

/** Refused, `bad-message`, saying which message. */
export function badMessage(
  { messageId, subscription }: PubsubEvent,
  what: string,
  hint?: string,
): FiresinkError {
  const where = [
    messageId === undefined ? undefined : `message ${messageId}`,
    subscription === undefined ? undefined : `of ${subscription}`,
  ].filter((part) => part !== undefined);
  return refusal('bad-message', what, { where: where.join(' ') || undefined, hint });
}

/** Checked for its form by `resolveRun`, which knows the rest of the rules too. */
export const RUN = z.string();
