// A step of the pipeline as people see it: logged once, and a row of `sync_events`, however it ends.
import type { FiresinkError } from '../errors.ts';
import { toFiresinkError } from '../google-errors.ts';
import type { Services } from '../services.ts';
import { recordSyncEvents, type Stage, type SyncEvent } from '../warehouse/sync-events.ts';

/** What is known of a step before it begins. */
export type StepSubject = Pick<
  SyncEvent,
  'run' | 'source' | 'collection' | 'table' | 'object' | 'generation'
> & { stage: Stage };

export type StepResult = Omit<SyncEvent, 'stage' | 'durationMs'>;

/**
 * Does the work and records how it ended. What may succeed later leaves no row: it has not ended.
 * @throws {FiresinkError} always one, whatever the work threw
 */
export async function runStep(
  services: Services,
  subject: StepSubject,
  work: () => Promise<StepResult>,
): Promise<SyncEvent> {
  const startedMs = services.clock();
  const elapsedMs = () => services.clock() - startedMs;
  try {
    const event = { ...subject, ...(await work()), durationMs: elapsedMs() };
    services.log.info(`${event.stage}: ${event.state}`, event);
    await recordSyncEvents(services, [event]);
    return event;
  } catch (cause) {
    const error = toFiresinkError(cause);
    if (error.outcome !== 'retry') {
      const durationMs = elapsedMs();
      await recordSyncEvents(services, [{ ...subject, ...failureOf(error), durationMs }]);
    }
    throw error;
  }
}

/** @param error  any but one worth a retry */
export function failureOf(
  error: FiresinkError,
): Pick<SyncEvent, 'state' | 'errorCode' | 'error' | 'hint'> {
  const state = error.outcome === 'retry' ? 'failed' : error.outcome;
  const text = `${error.where ? `${error.where}: ` : ''}${error.what}`;
  return { state, errorCode: error.code, error: text, hint: error.hint };
}
