// The whole search of the chain's decision: three snapshots and more that goes wrong, as chain_model.py had
// it before there was any code. Prints how many states each world has, and what leads to every violation.
import { decide } from '@firesink/shared/warehouse/chain.ts';
import { describe, test } from 'vitest';
import { withoutSecondLook, withoutWait, withoutWalk } from '../support/chain-guards.ts';
import { type ModelOptions, searchChain } from '../support/chain-model.ts';

type World = Omit<ModelOptions, 'decide'>;

/** States. The largest world has about four million. */
const maxStates = 12_000_000;

const GOOD: [string, World][] = [
  ['three snapshots, a crash, a failed job, a duplicate event', {}],
  ['three snapshots, of which the newest is bad', { bad: [3] }],
  ['three snapshots, of which the second is bad', { bad: [2] }],
  ['two snapshots, stale reads', { snapshots: 2, staleReads: true }],
  ['two snapshots, two crashes', { snapshots: 2, crashes: 2 }],
  ['two snapshots, three workers', { snapshots: 2, workers: 3 }],
  ['two snapshots, a slice emptied by hand', { snapshots: 2, tampers: 1 }],
  ['three snapshots, the second without rows', { empty: [2] }],
  ['three snapshots, the newest without rows', { empty: [3] }],
  ['two snapshots without rows, and a hand', { snapshots: 2, empty: [1, 2], tampers: 1 }],
  ['two snapshots, two failed jobs, two duplicates', { snapshots: 2, failures: 2, duplicates: 2 }],
];

const WITHOUT: [string, ModelOptions][] = [
  ['the second look', { decide: withoutSecondLook, snapshots: 2, tampers: 1 }],
  ['the walk along finished jobs', { decide: withoutWalk }],
  ['the claim by id', { decide, claims: false }],
  ['the wait for a running job', { decide: withoutWait }],
];

const print = (line: string) => process.stdout.write(`${line}\n`);

describe('with every guard no interleaving goes wrong', () => {
  test.for(GOOD)('%s', ([name, world], { expect }) => {
    const { violation, trace, states } = searchChain({ decide, maxStates, ...world });
    print(`chain: ${name}: ${violation ?? 'good'}, ${states.toLocaleString('en')} states`);
    expect(trace).toEqual([]);
    expect(violation).toBeUndefined();
  });
});

describe('without one guard some interleaving does', () => {
  test.for(WITHOUT)('%s', ([name, options], { expect }) => {
    const { violation, trace, states } = searchChain({ maxStates, ...options });
    print(`chain without ${name}: ${violation}, after ${states.toLocaleString('en')} states`);
    for (const step of trace) print(`  ${step}`);
    expect(violation).toMatch(/two jobs at once|went back|in the end the slice shows/);
  });
});
