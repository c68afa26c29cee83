// Runs: their names, and which instant a message asks for.
import { formatRun, parseRun, resolveRun, waitForRun } from '@firesink/shared/messages/run.ts';
import { formatStem, parseStem, uploadMark } from '@firesink/shared/messages/stem.ts';
import { describe, test } from 'vitest';

const NOW = Date.UTC(2026, 10, 23, 23, 0, 0, 0);

describe('the name of a run', () => {
  test.for([
    [Date.UTC(2026, 10, 23, 23, 0, 0, 0), '20261123T230000.000Z'],
    [Date.UTC(2026, 10, 23, 23, 0, 0, 7), '20261123T230000.007Z'],
    [Date.UTC(2024, 1, 29, 0, 0, 0, 0), '20240229T000000.000Z'],
    [0, '19700101T000000.000Z'],
    [Date.UTC(9999, 11, 31, 23, 59, 59, 999), '99991231T235959.999Z'],
  ] as const)('leads to its instant and back: %i', ([runMs, run], { expect }) => {
    expect(formatRun(runMs)).toBe(run);
    expect(parseRun(run)).toBe(runMs);
  });

  test.for([
    '',
    '20261123T230000Z',
    '20261123T230000.0000Z',
    '2026-11-23T23:00:00.000Z',
    '20260230T000000.000Z',
    '20261123T240000.000Z',
    '20261123T236000.000Z',
    '20261123T230000.000z',
    ' 20261123T230000.000Z',
    '20261123T230000.000Z\n',
  ])('is nothing else: %j', (text, { expect }) => {
    expect(parseRun(text)).toBeUndefined();
  });

  test('sorts by time', ({ expect }) => {
    const runs = [NOW, NOW + 1, NOW + 60_000, NOW + 86_400_000].map(formatRun);

    expect(runs.toSorted()).toEqual(runs);
  });

  test('is refused to an instant that no such name can hold', ({ expect }) => {
    expect(() => formatRun(Date.UTC(10000, 0, 1))).toThrow(RangeError);
  });
});

describe('the stem of a snapshot', () => {
  test.for([
    ['20261123T230000.000Z', { runMs: NOW }],
    ['20261123T230000.000Z_upload_0f3a9c21d4e5', { runMs: NOW, upload: '0f3a9c21d4e5' }],
  ] as const)('%s', ([stem, parsed], { expect }) => {
    expect(parseStem(stem)).toEqual(parsed);
    expect(formatStem(parsed)).toBe(stem);
  });

  test.for([
    'by-hand',
    '20261123T230000.000Z_upload_',
    '20261123T230000.000Z_0f3a9c21d4e5',
    '20261123T230000.000Z_upload_0F3A9C21D4E5',
  ])('is nothing else: %s', (stem, { expect }) => {
    expect(parseStem(stem)).toBeUndefined();
  });

  test('of an upload comes after the run of the same instant, as a file too', ({ expect }) => {
    const run = '20261123T230000.000Z';
    const upload = `${run}_upload_0f3a9c21d4e5`;

    expect([`${upload}.ndjson`, `${run}.ndjson`].toSorted()).toEqual([
      `${run}.ndjson`,
      `${upload}.ndjson`,
    ]);
    expect([upload, run].toSorted()).toEqual([run, upload]);
  });

  test('of an upload is marked by name and generation', ({ expect }) => {
    const name = 'uploads/firestore/orders-dev/apis/by-hand.json';
    const mark = uploadMark(name, '1795474801123456');

    expect(mark).toMatch(/^[0-9a-f]{12}$/);
    expect(uploadMark(name, '1795474801123456')).toBe(mark);
    expect(uploadMark(name, '1795474801123457')).not.toBe(mark);
    expect(uploadMark(`${name}.gz`, '1795474801123456')).not.toBe(mark);
  });
});

describe('the run of a message', () => {
  const resolve = (question: Partial<Parameters<typeof resolveRun>[0]>) =>
    formatRun(resolveRun({ scheduled: false, nowMs: NOW + 60_000, ...question }));

  test.for([
    [
      'from Cloud Scheduler is the minute',
      { scheduled: true, publishTimeMs: NOW + 749 },
      '20261123T230000.000Z',
    ],
    [
      'from Cloud Scheduler is the same minute when it fires twice',
      { scheduled: true, publishTimeMs: NOW + 59_999 },
      '20261123T230000.000Z',
    ],
    [
      'from a person holds what was written before it',
      { publishTimeMs: NOW + 749 },
      '20261123T230000.750Z',
    ],
    [
      'is the one it says',
      { publishTimeMs: NOW + 749, run: '20261123T010000.000Z' },
      '20261123T010000.000Z',
    ],
    [
      'is the one it says, also from Cloud Scheduler',
      { scheduled: true, run: '20261123T010000.007Z' },
      '20261123T010000.007Z',
    ],
  ] as const)('%s', ([, question, run], { expect }) => {
    expect(resolve(question)).toBe(run);
  });

  test('cannot be guessed', ({ expect }) => {
    expect(() => resolve({})).toThrow(
      expect.objectContaining({ outcome: 'refused', code: 'no-publish-time' }),
    );
  });

  test.for(['', 'now', '2026-11-23T23:00:00Z'])(
    'is refused where it is no run: %j',
    (run, { expect }) => {
      expect(() => resolve({ run, publishTimeMs: NOW })).toThrow(
        expect.objectContaining({
          outcome: 'refused',
          code: 'bad-run',
          message: `${JSON.stringify(run)} is not a run. A run looks like 20261123T230000.000Z: an instant in UTC with milliseconds`,
        }),
      );
    },
  );

  test.for([
    ['a clock a little behind Pub/Sub is normal', 4_999, undefined],
    ['up to ten minutes ahead it waits', 600_000, 'retry'],
    ['further ahead it is refused', 600_001, 'refused'],
  ] as const)('%s', ([, aheadMs, outcome], { expect }) => {
    const runMs = NOW + aheadMs;
    const ask = () => resolveRun({ run: formatRun(runMs), scheduled: false, nowMs: NOW });

    if (outcome === undefined) expect(ask()).toBe(runMs);
    else expect(ask).toThrow(expect.objectContaining({ outcome, code: 'run-ahead' }));
  });
});

describe('a run that has not come yet', () => {
  test('is waited for', async ({ expect }) => {
    let nowMs = NOW;
    const slept: number[] = [];
    // The sleep ends a little early, as timers may.
    const sleep = async (ms: number) => {
      slept.push(ms);
      nowMs += Math.max(1, ms - 2);
    };

    await waitForRun(NOW + 100, { clock: () => nowMs, sleep });

    expect(nowMs).toBe(NOW + 100);
    expect(slept).toEqual([100, 2, 1]);
  });

  test('is not waited for any longer than 5 s', async ({ expect }) => {
    const waiting = waitForRun(NOW + 5_001, { clock: () => NOW, sleep: () => Promise.resolve() });

    await expect(waiting).rejects.toMatchObject({ outcome: 'retry', code: 'run-ahead' });
  });
});
