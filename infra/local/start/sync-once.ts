// One sync through the running system, begun as Cloud Scheduler or a person would: by a message.

import { createLog } from '@firesink/shared/log.ts';
import { formatRun } from '@firesink/shared/messages/run.ts';
import { createServices } from '@firesink/shared/services.ts';
import { followRun, shows } from '@firesink/shared/stages/follow-run.ts';
import { readStatus, type Status } from '@firesink/shared/stages/status.ts';
import type { LocalSystem } from '../system.ts';
import type { Output } from './output.ts';

/** Longer than anybody watches: `followRun` has a patience of its own. */
const DAY_MS = 24 * 3_600_000;

export interface Synced {
  status: Status;
  /** Every collection is in its table as it was when the sync began, or has no documents. */
  isComplete: boolean;
}

interface SyncOnceOptions {
  output: Output;
  /** Once aborted nothing more is read or said. */
  signal: AbortSignal;
  clock?: () => number;
}

/** @throws the signal's reason */
export async function syncOnce(
  system: LocalSystem,
  { output, signal, clock = Date.now }: SyncOnceOptions,
): Promise<Synced> {
  const { environment } = system;
  // The next millisecond, so that it holds all that was written until now. It is said in the message,
  // for Google's Pub/Sub emulator would not tell the functions when it was published.
  const runMs = clock() + 1;
  const run = formatRun(runMs);
  await publishSchedule(system, run);
  signal.throwIfAborted();
  output.progress(`run ${run}: a message to ${environment.prefix}-schedule`);
  // Its log is for operators; whoever runs this sees the summary.
  const services = createServices({ environment, log: createLog(() => {}) });
  try {
    const status = await followRun({
      runMs,
      read: async () => {
        const status = await readStatus(services);
        signal.throwIfAborted();
        return status;
      },
      idle: () => system.idle({ timeoutMs: DAY_MS }),
      onProgress: ({ slices }) => {
        const done = slices.filter((slice) => shows(slice, runMs)).length;
        output.live(`run ${run}: ${done} of ${slices.length} collections`);
      },
    });
    return { status, isComplete: status.slices.every((slice) => shows(slice, runMs)) };
  } finally {
    await services.close();
  }
}

async function publishSchedule({ clients, environment }: LocalSystem, run: string): Promise<void> {
  const pubsub = await clients.pubsub();
  const topic = pubsub.topic(`${environment.prefix}-schedule`);
  await topic.publishMessage({ json: { run } });
}
