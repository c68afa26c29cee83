// How fast the local Pub/Sub pushes, and when it tries again.
import { describe, test } from 'vitest';
import { PushWindow } from '../../infra/local/pubsub/push-window.ts';
import { retryDelayMs } from '../../infra/local/pubsub/retry.ts';
import { Timers } from '../../infra/local/pubsub/timers.ts';

const succeed = (window: PushWindow, count: number) => {
  for (let push = 0; push < count; push += 1) window.succeeded();
};

describe('the push window', () => {
  test('doubles with every full round of successes, up to 100', ({ expect }) => {
    const window = new PushWindow();
    const sizes = [window.size];
    for (let round = 0; round < 6; round += 1) {
      succeed(window, window.size);
      sizes.push(window.size);
    }
    expect(sizes).toEqual([3, 6, 12, 24, 48, 96, 100]);
  });

  test('halves with a failure, once a round, and then grows by about one a round', ({ expect }) => {
    const window = new PushWindow();
    succeed(window, 37);
    const { round } = window;
    expect(window.size).toBe(40);
    window.failed(round, 0);
    window.failed(round, 0);
    expect(window.size).toBe(20);
    succeed(window, 21);
    expect(window.size).toBe(21);
    succeed(window, 22);
    expect(window.size).toBe(22);
  });

  test('never falls below three', ({ expect }) => {
    const window = new PushWindow();
    for (let failure = 0; failure < 10; failure += 1) window.failed(window.round, 0);
    expect(window.size).toBe(3);
  });

  test('pauses 50 ms after a failed round, twice as long after the next, at most 250 ms', ({
    expect,
  }) => {
    const window = new PushWindow();
    const pauses = Array.from({ length: 5 }, () => window.failed(window.round, 0));
    expect(pauses).toEqual([50, 100, 200, 250, 250]);
    expect(window.failed(window.round - 1, 0)).toBe(0);
    window.succeeded();
    expect(window.failed(window.round, 0)).toBe(50);
    expect(window.failed(window.round, 1)).toBe(50);
  });
});

describe('the delay before a message is delivered again', () => {
  const seconds = (value: number) => ({ seconds: value, nanos: 0 });
  const policy = { minimumBackoff: seconds(10), maximumBackoff: seconds(600) };

  test('is nothing without a retry policy', ({ expect }) => {
    expect(retryDelayMs(null, 7, 1)).toBe(0);
  });

  test('doubles from the minimum to the maximum', ({ expect }) => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) =>
      retryDelayMs(policy, failures, 0),
    );
    expect(delays).toEqual([
      10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000, 600_000,
    ]);
  });

  test('varies by up to a tenth, never above the maximum', ({ expect }) => {
    expect(retryDelayMs(policy, 1, 1)).toBe(11_000);
    expect(retryDelayMs(policy, 7, 1)).toBe(600_000);
    expect(retryDelayMs({ ...policy, minimumBackoff: seconds(600) }, 1, 0.5)).toBe(600_000);
  });

  test('may be nothing, and fractions of a second', ({ expect }) => {
    const nothing = { minimumBackoff: seconds(0), maximumBackoff: seconds(0) };
    expect(retryDelayMs(nothing, 3, 1)).toBe(0);
    const short = { minimumBackoff: { seconds: 0, nanos: 200_000_000 }, maximumBackoff: null };
    expect(retryDelayMs(short, 1, 0)).toBe(200);
  });
});

describe('timers', () => {
  test('run in the order they are due, only once, and not when cancelled', ({ expect }) => {
    let nowMs = 0;
    const timers = new Timers(() => nowMs);
    const ran: number[] = [];
    const made = [50, 10, 40, 20, 30, 20, 60].map((dueMs) =>
      timers.at(dueMs, () => ran.push(dueMs)),
    );
    timers.cancel(made[2]);
    timers.cancel(made[2]);
    nowMs = 19;
    timers.runDue();
    expect(ran).toEqual([10]);
    nowMs = 50;
    timers.runDue();
    expect(ran).toEqual([10, 20, 20, 30, 50]);
    timers.cancel(made[0]);
    nowMs = 60;
    timers.runDue();
    timers.runDue();
    expect(ran).toEqual([10, 20, 20, 30, 50, 60]);
    timers.close();
  });

  test('a timer may set and cancel others, which are run if they are due as well', ({ expect }) => {
    let nowMs = 0;
    const timers = new Timers(() => nowMs);
    const ran: string[] = [];
    const victim = timers.at(6, () => ran.push('victim'));
    timers.at(5, () => {
      ran.push('first');
      timers.cancel(victim);
      timers.at(7, () => ran.push('due'));
      timers.at(11, () => ran.push('later'));
    });
    nowMs = 10;
    timers.runDue();
    expect(ran).toEqual(['first', 'due']);
    timers.close();
  });

  test('thousands, cancelled at random, stay in order', ({ expect }) => {
    let nowMs = 0;
    const timers = new Timers(() => nowMs);
    const ran: number[] = [];
    const expected: number[] = [];
    // A fixed sequence that looks random (Park and Miller).
    let seed = 42;
    const next = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed;
    };
    for (let index = 0; index < 5000; index += 1) {
      const dueMs = next() % 10_000;
      const timer = timers.at(dueMs, () => ran.push(dueMs));
      if (next() % 3 === 0) timers.cancel(timer);
      else expected.push(dueMs);
    }
    nowMs = 10_000;
    timers.runDue();
    expect(ran).toEqual(expected.toSorted((a, b) => a - b));
    timers.close();
  });
});
