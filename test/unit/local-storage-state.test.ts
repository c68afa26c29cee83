// The stand-in's journal and outbox: what they do when time passes and things fail.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, onTestFinished, test, vi } from 'vitest';
import { Journal } from '../../infra/local/storage/journal.ts';
import { Outbox } from '../../infra/local/storage/outbox.ts';
import type { Message } from '../../infra/local/storage/records.ts';

describe('the journal', () => {
  function newPath(): string {
    const folder = mkdtempSync(join(tmpdir(), 'firesink-journal-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return join(folder, 'journal.ndjson');
  }

  test('remembers the last value of each key', ({ expect }) => {
    const path = newPath();
    const journal = new Journal(path);
    journal.commit([
      ['a', { n: 1 }],
      ['b', { n: 1 }],
    ]);
    journal.commit([
      ['a', { n: 2 }],
      ['b', null],
      ['c', { text: 'line\nbreak \u2028' }],
    ]);
    journal.close();
    const again = new Journal(path);
    expect([...again.entries()]).toEqual([
      ['a', { n: 2 }],
      ['c', { text: 'line\nbreak \u2028' }],
    ]);
    again.close();
  });

  test('stays as long as what it holds, however often that changes', ({ expect }) => {
    const path = newPath();
    const journal = new Journal(path);
    for (let n = 0; n < 50_000; n += 1) journal.commit([['a', { n }]]);
    const lines = readFileSync(path, 'utf8').split('\n').length;
    expect(lines).toBeLessThan(20_010);
    journal.close();
    const again = new Journal(path);
    expect([...again.entries()]).toEqual([['a', { n: 49_999 }]]);
    again.close();
    expect(readFileSync(path, 'utf8')).toBe(
      '{"format":"firesink-journal-1"}\n[["a",{"n":49999}]]\n',
    );
  });
});

describe('the outbox', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const message = (id: string, config = 'c'): Message => ({
    id,
    topic: 'projects/p/topics/t',
    config,
    attributes: { objectId: id },
    data: '{}',
  });

  test('waits longer after each failure, up to five seconds', async ({ expect }) => {
    const attempts: number[] = [];
    const outbox = new Outbox(
      async () => {
        attempts.push(Date.now());
        throw new Error('away');
      },
      () => undefined,
    );
    onTestFinished(() => outbox.close());
    outbox.add([message('a')]);
    await vi.advanceTimersByTimeAsync(60_000);
    const delays = attempts.slice(1).map((time, index) => time - (attempts[index] ?? 0));
    expect(delays.length).toBeGreaterThan(12);
    const longest = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000];
    for (const [index, delayMs] of longest.entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(delayMs / 2);
      expect(delays[index]).toBeLessThanOrEqual(delayMs + 1);
    }
  });

  test('a message that fails does not hold up the others', async ({ expect }) => {
    const published: string[] = [];
    let isDown = true;
    const outbox = new Outbox(
      async (_, { attributes }) => {
        if (isDown && attributes.objectId === 'a') throw new Error('no such topic');
      },
      ({ id }) => published.push(id),
    );
    outbox.add([message('a'), message('b'), message('c')]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(published).toEqual(['b', 'c']);
    isDown = false;
    const idle = outbox.idle();
    await vi.advanceTimersByTimeAsync(10_000);
    await idle;
    expect(published).toEqual(['b', 'c', 'a']);
  });

  test('publishes no more than 64 at a time, and all in the end', async ({ expect }) => {
    let running = 0;
    let most = 0;
    const outbox = new Outbox(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 10));
        running -= 1;
      },
      () => undefined,
    );
    outbox.add(Array.from({ length: 500 }, (_, index) => message(String(index))));
    const idle = outbox.idle();
    await vi.advanceTimersByTimeAsync(1_000);
    await idle;
    expect(most).toBe(64);
  });

  test('is idle once what it waited for is dropped', async ({ expect }) => {
    const outbox = new Outbox(
      async () => {
        throw new Error('gone');
      },
      () => undefined,
    );
    outbox.add([message('a', 'gone'), message('b', 'gone')]);
    await vi.advanceTimersByTimeAsync(500);
    const idle = outbox.idle();
    expect(outbox.drop('gone').map(({ id }) => id)).toEqual(['a', 'b']);
    await idle;
  });

  test('closed, it neither publishes nor forgets', async ({ expect }) => {
    const settled: string[] = [];
    let finish: () => void = () => undefined;
    const outbox = new Outbox(
      () => new Promise<void>((resolve) => (finish = resolve)),
      ({ id }) => settled.push(id),
    );
    outbox.add([message('a')]);
    outbox.close();
    finish();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(settled).toEqual([]);
  });
});
