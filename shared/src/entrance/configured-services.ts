// The services of the environment that the configuration names now. It is read again for every event, so
// that a change needs no deployment, and clients are kept for as long as it says the same.
import { isDeepStrictEqual } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { configReader } from '../config/reader.ts';
import { FiresinkError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createServices, type Services } from '../services.ts';

/** @throws {FiresinkError} always retry: whatever is wrong with the configuration, no message is at fault */
export function configuredServices(log: Log): () => Promise<Services> {
  const read = configReader({
    storage: async () => {
      const { Storage } = await import('@google-cloud/storage');
      return new Storage();
    },
  });
  let current: Services | undefined;
  return async () => {
    const { environment } = await loadConfig({ read }).catch(retryLater);
    if (!isDeepStrictEqual(environment, current?.environment)) {
      current = createServices({ environment, log });
    }
    return current as Services;
  };
}

function retryLater(error: unknown): never {
  if (!(error instanceof FiresinkError)) throw error;
  const { code, what, where, hint } = error;
  throw new FiresinkError({
    outcome: 'retry',
    code,
    what,
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}
