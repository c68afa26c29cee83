// What can never succeed is set aside with its reason, and `firesink dead-letters` is how people get at it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeadLetter } from '@firesink/shared/stages/dead-letters.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { configOf } from '../support/load-world.ts';
import { firestoreOf, type TemporaryFolder, temporaryFolder } from '../support/local.ts';
import { firesink, publish, rowsOf, takeDeadLetters } from '../support/pipeline.ts';

let system: LocalSystem;
let folder: TemporaryFolder;
let config: string;

beforeAll(async () => {
  folder = temporaryFolder();
  config = join(folder.path, 'firesink.yaml');
  writeFileSync(config, configOf(['shop'], ['{ collection: apis }']));
  system = await startLocal({ config, functions: ['export', 'load'] });
  const firestore = firestoreOf(system, { project: 'shop' });
  await firestore.doc('orders/1').set({ total: 1 });
  await firestore.terminate();
});

afterAll(async () => {
  await system[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

beforeEach(async () => {
  await takeDeadLetters(system);
});

async function command(...args: string[]): Promise<DeadLetter[]> {
  const { exitCode, stdout, stderr } = await firesink(system, ['--json', 'dead-letters', ...args]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout).deadLetters;
}

const dataOf = (letters: readonly DeadLetter[]): string[] => letters.map(({ data }) => data).sort();

const UNKNOWN = '{"project":"shop","collection":"orders"}';

async function setAside(...messages: string[]): Promise<void> {
  for (const message of messages) await publish(system, 'export', message);
  await system.idle();
}

describe('list', () => {
  test('shows the message as it came, with reason and hint, and leaves it where it is', async () => {
    await setAside(UNKNOWN);
    const [letter] = await command('list');
    expect(letter).toMatchObject({
      topic: 'export',
      code: 'unknown-collection',
      data: UNKNOWN,
    });
    expect(letter?.error).toContain('orders is not a collection of source shop');
    expect(letter?.hint).toContain('apis');
    expect(await command()).toEqual([letter]);
  });

  test('for people: a line each, and what came', async () => {
    await setAside(UNKNOWN, 'no JSON at all');
    const { stdout } = await firesink(system, ['dead-letters']);
    expect(stdout).toMatch(/^ID +SET ASIDE +TOPIC +CODE\n/);
    expect(stdout).toContain('unknown-collection');
    expect(stdout).toContain('\n  no JSON at all\n');
  });

  test('says who gave up where that was Pub/Sub itself', async () => {
    const pubsub = await system.clients.pubsub();
    await pubsub.topic('firesink-dead-letter').publishMessage({
      data: Buffer.from(UNKNOWN),
      attributes: {
        mine: 'kept',
        CloudPubSubDeadLetterSourceSubscription: 'firesink-export',
        CloudPubSubDeadLetterSourceDeliveryCount: '100',
      },
    });
    expect(await command('list')).toMatchObject([
      {
        topic: 'export',
        code: 'too-many-attempts',
        error: 'not acknowledged in 100 deliveries by firesink-export',
      },
    ]);
  });
});

describe('replay', () => {
  test('sends it again to where it came from, and what was mended gets through', async () => {
    await setAside(UNKNOWN, '{"project":"nobody","collection":"apis"}');
    writeFileSync(config, configOf(['shop'], ['{ collection: apis }', '{ collection: orders }']));
    expect(await command('replay', '--all')).toHaveLength(2);
    await system.idle();
    expect(await rowsOf(system, 'firestore_orders', 'shop')).toHaveLength(1);
    // The other one has come back, as it was.
    const [back, ...others] = await command('list');
    expect(others).toEqual([]);
    expect(back?.data).toBe('{"project":"nobody","collection":"apis"}');
    expect(Object.keys(back?.attributes ?? {})).not.toContain('firesinkDeadLetterId');
  });

  test('of one leaves the others', async () => {
    await setAside('{"a":1}', '{"a":2}');
    const [first] = await command('list');
    await command('replay', first?.id ?? '');
    await system.idle();
    expect(dataOf(await command('list'))).toEqual(['{"a":1}', '{"a":2}']);
  });
});

describe('drop', () => {
  test('forgets those named', async () => {
    await setAside('{"a":1}', '{"a":2}', '{"a":3}');
    const letters = await command('list');
    const gone = letters.find(({ data }) => data === '{"a":2}');
    await command('drop', gone?.id ?? '', '--yes');
    expect(dataOf(await command('list'))).toEqual(['{"a":1}', '{"a":3}']);
  });

  test('of all asks first, and without anybody to ask does nothing', async () => {
    await setAside('{"a":1}', '{"a":2}');
    const asked = await firesink(system, ['dead-letters', 'drop', '--all']);
    expect(asked.exitCode).toBe(1);
    expect(asked.stderr).toContain('Drop 2 dead letters: not done. Add --yes');
    expect(await command('list')).toHaveLength(2);
    await command('drop', '--all', '--yes');
    expect(await command('list')).toEqual([]);
  });

  test.each([
    [['drop'], 2, 'name some by their id, or say --all'],
    [['replay', '17', '--all'], 2, 'give ids or --all, not both'],
    [['replay', '17'], 1, 'there is no dead letter 17'],
  ])('%j is wrong usage or names nothing', async (args, exitCode, message) => {
    const ended = await firesink(system, ['dead-letters', ...args]);
    expect(ended.stderr).toContain(message);
    expect(ended.exitCode).toBe(exitCode);
  });
});
