// More tasks at once than there are instances: what Cloud Run answers with 429 counts as a delivery attempt,
// and yet none of the tasks may end as a dead letter.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startPubsub } from '../../infra/local/pubsub/server.ts';
import { openClients, openEndpoint, parsePush, pushData } from '../support/pubsub-client.ts';

const TASKS = 2_000;
const INSTANCES = 2;
/** Milliseconds that an export keeps its instance busy. */
const WORK_MS = 60;

test('2,000 export tasks and two slow instances: all done, none set aside', async () => {
  await using pubsub = await startPubsub({ port: 0 });
  await using clients = openClients(pubsub.host, 'warehouse');
  let busy = 0;
  let refused = 0;
  let mostAttempts = 0;
  const done = new Map<string, number>();
  await using instances = await openEndpoint(async (push) => {
    mostAttempts = Math.max(mostAttempts, parsePush(push).deliveryAttempt ?? 0);
    if (busy >= INSTANCES) {
      refused++;
      return 429;
    }
    busy++;
    await sleep(WORK_MS);
    busy--;
    const task = pushData(push);
    done.set(task, (done.get(task) ?? 0) + 1);
    return 204;
  });
  const [deadLetters] = await clients.pubsub.createTopic('firesink-dead-letter');
  await deadLetters.createSubscription('firesink-dead-letter');
  const [topic] = await clients.pubsub.createTopic('firesink-export');
  // As infra/local/system/wiring.ts and Terraform make it.
  await topic.createSubscription('firesink-export', {
    pushEndpoint: instances.url,
    ackDeadlineSeconds: 600,
    retryPolicy: { minimumBackoff: { seconds: 0, nanos: 2e8 }, maximumBackoff: { seconds: 5 } },
    deadLetterPolicy: { deadLetterTopic: deadLetters.name, maxDeliveryAttempts: 100 },
  });
  const tasks = Array.from({ length: TASKS }, (_, task) => `{"task":${task}}`);
  await Promise.all(tasks.map((task) => topic.publishMessage({ data: Buffer.from(task) })));
  await pubsub.idle();

  process.stdout.write(`burst: ${refused} refused, at most ${mostAttempts} attempts of a task\n`);
  expect([...done.keys()].sort()).toEqual(tasks.toSorted());
  expect(refused).toBeGreaterThan(0);
  expect(mostAttempts).toBeLessThan(50);
  const [{ receivedMessages }] = await clients.subscriber.pull({
    subscription: clients.subscription('firesink-dead-letter'),
    maxMessages: 10,
    returnImmediately: true,
  });
  expect(receivedMessages ?? []).toEqual([]);
});
