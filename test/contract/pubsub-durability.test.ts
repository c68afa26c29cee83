// What the local Pub/Sub remembers of an earlier process, however that ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, vi } from 'vitest';
import { startPubsub } from '../../infra/local/pubsub/server.ts';
import { openClients, openEndpoint, parsePush, pushData } from '../support/pubsub-client.ts';
import { createFixture } from './pubsub/fixture.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };
const SERVER = new URL('../../infra/local/pubsub/server.ts', import.meta.url);

function openFolder() {
  const path = mkdtempSync(join(tmpdir(), 'firesink-pubsub-'));
  return {
    path,
    journal: join(path, 'journal.ndjson'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** The stand-in within this process. */
async function openHere(dataDir: string) {
  await using opened = new AsyncDisposableStack();
  const standIn = opened.use(await startPubsub({ port: 0, dataDir }));
  const fixture = createFixture(opened.use(openClients(standIn.host, 'durable')));
  const all = opened.move();
  return { ...fixture, standIn, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** In a process of its own, which disposing kills as `kill -9` does. */
async function openProcess(dataDir: string) {
  const script = `
    const { startPubsub } = await import('${SERVER}');
    const { host } = await startPubsub({ port: 0, dataDir: process.argv[1] });
    console.log(host);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [host = ''] = await once(createInterface(child.stdout), 'line');
  const clients = openClients(host, 'durable');
  return {
    ...createFixture(clients),
    async [Symbol.asyncDispose]() {
      await kill(child);
      await clients[Symbol.asyncDispose]();
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

test('after kill -9 everything unacknowledged is delivered, and only that', async ({ expect }) => {
  using folder = openFolder();
  const texts = Array.from({ length: 300 }, (_, index) => `${index}`);
  const acknowledged: string[] = [];
  {
    await using before = await openProcess(folder.path);
    const { topic, name: subscription } = await before.createPair('survivors');
    await before.publish(topic, ...texts);
    const received = await before.pull(subscription, 100);
    const ackIds = received.slice(0, 60).map(({ ackId }) => ackId);
    await before.subscriber.acknowledge({ subscription, ackIds });
    acknowledged.push(...received.slice(0, 60).map(({ text }) => text));
  }
  await using after = await openProcess(folder.path);
  const rest = await after.drain(after.subscription('survivors-sub'), 240);
  expect([...acknowledged, ...rest].toSorted()).toEqual(texts.toSorted());
  const [id] = await after.publish(after.topic('survivors'), 'new');
  expect(Number(id)).toBeGreaterThan(300);
});

test('pushes that were under way when the process died are made again', async ({ expect }) => {
  using folder = openFolder();
  await using endpoint = await openEndpoint(() => (endpoint.pushes.length > 5 ? 204 : undefined));
  {
    await using before = await openProcess(folder.path);
    const { topic } = await before.createPair('pushes', {
      pushConfig: { pushEndpoint: endpoint.url },
    });
    await before.publish(topic, 'a', 'b', 'c', 'd', 'e');
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(5), PATIENCE);
  }
  await using after = await openHere(folder.path);
  await after.standIn.idle();
  expect(endpoint.pushes.slice(5).map(pushData).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('topics, subscriptions and their settings are there again, and deleted ones are not', async ({
  expect,
}) => {
  using folder = openFolder();
  const read = async ({ publisher, subscriber, project }: Awaited<ReturnType<typeof openHere>>) => {
    const [topics] = await publisher.listTopics({ project });
    const [subscriptions] = await subscriber.listSubscriptions({ project });
    return { topics, subscriptions };
  };
  let expected: unknown;
  {
    await using before = await openHere(folder.path);
    const { publisher, subscriber, createPair } = before;
    const { topic: graveyard } = await createPair('graveyard', { filter: 'attributes:a' });
    const { topic } = await createPair('gone');
    await publisher.deleteTopic({ topic });
    const { name: deleted } = await createPair('left', { labels: { a: 'b' } });
    await subscriber.deleteSubscription({ subscription: deleted });
    const { name } = await createPair('kept', {
      enableMessageOrdering: true,
      ackDeadlineSeconds: 77,
      pushConfig: { pushEndpoint: 'http://127.0.0.1:9/', noWrapper: { writeMetadata: true } },
      deadLetterPolicy: { deadLetterTopic: graveyard, maxDeliveryAttempts: 50 },
    });
    await subscriber.updateSubscription({
      subscription: { name, retryPolicy: { minimumBackoff: { seconds: 3, nanos: 500_000_000 } } },
      updateMask: { paths: ['retry_policy'] },
    });
    expected = await read(before);
  }
  await using after = await openHere(folder.path);
  const { topics, subscriptions } = await read(after);
  expect({ topics, subscriptions }).toEqual(expected);
  expect(topics.map(({ name }) => name)).toEqual([
    'projects/durable/topics/graveyard',
    'projects/durable/topics/kept',
    'projects/durable/topics/left',
  ]);
  expect(subscriptions).toMatchObject([
    { name: 'projects/durable/subscriptions/gone-sub', topic: '_deleted-topic_' },
    { name: 'projects/durable/subscriptions/graveyard-sub', filter: 'attributes:a' },
    { name: 'projects/durable/subscriptions/kept-sub', ackDeadlineSeconds: 77 },
  ]);
});

test('delivery attempts are counted on', async ({ expect }) => {
  using folder = openFolder();
  await using endpoint = await openEndpoint(() => 500);
  let graveyard = '';
  {
    await using before = await openHere(folder.path);
    const { topic: deadLetterTopic, name } = await before.createPair('graveyard');
    graveyard = name;
    const { topic } = await before.createPair('doomed', {
      pushConfig: { pushEndpoint: endpoint.url },
      deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 6 },
    });
    await before.publish(topic, 'x');
    await vi.waitFor(() => expect(endpoint.pushes).toHaveLength(3), PATIENCE);
  }
  const refusedBefore = endpoint.pushes.length;
  await using after = await openHere(folder.path);
  await after.standIn.idle();
  const attempts = endpoint.pushes.map((push) => parsePush(push).deliveryAttempt ?? 0);
  expect(attempts.at(-1)).toBe(6);
  // The last push before the end may have been cut short: that one is not counted, and made again.
  expect(attempts.length - refusedBefore).toBeLessThanOrEqual(4);
  expect(await after.drain(graveyard, 1)).toEqual(['x']);
});

test('a last line cut short is dropped, and what follows is kept', async ({ expect }) => {
  using folder = openFolder();
  {
    await using before = await openHere(folder.path);
    const { topic } = await before.createPair('torn');
    await before.publish(topic, 'whole');
  }
  appendFileSync(folder.journal, '{"op":"publish","topic":"projects/durable/topics/torn","mess');
  {
    await using between = await openHere(folder.path);
    await between.publish(between.topic('torn'), 'next');
  }
  await using after = await openHere(folder.path);
  expect((await after.drain(after.subscription('torn-sub'), 2)).toSorted()).toEqual([
    'next',
    'whole',
  ]);
});

test('a line that is no record stops the start, with its place', async ({ expect }) => {
  using folder = openFolder();
  {
    await using before = await openHere(folder.path);
    await before.createPair('spoilt');
  }
  const lines = readFileSync(folder.journal, 'utf8').split('\n');
  lines[1] = 'edited by hand';
  writeFileSync(folder.journal, lines.join('\n'));
  await expect(openHere(folder.path)).rejects.toThrow(
    `${folder.journal}, line 2: not a record of the local Pub/Sub.`,
  );
});

test('the journal does not grow with what was acknowledged long ago', async ({ expect }) => {
  using folder = openFolder();
  {
    await using before = await openHere(folder.path);
    const { topic, name } = await before.createPair('busy');
    const { name: idle } = await before.createPair('idle');
    await before.publish(before.topic('idle'), 'still here');
    const text = 'x'.repeat(1_000_000);
    for (let round = 0; round < 40; round += 1) {
      await before.publish(topic, text);
      await before.drain(name, 1);
    }
    expect(statSync(folder.journal).size).toBeLessThan(20_000_000);
    expect(idle).toBe('projects/durable/subscriptions/idle-sub');
  }
  await using after = await openHere(folder.path);
  expect(await after.drain(after.subscription('idle-sub'), 1)).toEqual(['still here']);
  const request = { maxMessages: 1, returnImmediately: true };
  const [{ receivedMessages }] = await after.subscriber.pull({
    ...request,
    subscription: after.subscription('busy-sub'),
  });
  expect(receivedMessages).toEqual([]);
  const [id] = await after.publish(after.topic('busy'), 'y');
  expect(id).toBe('42');
});

test('stopped and started again on its port, the same clients go on with it', async ({
  expect,
}) => {
  using folder = openFolder();
  const first = await startPubsub({ port: 0, dataDir: folder.path });
  await using clients = openClients(first.host, 'durable');
  const { createPair, publish, drain } = createFixture(clients);
  const { topic, name } = await createPair('again');
  await publish(topic, 'before');
  await first[Symbol.asyncDispose]();
  await using second = await startPubsub({ port: first.port, dataDir: folder.path });
  await publish(topic, 'after');
  expect((await drain(name, 2)).toSorted()).toEqual(['after', 'before']);
  expect(second.host).toBe(first.host);
});

test('a port in use is said so', async ({ expect }) => {
  using folder = openFolder();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await expect(startPubsub({ port, dataDir: folder.path })).rejects.toThrow(
    `Pub/Sub: port ${port} of 127.0.0.1 is in use.`,
  );
  other.close();
});
