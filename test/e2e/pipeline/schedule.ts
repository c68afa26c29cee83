import { expect, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import {
  firesink,
  publish,
  query,
  rowsOf,
  runsOf,
  statusOf,
  takeDeadLetters,
} from '../../support/pipeline.ts';

/** Documents of the sample: table, source, how many. */
const SAMPLE = [
  ['firestore_apis', 'acme-logistics', 250n],
  ['firestore_apis', 'acme-payments', 400n],
  ['firestore_apis', 'acme-retail', 600n],
  ['firestore_apis', 'logistics-partners', 120n],
  ['firestore_backendservices', 'acme-logistics', 100n],
  ['firestore_backendservices', 'acme-payments', 160n],
  ['firestore_backendservices', 'acme-retail', 240n],
  ['firestore_backendservices', 'logistics-partners', 60n],
  ['firestore_capextchannels', 'acme-payments', 80n],
  ['firestore_capextchannels', 'acme-retail', 120n],
  ['firestore_capextchannels', 'logistics-partners', 40n],
  ['firestore_products', 'acme-logistics', 150n],
  ['firestore_products', 'acme-payments', 200n],
  ['firestore_products', 'acme-retail', 300n],
  ['firestore_versions', 'acme-payments', 700n],
  ['firestore_versions', 'acme-retail', 1200n],
];

export function scheduleTests(system: () => LocalSystem): void {
  test('brings every document of every source into its table, all of one instant', async () => {
    const counts = [];
    for (const table of new Set(SAMPLE.map(([name]) => name))) {
      const sql = `SELECT _source, COUNT(*) AS documents FROM ${table} GROUP BY _source`;
      const rows = await query(system(), sql);
      counts.push(...rows.map(({ _source, documents }) => [table, _source, documents]));
    }
    expect(counts.sort()).toEqual(SAMPLE);
    const status = await statusOf(system());
    expect(status.failed).toBe(0);
    const states = status.slices.map(({ state, documents, rows, run }) => ({
      state,
      missing: Number(documents) - rows,
      run,
    }));
    expect(states).toHaveLength(17);
    expect(states.filter(({ state }) => state === 'empty')).toHaveLength(1);
    expect(states.filter(({ state }) => state === 'loaded')).toHaveLength(16);
    expect(states.filter(({ missing }) => missing !== 0)).toEqual([]);
    expect(new Set(states.map(({ run }) => run))).toEqual(new Set([status.run]));
    expect(await takeDeadLetters(system())).toEqual([]);
  });

  test('tells people of every step in sync_events', async () => {
    const steps = await query(
      system(),
      'SELECT stage, state, COUNT(*) AS steps FROM sync_events GROUP BY stage, state ORDER BY stage, state',
    );
    expect(steps).toEqual([
      { stage: 'export', state: 'exported', steps: 17n },
      { stage: 'load', state: 'empty', steps: 1n },
      { stage: 'load', state: 'loaded', steps: 16n },
      { stage: 'plan', state: 'planned', steps: 17n },
    ]);
  });

  test('keeps 64-bit integers exact in the table, in query and in query --json', async () => {
    const sql =
      'SELECT MAX(calls_total) AS calls, MAX(rate_limit_per_minute) AS least FROM firestore_apis';
    const [row] = await query(system(), sql);
    const calls = row?.calls;
    // One of the counters of the sample that have outgrown the integers a double can hold, and odd.
    expect(calls).toBeGreaterThan(9_007_199_254_740_992n);
    const table = await firesink(system(), ['query', sql]);
    expect(table).toMatchObject({ exitCode: 0, stderr: '' });
    expect(table.stdout).toContain(`${calls}`);
    const json = await firesink(system(), ['--json', 'query', sql]);
    expect(json.stdout).toBe(`[{"calls":${calls},"least":60000}]\n`);
  });

  test('for some sources and collections leaves the others alone', async () => {
    const before = await runsOf(system(), 'firestore_apis', 'acme-payments');
    const sources = ['acme-logistics', 'logistics-partners'];
    await publish(system(), 'schedule', { sources, collections: ['backendservices'] });
    await system().idle();
    const run = await runsOf(system(), 'firestore_backendservices', 'acme-logistics');
    expect(run).toEqual(await runsOf(system(), 'firestore_backendservices', 'logistics-partners'));
    expect(run).not.toEqual(before);
    expect(await runsOf(system(), 'firestore_backendservices', 'acme-payments')).toEqual(before);
    expect(await runsOf(system(), 'firestore_apis', 'acme-logistics')).toEqual(before);
  });

  test('of Cloud Scheduler names a whole minute, and never brings older rows back', async () => {
    const shown = await rowsOf(system(), 'firestore_apis', 'acme-payments');
    await publish(system(), 'schedule', { trigger: 'scheduler', collections: ['apis'] });
    await system().idle();
    // The minute began before the run shown, or a new one has begun since: both are right.
    const [run] = await runsOf(system(), 'firestore_apis', 'acme-payments');
    const [planned] = await query(
      system(),
      "SELECT MAX(run) AS run FROM sync_events WHERE stage = 'plan' AND run LIKE '%00.000Z'",
    );
    expect(planned?.run).toMatch(/^\d{8}T\d{4}00\.000Z$/);
    expect(String(run) >= String(shown[0]?._run)).toBe(true);
    expect(await rowsOf(system(), 'firestore_apis', 'acme-payments')).toHaveLength(400);
  });
}
