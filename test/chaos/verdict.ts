// What can be said only when all is over: of the jobs there were, and of what was set aside.
import { hashSlice } from '@firesink/shared/warehouse/slice.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { takeDeadLetters } from '../support/pipeline.ts';
import type { Scenario } from './scenario.ts';

export interface Violation {
  seed: number | undefined;
  what: string;
}

interface Job {
  id: string;
  /** Stem that it followed, as its id has it. */
  from: string;
  attempt: number;
  /** Stem that it led to, in the id's form; undefined where it failed. */
  target: string | undefined;
  fromMs: number;
  toMs: number;
}

const JOB_ID = /^firesink_(?<slice>[0-9a-f]+)_(?<from>.+)_(?<attempt>\d+)$/;

/** Two jobs of one slice at the same time, and two that lead on from one snapshot. */
export async function judgeJobs(
  system: LocalSystem,
  scenarios: readonly Scenario[],
): Promise<{ jobs: number; violations: Violation[] }> {
  const bigquery = await system.clients.bigquery();
  const [all] = await bigquery.getJobs({ autoPaginate: true, projection: 'full' });
  const bySlice = new Map<string, Job[]>();
  for (const { id, metadata } of all) {
    const { jobReference, configuration, statistics, status } = metadata;
    const {
      slice = '',
      from = '',
      attempt,
    } = JOB_ID.exec(String(jobReference?.jobId ?? id))?.groups ?? {};
    const label = String(configuration?.labels?.firesink_run ?? '');
    const job = {
      id: `${from} ${attempt}`,
      from,
      attempt: Number(attempt),
      target: status?.errorResult ? undefined : label.replace('-', '_').toUpperCase(),
      fromMs: Number(statistics?.creationTime),
      toMs: Number(statistics?.endTime),
    };
    bySlice.set(slice, [...(bySlice.get(slice) ?? []), job]);
  }
  const { project, dataset } = system.environment.warehouse;
  const violations = scenarios.flatMap(({ seed, slices }) =>
    slices.flatMap(({ pair: { source, collection } }) => {
      const address = { project, dataset, table: collection.table, slice: source.slice };
      const jobs = bySlice.get(hashSlice(address)) ?? [];
      return [...overlaps(jobs), ...forks(jobs)].map((what) => ({ seed, what }));
    }),
  );
  return { jobs: all.length, violations };
}

function overlaps(jobs: readonly Job[]): string[] {
  const inOrder = jobs.toSorted((a, b) => a.fromMs - b.fromMs);
  return inOrder.slice(1).flatMap((job, index) => {
    const before = inOrder[index];
    return before && job.fromMs < before.toMs
      ? [`two jobs at once: ${before.id} and ${job.id}`]
      : [];
  });
}

/** After a job that led on, there is no further attempt at the same place. */
function forks(jobs: readonly Job[]): string[] {
  const inOrder = jobs.toSorted((a, b) => a.attempt - b.attempt);
  return [...Map.groupBy(inOrder, ({ from }) => from).values()].flatMap((attempts) => {
    const led = attempts.find(
      ({ from, target }) => target !== undefined && target !== from.toUpperCase(),
    );
    const later = led && attempts.find(({ attempt }) => attempt > led.attempt);
    return later ? [`two jobs that lead on: ${led.id} and ${later.id}`] : [];
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
