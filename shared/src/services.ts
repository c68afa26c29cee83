// What a stage needs of the world outside: Google's clients for one environment, a clock and a log. Clients
// are imported when first asked for: each costs 0.2 to 0.6 s at start, and no function needs them all.
// Where they lead is theirs to know (`*_EMULATOR_HOST`); nothing here differs for a local run.
import { EventEmitter } from 'node:events';
import type { BigQuery } from '@google-cloud/bigquery';
import type { PubSub, v1 } from '@google-cloud/pubsub';
import type { Bucket } from '@google-cloud/storage';
import type { Environment } from './config/environment.ts';
import type { Log } from './log.ts';
import { connectFirestore } from './sources/firestore/client.ts';
import type { GrpcChannel } from './sources/firestore/grpc.ts';
import { Pace } from './warehouse/pace.ts';

export interface Services {
  readonly environment: Environment;
  readonly log: Log;
  /** Milliseconds since 1970, UTC. */
  readonly clock: () => number;
  /** Of the jobs that this process starts. */
  readonly pace: Pace;
  bucket(): Promise<Bucket>;
  bigquery(): Promise<BigQuery>;
  /** One connection for all databases; made with the first call. */
  firestore(): GrpcChannel;
  /** @param topic  without the prefix, e.g. `export` for `firesink-export` */
  publish(topic: Topic, message: PublishedMessage): Promise<void>;
  /** For pulling; publishing is `publish`. */
  subscriber(): Promise<v1.SubscriberClient>;
  close(): Promise<void>;
}

export type Topic = 'schedule' | 'export' | 'load' | 'dead-letter';

export interface PublishedMessage {
  data: Buffer;
  attributes?: Record<string, string>;
}

export interface ServicesOptions {
  environment: Environment;
  log: Log;
  clock?: () => number;
}

/**
 * On one stream. A download by Google's client (storage 8.4 with teeny-request 11.1) has 12 while it lasts,
 * however long it is; by default Node warns of a leak from the 11th on, in every log and on every terminal.
 */
const MAX_LISTENERS = 20;

export function createServices({ environment, log, clock = Date.now }: ServicesOptions): Services {
  const { project: projectId, bucket, location } = environment.warehouse;
  const storage = once(async () => {
    const { Storage } = await import('@google-cloud/storage');
    EventEmitter.defaultMaxListeners = Math.max(EventEmitter.defaultMaxListeners, MAX_LISTENERS);
    return new Storage({ projectId }).bucket(bucket);
  });
  const bigquery = once(async () => {
    const { BigQuery } = await import('@google-cloud/bigquery');
    return new BigQuery({ projectId, location });
  });
  let firestore: GrpcChannel | undefined;
  let pubsub: Promise<PubSub> | undefined;
  const openPubsub = async () => {
    const { PubSub } = await import('@google-cloud/pubsub');
    return new PubSub({ projectId });
  };
  let subscriber: Promise<v1.SubscriberClient> | undefined;
  const openSubscriber = async () => {
    pubsub ??= openPubsub();
    const config = await (await pubsub).getClientConfig();
    const { v1: api } = await import('@google-cloud/pubsub');
    return new api.SubscriberClient(config as ConstructorParameters<typeof v1.SubscriberClient>[0]);
  };
  return {
    environment,
    log,
    clock,
    pace: new Pace(),
    bucket: storage,
    bigquery,
    firestore() {
      firestore ??= connectFirestore();
      return firestore;
    },
    async publish(topic, message) {
      pubsub ??= openPubsub();
      const client = await pubsub;
      await client.topic(`${environment.prefix}-${topic}`).publishMessage(message);
    },
    subscriber() {
      subscriber ??= openSubscriber();
      return subscriber;
    },
    async close() {
      await (await subscriber)?.close();
      await firestore?.[Symbol.asyncDispose]();
      await (await pubsub)?.close();
    },
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
