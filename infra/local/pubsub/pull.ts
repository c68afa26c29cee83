// google.pubsub.v1.Subscriber: one-off pulls, and answers to what was pulled in whatever way.

import { isAckId, type Lease } from './backlog.ts';
import {
  checkBounds,
  invalidAckId,
  invalidArgument,
  notForPush,
  type PubsubError,
} from './errors.ts';
import { type Call, unary } from './rpc.ts';
import type { Store } from './store.ts';
import type { LiveSubscription } from './subscription.ts';
import { formatTimestamp, type ReceivedMessage } from './wire.ts';

const MOST_PER_PULL = 1000;
/** Bytes of data after which a response is closed: clients take 20 MiB, and one message may have 10 MB. */
const FULL_RESPONSE = 4_000_000;
/** A pull that finds nothing waits for something, the service says "a bounded amount of time". */
const LONGEST_WAIT_MS = 5000;
const LONGEST_DEADLINE_SECONDS = 600;

interface PullRequest {
  subscription: string;
  returnImmediately: boolean;
  maxMessages: number;
}

interface PullResponse {
  receivedMessages: ReceivedMessage[];
}

export function pullHandlers(store: Store) {
  return {
    Pull: unary((request: PullRequest, call: Call<PullRequest, PullResponse>) => {
      const subscription = store.subscription(request.subscription);
      checkBounds('max_messages', request.maxMessages, { min: 1, max: Number.POSITIVE_INFINITY });
      if (subscription.isPush) throw notForPush();
      const take = () => ({
        receivedMessages: takeBatch(subscription, {
          maxMessages: Math.min(request.maxMessages, MOST_PER_PULL),
          deadlineMs: subscription.resource.ackDeadlineSeconds * 1000,
        }),
      });
      if (subscription.backlog.hasReady || request.returnImmediately) return take();
      return waitAndTake(subscription, call, take);
    }),

    Acknowledge: unary((request: { subscription: string; ackIds: string[] }) => {
      const { backlog } = store.subscription(request.subscription);
      checkAckIds(request.ackIds);
      backlog.acknowledge(request.ackIds);
      return {};
    }),

    ModifyAckDeadline: unary(
      (request: { subscription: string; ackIds: string[]; ackDeadlineSeconds: number }) => {
        const { backlog } = store.subscription(request.subscription);
        checkAckIds(request.ackIds);
        checkDeadline(request.ackDeadlineSeconds);
        for (const ackId of request.ackIds) {
          backlog.modifyDeadline(ackId, request.ackDeadlineSeconds * 1000);
        }
        return {};
      },
    ),
  };
}

/** @throws {PubsubError} INVALID_ARGUMENT for what never was an ack id; an outdated one is fine */
export function checkAckIds(ackIds: readonly string[]): void {
  if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
  for (const ackId of ackIds) {
    if (!isAckId(ackId)) throw invalidAckId(ackId);
  }
}

/** @param seconds 0 refuses the message */
export function checkDeadline(seconds: number): void {
  checkBounds('ack_deadline_seconds', seconds, { min: 0, max: LONGEST_DEADLINE_SECONDS });
}

interface BatchLimits {
  maxMessages: number;
  deadlineMs: number;
  /** Told of each message that is handed out; what it returns is called when its lease ends. */
  onLease?: (lease: { bytes: number }) => () => void;
}

export function takeBatch(
  { backlog, deliversAttempts }: LiveSubscription,
  { maxMessages, deadlineMs, onLease }: BatchLimits,
): ReceivedMessage[] {
  const received: ReceivedMessage[] = [];
  let bytes = 0;
  while (received.length < maxMessages && bytes < FULL_RESPONSE) {
    let onEnd: (() => void) | undefined;
    const lease = backlog.take(deadlineMs, () => onEnd?.());
    if (!lease) break;
    onEnd = onLease?.({ bytes: lease.message.data.length });
    bytes += lease.message.data.length;
    received.push(formatReceived(lease, deliversAttempts));
  }
  return received;
}

function formatReceived({ ackId, message, attempt }: Lease, deliversAttempts: boolean) {
  const { id, publishTimeMs, data, attributes, orderingKey } = message;
  const publishTime = formatTimestamp(publishTimeMs);
  return {
    ackId,
    message: { data, attributes, messageId: id, publishTime, orderingKey },
    deliveryAttempt: deliversAttempts ? attempt : 0,
  };
}

function waitAndTake(
  subscription: LiveSubscription,
  call: Call<PullRequest, PullResponse>,
  take: () => PullResponse,
): Promise<PullResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<PullResponse>();
  const stop = () => {
    leave();
    clearTimeout(timeout);
  };
  const leave = subscription.join({
    serve() {
      stop();
      resolve(take());
    },
    end(error: PubsubError) {
      stop();
      reject(error);
    },
  });
  // In the time of the caller who waits, not that of the clock, which may stand still; and early enough for
  // the answer to reach a caller of little patience.
  const patienceMs = Number(call.getDeadline()) - Date.now();
  const timeout = setTimeout(
    () => {
      stop();
      resolve({ receivedMessages: [] });
    },
    Math.min(LONGEST_WAIT_MS, patienceMs / 2),
  );
  // Nobody is there to acknowledge what would be handed out now.
  call.on('cancelled', stop);
  return promise;
}
