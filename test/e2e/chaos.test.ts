// A few seeds of chaos in every run of the tests; many more in test/long, any by hand: pnpm chaos --seed N.
import { expect, test } from 'vitest';
import { runCampaign } from '../chaos/campaign.ts';

test('faults, late and double deliveries and killed functions leave the tables as the model has them', {
  timeout: 600_000,
}, async () => {
  const { violations, observations, jobs } = await runCampaign({ seed: 1, runs: 4 });
  expect(violations).toEqual([]);
  // A slice has at least one job, and is looked at many times.
  expect(jobs).toBeGreaterThanOrEqual(8);
  expect(observations).toBeGreaterThan(50);
});
