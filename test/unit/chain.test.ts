// The chain's decision: every interleaving of a small world is good, and each guard is needed.
import { decide } from '@firesink/shared/warehouse/chain.ts';
import { describe, expect, test } from 'vitest';
import { withoutSecondLook, withoutWait, withoutWalk } from '../support/chain-guards.ts';
import { type ModelOptions, searchChain } from '../support/chain-model.ts';

/** Small enough for every run of the tests; the whole search is in test/long. */
const GOOD: [string, Omit<ModelOptions, 'decide'>][] = [
  ['two snapshots, a crash, a duplicate event', { snapshots: 2, failures: 0 }],
  ['a failed job', { snapshots: 2, crashes: 0 }],
  ['the newest of two snapshots is bad', { snapshots: 2, bad: [2], failures: 0, crashes: 0 }],
  ['stale reads', { snapshots: 2, staleReads: true, failures: 0, crashes: 0 }],
  ['a slice emptied by hand', { snapshots: 2, tampers: 1, failures: 0, crashes: 0, duplicates: 0 }],
  ['the first of two snapshots deletes', { snapshots: 2, empty: [1], failures: 0 }],
  ['the second of two snapshots deletes', { snapshots: 2, empty: [2], failures: 0 }],
];

/** Milliseconds: hundreds of thousands of states, on a machine that may be busy. */
const TIMEOUT_MS = 180_000;

describe('the slice only goes forward, one job at a time, to the newest', {
  timeout: TIMEOUT_MS,
}, () => {
  test.for(GOOD)('with %s', ([, options], { expect: expectHere }) => {
    const { violation, trace, states } = searchChain({ decide, ...options });
    expectHere(trace).toEqual([]);
    expectHere(violation).toBeUndefined();
    expectHere(states).toBeGreaterThan(1_000);
  });
});

describe('a handler that leaves out one guard is found out', { timeout: TIMEOUT_MS }, () => {
  test('the claim by id: two jobs run at once', () => {
    const { violation, trace } = searchChain({ decide, snapshots: 2, claims: false });
    expect(violation).toBe('two jobs at once');
    expect(trace.length).toBeGreaterThan(0);
  });

  test('the wait for a running job: two jobs run at once', () => {
    expect(searchChain({ decide: withoutWait, snapshots: 2 }).violation).toBe('two jobs at once');
  });

  test('the walk along finished jobs: the slice goes back, or two jobs run at once', () => {
    const { violation } = searchChain({
      decide: withoutWalk,
      snapshots: 3,
      failures: 0,
      crashes: 0,
    });
    expect(violation).toMatch(/went back|two jobs at once/);
  });

  test('the second look: a slice emptied by hand stays empty', () => {
    const options = {
      decide: withoutSecondLook,
      snapshots: 2,
      tampers: 1,
      failures: 0,
      crashes: 0,
    };
    expect(searchChain(options).violation).toMatch(/in the end the slice shows 0/);
  });
});
