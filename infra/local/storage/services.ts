// What every operation works with.
import type { Call, Reply } from './call.ts';
import type { Outbox } from './outbox.ts';
import type { Sessions } from './sessions.ts';
import type { Store } from './store.ts';

export interface Services {
  store: Store;
  sessions: Sessions;
  /** Absent where the server was started without a way to publish. */
  outbox: Outbox | undefined;
}

export type Operation = (call: Call, services: Services) => Promise<Reply> | Reply;
