// A local stand-in for Pub/Sub: google.pubsub.v1, Publisher and Subscriber, gRPC without TLS. What it serves,
// what it refuses and where it differs on purpose: README.md beside this file.
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { StandIn, StandInOptions } from '../stand-in.ts';
import type { DeliveryCounts } from './backlog.ts';
import { PubsubError } from './errors.ts';
import { loadServices } from './protos.ts';
import { pullHandlers } from './pull.ts';
import { PushConnections } from './push-request.ts';
import { Store } from './store.ts';
import { streamingPullHandlers } from './streaming-pull.ts';
import { subscriptionHandlers } from './subscriptions.ts';
import { Timers } from './timers.ts';
import { publisherHandlers } from './topics.ts';

const ADDRESS = '127.0.0.1';
/** Bytes. Above the service's own limit of 10 MB, so that this can be refused in its own words. */
const LARGEST_MESSAGE = 32 * 1024 * 1024;

export interface PubsubStandIn extends StandIn {
  /**
   * Does at once whatever the clock says is due: back-offs, ack deadlines, expiries. With a clock of one's own
   * these also happen by themselves, within 25 ms of real time after it was moved.
   */
  tick(): void;
  /**
   * Delivers what push subscriptions acknowledged so far once more, as the service may at any time. Of each the
   * last 10,000 messages or 32 MiB of this process are remembered.
   *
   * @returns how many messages that are
   */
  redeliverAll(): number;
  /** Messages of push subscriptions that are queued, waiting for a back-off, or in delivery. */
  undelivered(): number;
  /** The same, told apart: once all of them wait, only moving the clock goes on. */
  deliveries(): DeliveryCounts;
  /**
   * Resolves when `undelivered` is 0; rejects if the server is stopped before that. What lies in subscriptions
   * that are pulled does not count.
   */
  idle(): Promise<void>;
}

/**
 * Listens on 127.0.0.1. With `dataDir`, topics, subscriptions and unacknowledged messages outlive the process,
 * however it ends. `clock` is the time of publishing, of a message's back-off, of ack deadlines and expiries.
 *
 * @throws if the port is taken, or the journal in `dataDir` cannot be read
 */
export async function startPubsub(options: StandInOptions): Promise<PubsubStandIn> {
  const timers = new Timers(options.clock);
  const pacing = new Timers(undefined);
  const connections = new PushConnections();
  const { dataDir } = options;
  const { publisher, subscriber } = loadServices();
  const server = new Server({
    'grpc.max_receive_message_length': LARGEST_MESSAGE,
    'grpc.max_send_message_length': LARGEST_MESSAGE,
  });
  const port = await listen(server, options.port);
  const store = new Store({ timers, pacing, connections, random: Math.random, dataDir });
  server.addService(publisher, publisherHandlers(store));
  server.addService(subscriber, {
    ...subscriptionHandlers(store),
    ...pullHandlers(store),
    ...streamingPullHandlers(store),
  });
  return {
    host: `${ADDRESS}:${port}`,
    port,
    tick: () => timers.runDue(),
    redeliverAll: () => store.redeliverAll(),
    undelivered: () => store.undelivered(),
    deliveries: () => store.deliveries(),
    idle: () => store.idle(),
    async [Symbol.asyncDispose]() {
      store.close(new PubsubError(status.UNAVAILABLE, 'The local Pub/Sub was stopped.'));
      timers.close();
      pacing.close();
      connections.close();
      server.forceShutdown();
      await new Promise((resolve) => server.tryShutdown(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(`${ADDRESS}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
    if (!error) resolve(bound);
    else if (!/EADDRINUSE/.test(error.message)) reject(error);
    else {
      reject(
        new Error(
          `Pub/Sub: port ${port} of ${ADDRESS} is in use. Stop what uses it, or move all ports with FIRESINK_PORT_BASE.`,
          { cause: error },
        ),
      );
    }
  });
  return promise;
}
