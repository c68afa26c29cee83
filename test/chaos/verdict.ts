// What can be said only when all is over: of the jobs there were, and of what was set aside.
import { hashSlice } from '@firesink/shared/warehouse/slice.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { takeDeadLetters } from '../support/pipeline.ts';
import type { Scenario } from './scenario.ts';

export interface Violation {
  seed: number | undefined;
  what: string;
}

interface Interval {
  id: string;
  fromMs: number;
  toMs: number;
}

/** Two jobs of one slice at the same time. */
export async function judgeJobs(
  system: LocalSystem,
  scenarios: readonly Scenario[],
): Promise<{ jobs: number; violations: Violation[] }> {
  const bigquery = await system.clients.bigquery();
  const [jobs] = await bigquery.getJobs({ autoPaginate: true });
  const intervals = jobs.map(({ id, metadata }) => ({
    id: String(metadata.jobReference?.jobId ?? id),
    fromMs: Number(metadata.statistics?.creationTime),
    toMs: Number(metadata.statistics?.endTime),
  }));
  const bySlice = Map.groupBy(intervals, ({ id }) => id.split('_')[1] ?? '');
  const violations = scenarios.flatMap(({ seed, slices }) =>
    slices.flatMap(({ pair }) => {
      const { project, dataset } = system.environment.warehouse;
      const { source, collection } = pair;
      const address = { project, dataset, table: collection.table, slice: source.slice };
      return overlaps(bySlice.get(hashSlice(address)) ?? []).map((what) => ({ seed, what }));
    }),
  );
  return { jobs: intervals.length, violations };
}

function overlaps(jobs: readonly Interval[]): string[] {
  const inOrder = jobs.toSorted((a, b) => a.fromMs - b.fromMs);
  return inOrder.slice(1).flatMap((job, index) => {
    const before = inOrder[index];
    return before && job.fromMs < before.toMs
      ? [`two jobs at once: ${before.id} and ${job.id}`]
      : [];
  });
}

const EXPECTED_CODES = new Set(['bad-snapshot', 'bad-upload']);

/** Dead letters that nobody had reason to write. */
export async function judgeDeadLetters(
  system: LocalSystem,
  scenarios: readonly Scenario[],
): Promise<{ deadLetters: number; violations: Violation[] }> {
  const letters = await takeDeadLetters(system);
  const violations = letters.flatMap(({ data, code = 'none', error }) => {
    const owner = scenarios.find(({ bad }) => [...bad].some((name) => data.includes(name)));
    if (owner && EXPECTED_CODES.has(code)) return [];
    return [{ seed: owner?.seed, what: `set aside as ${code}: ${error} ${data.slice(0, 200)}` }];
  });
  return { deadLetters: letters.length, violations };
}
