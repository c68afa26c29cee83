// Messages of the schedule topic: {"trigger":"scheduler"} from Cloud Scheduler; {} or
// {"sources":["orders-dev"],"collections":["apis"]} from a person; each may carry a run.
import { z } from 'zod';
import type { Environment } from '../config/environment.ts';
import { type Pair, tasks } from '../config/lookup.ts';
import type { PubsubEvent } from './event.ts';
import { parseMessage, RUN } from './json.ts';
import { resolveRun } from './run.ts';

/** An empty list is a slip of whoever made it: a schedule of nothing would pass in silence. */
const names = z.array(z.string()).min(1, 'names none: leave it out for all of them');

const SCHEDULE = z.strictObject({
  trigger: z.literal('scheduler').optional(),
  sources: names.optional(),
  collections: names.optional(),
  run: RUN.optional(),
});

export interface ScheduleTask {
  /** One instant for all of them. Milliseconds since 1970, UTC. */
  runMs: number;
  pairs: readonly Pair[];
}

/** @throws FiresinkError refused `bad-message`, `unknown-source`, `unknown-collection`, and all of `resolveRun` */
export function parseScheduleMessage(
  event: PubsubEvent,
  environment: Environment,
  nowMs: number = Date.now(),
): ScheduleTask {
  const { trigger, sources, collections, run } = parseMessage(event, SCHEDULE);
  const scheduled = trigger === 'scheduler';
  return {
    runMs: resolveRun({ run, publishTimeMs: event.publishTimeMs, scheduled, nowMs }),
    pairs: tasks(environment, { sources, collections }),
  };
}
