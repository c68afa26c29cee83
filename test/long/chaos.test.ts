// Two hundred seeds; and a loader that lacks one guard is found out within a few.
import { expect, test } from 'vitest';
import { runCampaign } from '../chaos/campaign.ts';
import { GUARDS, type Guard } from '../support/chain-guards.ts';

/** Milliseconds, on two cores that have nothing else to do. */
const TEN_MINUTES_MS = 600_000;

test('two hundred runs from seed 1 break no promise, within ten minutes', async () => {
  const startedMs = performance.now();
  const report = await runCampaign({ seed: 1, runs: 200 });
  const { runs, kills, jobs, observations, deadLetters } = report;
  process.stdout.write(
    `chaos: ${runs} runs, ${kills} kills, ${jobs} jobs, ${observations} observations, ${deadLetters} dead letters\n`,
  );
  expect(report.violations).toEqual([]);
  expect(performance.now() - startedMs).toBeLessThan(TEN_MINUTES_MS);
});

test.for(Object.keys(GUARDS) as Guard[])('a loader without the %s is noticed', async (without) => {
  const { violations } = await runCampaign({ seed: 1, runs: 12, without });
  process.stdout.write(`chaos without the ${without}: ${violations[0]?.what}\n`);
  expect(violations).not.toEqual([]);
});
