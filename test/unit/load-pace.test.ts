// Starts of load jobs into one table keep below BigQuery's 50 changes in ten seconds.
import { Pace } from '@firesink/shared/warehouse/pace.ts';
import { expect, test } from 'vitest';

const NEVER = Number.POSITIVE_INFINITY;

const grantMany = (
  pace: Pace,
  table: string,
  count: number,
  nowMs: number,
): (number | undefined)[] =>
  Array.from({ length: count }, (_, index) =>
    pace.grant(table, `job${nowMs}_${index}`, nowMs, NEVER),
  );

test('fifteen loads start at once, the next fifteen ten seconds after them', () => {
  const starts = grantMany(new Pace(), 't', 40, 1_000);
  expect(starts.filter((ms) => ms === 1_000)).toHaveLength(15);
  expect(starts.filter((ms) => ms === 11_000)).toHaveLength(15);
  expect(starts.filter((ms) => ms === 21_000)).toHaveLength(10);
});

test('three hundred loads of any arrival never are more than fifteen in ten seconds', () => {
  const pace = new Pace();
  const starts = Array.from({ length: 300 }, (_, index) => {
    const nowMs = index * ((index * 7) % 900);
    return pace.grant('t', `job${index}`, nowMs, NEVER) ?? NEVER;
  }).sort((a, b) => a - b);
  const gaps = starts.slice(15).map((ms, index) => ms - (starts[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
});

test('tables do not wait for each other', () => {
  const pace = new Pace();
  grantMany(pace, 'a', 15, 0);
  expect(pace.grant('b', 'job', 5, NEVER)).toBe(5);
});

test('fifty who claim the same job take one place', () => {
  const pace = new Pace();
  const same = Array.from({ length: 50 }, () => pace.grant('t', 'same', 0, NEVER));
  expect(new Set(same)).toEqual(new Set([0]));
  expect(grantMany(pace, 't', 14, 0).every((ms) => ms === 0)).toBe(true);
});

test('what would start too late gets no place', () => {
  const pace = new Pace();
  grantMany(pace, 't', 15, 0);
  expect(pace.grant('t', 'late', 0, 9_999)).toBeUndefined();
  expect(pace.grant('t', 'patient', 0, 10_000)).toBe(10_000);
});
