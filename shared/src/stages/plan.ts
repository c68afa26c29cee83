// The first stage: one export message per (source, collection), all of one instant. Then the sweep over
// everything that is there already.
import { formatExportMessage } from '../messages/export.ts';
import { formatRun } from '../messages/run.ts';
import type { ScheduleTask } from '../messages/schedule.ts';
import type { Services } from '../services.ts';
import { recordSyncEvents, type SyncEvent } from '../warehouse/sync-events.ts';
import { sweep } from './sweep.ts';

/** @returns an event for each message sent */
export async function plan(
  { runMs, pairs }: ScheduleTask,
  services: Services,
): Promise<SyncEvent[]> {
  const run = formatRun(runMs);
  await Promise.all(
    pairs.map(({ source, collection }) => {
      const flags = { allowEmpty: false, allowShrink: false };
      const message = formatExportMessage({
        origin: 'firestore',
        source,
        collection,
        runMs,
        ...flags,
      });
      return services.publish('export', { data: Buffer.from(message) });
    }),
  );
  const events = pairs.map(
    ({ source, collection }): SyncEvent => ({
      stage: 'plan',
      state: 'planned',
      run,
      source: source.name,
      collection: collection.name,
      table: collection.table,
    }),
  );
  services.log.info('plan: planned', { run, tasks: events.length });
  await recordSyncEvents(services, events);
  await sweep(services);
  return events;
}
