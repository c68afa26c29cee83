import { FiresinkError } from '../errors.ts';
import type { PubsubEvent, StorageEvent } from '../messages/event.ts';

/** @throws {FiresinkError} refused `bad-event` for Cloud Storage's own events, which only load takes */
export function requirePubsub(event: PubsubEvent | StorageEvent): PubsubEvent {
  if (event.kind === 'pubsub') return event;
  throw new FiresinkError({
    outcome: 'refused',
    code: 'bad-event',
    what: `${event.type} is not for this function`,
    hint: 'Send it to the load function',
  });
}
