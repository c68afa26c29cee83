import { isLate } from '@firesink/shared/stages/late.ts';
import { describe, expect, test } from 'vitest';

const nightly = { cron: '0 23 * * *', timeZone: 'Europe/London' };
const at = (text: string): number => Date.parse(text);

describe('a slice is late an hour after a scheduled run that it does not show', () => {
  const cases: [string, string, string, boolean][] = [
    ['last night’s run, the next day', '2026-11-23T23:00:00Z', '2026-11-24T12:00:00Z', false],
    [
      'the run before, 59 minutes after the due time',
      '2026-11-22T23:00:00Z',
      '2026-11-23T23:59:00Z',
      false,
    ],
    [
      'the run before, 61 minutes after the due time',
      '2026-11-22T23:00:00Z',
      '2026-11-24T00:01:00Z',
      true,
    ],
    ['a resync at noon, the same day', '2026-11-24T12:00:00Z', '2026-11-24T13:00:00Z', false],
    // 23:00 in London is 22:00 UTC in summer.
    [
      'summer time, two hours after it was due',
      '2026-06-22T22:00:00Z',
      '2026-06-24T00:00:00Z',
      true,
    ],
  ];

  test.for(cases)('%s', ([, run, now, late], { expect: expectHere }) => {
    expectHere(isLate(nightly, at(run), at(now))).toBe(late);
  });

  test('never without a schedule', () => {
    expect(isLate(undefined, 0, at('2026-11-24T12:00:00Z'))).toBe(false);
  });
});
