// Many runs of chaos over one set of stand-ins, several at a time, while function processes are killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { mapConcurrently } from '@firesink/shared/concurrency.ts';
import { tasks } from '@firesink/shared/config/lookup.ts';
import { hashSlice } from '@firesink/shared/warehouse/slice.ts';
import type { Guard } from '../support/chain-guards.ts';
import { firestoreOf } from '../support/local.ts';
import { bucketOf } from '../support/pipeline.ts';
import { observe, readRows } from './observer.ts';
import { chance, choice } from './random.ts';
import { planScenario, type Scenario } from './scenario.ts';
import { judgeDeadLetters, judgeJobs, type Violation } from './verdict.ts';
import { type ChaosWorld, openChaosWorld } from './world.ts';

export interface CampaignOptions {
  /** Of the first run; the others follow by ones. */
  seed: number;
  runs: number;
  without?: Guard | undefined;
  onProgress?: (done: number) => void;
}

export interface Report {
  runs: number;
  violations: Violation[];
  kills: number;
  jobs: number;
  observations: number;
  deadLetters: number;
  /** What the functions logged of the seeds that went wrong. */
  logs: string[];
}

const RUNS_AT_ONCE = 10;
/** Milliseconds until a run's tables must show the newest, whatever happens. */
const SETTLE_MS = 400_000;
const POLL_MS = 250;

export async function runCampaign(options: CampaignOptions): Promise<Report> {
  const seeds = Array.from({ length: options.runs }, (_, index) => options.seed + index);
  const jobOwners = new Map<string, number>();
  const seedOf = (text: string): number | undefined => {
    const collection = /(?:firestore_|\/|"collection":")s(\d+)\b/.exec(text)?.[1];
    if (collection !== undefined) return Number(collection);
    return jobOwners.get(/firesink_([0-9a-f]+)_/.exec(text)?.[1] ?? '');
  };
  await using world = await openChaosWorld({ seeds, without: options.without, seedOf });
  for (const { source, collection } of tasks(world.system.environment)) {
    const { project, dataset } = world.system.environment.warehouse;
    const address = { project, dataset, table: collection.table, slice: source.slice };
    jobOwners.set(hashSlice(address), Number(collection.name.slice(1)));
  }
  const killer = startKiller(world, options.seed);
  const { scenarios, violations } = await runAll(world, seeds, options.onProgress ?? (() => {}));
  const kills = await killer.stop();
  violations.push(...(await settleAll(world, scenarios)));
  const jobs = await judgeJobs(world.system, scenarios);
  const letters = await judgeDeadLetters(world.system, scenarios);
  violations.push(...jobs.violations, ...letters.violations);
  const slices = scenarios.flatMap((scenario) => scenario.slices);
  return {
    runs: options.runs,
    violations,
    kills,
    jobs: jobs.jobs,
    observations: slices.reduce((sum, slice) => sum + slice.observations, 0),
    deadLetters: letters.deadLetters,
    logs: [...new Set(violations.map(({ seed }) => seed))].flatMap((seed) =>
      seed === undefined ? [] : world.logOf(`s${seed}`),
    ),
  };
}

async function runAll(
  world: ChaosWorld,
  seeds: readonly number[],
  onProgress: (done: number) => void,
): Promise<{ scenarios: Scenario[]; violations: Violation[] }> {
  const firestore = firestoreOf(world.system, { project: 'shop' });
  const violations: Violation[] = [];
  let done = 0;
  const scenarios = await mapConcurrently(seeds, RUNS_AT_ONCE, async (seed) => {
    const scenario = planScenario(world, firestore, seed);
    const observers = scenario.slices.map((slice) => observe(world.system, slice));
    await scenario.feed();
    const unsettled = await settle(world, scenario);
    if (unsettled.length === 0 && (await scenario.tamper())) {
      unsettled.push(...(await settle(world, scenario)));
    }
    violations.push(...unsettled);
    for (const stop of observers) await stop();
    onProgress(++done);
    return scenario;
  });
  await firestore.terminate();
  return { scenarios, violations };
}

/** @returns what is not as it should be in the end */
async function settle({ system }: ChaosWorld, { seed, slices }: Scenario): Promise<Violation[]> {
  const deadlineMs = Date.now() + SETTLE_MS;
  const bucket = await bucketOf(system);
  for (const slice of slices) {
    for (;;) {
      // A slice without rows shows an empty snapshot long before there is one.
      const [exists] = await bucket.file(slice.newestObject).exists();
      const rows = await readRows(system, slice);
      if (exists && slice.isSettled(rows)) break;
      if (Date.now() > deadlineMs) return [{ seed, what: slice.describe(rows) }];
      await sleep(POLL_MS);
    }
  }
  return [];
}

/** Every message has to end, and once more when all come a second time; then the tables are final. */
async function settleAll(
  { system }: ChaosWorld,
  scenarios: readonly Scenario[],
): Promise<Violation[]> {
  try {
    await system.idle({ timeoutMs: SETTLE_MS });
    system.redeliverAll();
    await system.idle({ timeoutMs: SETTLE_MS });
  } catch (error) {
    return [{ seed: undefined, what: `messages that do not end: ${error}` }];
  }
  const violations: Violation[] = [];
  for (const { seed, slices } of scenarios) {
    for (const slice of slices) {
      const rows = await readRows(system, slice);
      slice.observe(rows);
      if (!slice.isSettled(rows)) violations.push({ seed, what: slice.describe(rows) });
      violations.push(...slice.close().map((what) => ({ seed, what })));
    }
  }
  return violations;
}

function startKiller(world: ChaosWorld, seed: number): { stop(): Promise<number> } {
  const stop = new AbortController();
  const killing = (async () => {
    let kills = 0;
    for (;;) {
      const pauseMs = 2_500 + chance(seed, `kill ${kills}`) * 4_000;
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return kills;
      await world.kill(choice(seed, `whom ${kills}`, world.processes));
      kills++;
    }
  })();
  return {
    stop() {
      stop.abort();
      return killing;
    },
  };
}
