// What Terraform makes in a project, made here: topics, subscriptions, bucket with its notifications,
// dataset. All of it may be there already, from an earlier start.

import type { Environment } from '@firesink/shared/config/environment.ts';
import type { CreateSubscriptionOptions, PubSub } from '@google-cloud/pubsub';
import type { Bucket } from '@google-cloud/storage';
import type { LocalClients } from './clients.ts';
import type { FunctionName } from './ports.ts';

/** Which topic's messages are pushed to which function. */
const TOPICS: Record<FunctionName, string> = {
  scheduler: 'schedule',
  export: 'export',
  load: 'load',
};

/** What the load topic hears of: snapshots and uploads, not the parts they are made of. */
const NOTIFIED_PREFIXES = ['firestore/', 'gke/', 'uploads/'];

/** As deployed: work may take as long as a function may run. */
const ACK_DEADLINE_SECONDS = 600;
const MAX_DELIVERY_ATTEMPTS = 100;

/** Seconds. Deployed it is 10 to 600: nobody at a laptop wants to wait that long. */
const RETRY_POLICY = {
  minimumBackoff: { seconds: 0, nanos: 200_000_000 },
  maximumBackoff: { seconds: 5 },
};

/** gRPC status. */
const ALREADY_EXISTS = 6;
/** HTTP status of Cloud Storage and BigQuery for the same. */
const CONFLICT = 409;

interface Wiring {
  environment: Environment;
  clients: LocalClients;
  /** Of the functions that are there: the others' messages are kept for nobody. */
  functionUrls: ReadonlyMap<FunctionName, string>;
}

export async function wire(wiring: Wiring): Promise<void> {
  await Promise.all([makeMessaging(wiring).then(() => makeBucket(wiring)), makeDataset(wiring)]);
}

async function makeMessaging({ environment, clients, functionUrls }: Wiring): Promise<void> {
  const pubsub = await clients.pubsub();
  const { prefix } = environment;
  const deadLetter = `${prefix}-dead-letter`;
  const names = [deadLetter, ...Object.values(TOPICS).map((topic) => `${prefix}-${topic}`)];
  await Promise.all(
    names.map((name) => unlessThere(ALREADY_EXISTS, () => pubsub.createTopic(name))),
  );
  await Promise.all([
    subscribe(pubsub, deadLetter, {}),
    ...[...functionUrls].map(([name, url]) => {
      const topic = `${prefix}-${TOPICS[name]}`;
      return subscribe(pubsub, topic, {
        pushEndpoint: `${url}/projects/${environment.warehouse.project}/topics/${topic}`,
        ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
        retryPolicy: RETRY_POLICY,
        deadLetterPolicy: {
          deadLetterTopic: pubsub.topic(deadLetter).name,
          maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS,
        },
      });
    }),
  ]);
}

/** One subscription a topic, of the same name. */
async function subscribe(
  pubsub: PubSub,
  name: string,
  options: CreateSubscriptionOptions,
): Promise<void> {
  const isNew = await unlessThere(ALREADY_EXISTS, () =>
    pubsub.topic(name).createSubscription(name, options),
  );
  // An earlier start may have had other ports.
  const { pushEndpoint } = options;
  if (!isNew && pushEndpoint) await pubsub.subscription(name).modifyPushConfig({ pushEndpoint });
}

async function makeBucket({ environment, clients }: Wiring): Promise<void> {
  const { bucket: name, location, project } = environment.warehouse;
  const bucket = (await clients.storage()).bucket(name);
  await unlessThere(CONFLICT, () => bucket.create({ location }));
  await notify(bucket, `projects/${project}/topics/${environment.prefix}-load`);
}

async function notify(bucket: Bucket, topic: string): Promise<void> {
  const [notifications] = await bucket.getNotifications();
  const known = notifications.map(({ metadata }) => metadata?.object_name_prefix);
  const missing = NOTIFIED_PREFIXES.filter((prefix) => !known.includes(prefix));
  await Promise.all(
    missing.map((objectNamePrefix) =>
      bucket.createNotification(topic, {
        eventTypes: ['OBJECT_FINALIZE'],
        objectNamePrefix,
        payloadFormat: 'JSON_API_V1',
      }),
    ),
  );
}

async function makeDataset({ environment, clients }: Wiring): Promise<void> {
  const { dataset, location } = environment.warehouse;
  const bigquery = await clients.bigquery();
  await unlessThere(CONFLICT, () => bigquery.createDataset(dataset, { location }));
}

/** @returns whether it was made now */
async function unlessThere(code: number, make: () => Promise<unknown>): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return false;
    throw error;
  }
}
