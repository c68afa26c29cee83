// google.pubsub.v1.Subscriber.StreamingPull: one stream of one subscriber, both ways.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { checkBounds, invalidArgument, notForPush, type PubsubError } from './errors.ts';
import { checkAckIds, checkDeadline, takeBatch } from './pull.ts';
import { toStatus } from './rpc.ts';
import type { Store } from './store.ts';
import type { LiveSubscription, PullConsumer } from './subscription.ts';
import type { StreamingPullRequest, StreamingPullResponse } from './wire.ts';

const MOST_PER_RESPONSE = 1000;

type StreamCall = ServerDuplexStream<StreamingPullRequest, StreamingPullResponse>;

export function streamingPullHandlers(store: Store) {
  return {
    StreamingPull(call: StreamCall): void {
      let stream: PullStream | undefined;
      let hasFailed = false;
      call.on('data', (request: StreamingPullRequest) => {
        if (hasFailed) return;
        try {
          if (stream) stream.answer(request);
          else stream = openStream(store, call, request);
        } catch (error) {
          hasFailed = true;
          stream?.leave();
          call.emit('error', toStatus(error));
        }
      });
      call.on('end', () => {
        stream?.leave();
        call.end();
      });
      call.on('cancelled', () => stream?.leave());
    },
  };
}

function openStream(store: Store, call: StreamCall, request: StreamingPullRequest): PullStream {
  const subscription = store.subscription(request.subscription);
  if (subscription.isPush) throw notForPush();
  checkStreamDeadline(request.streamAckDeadlineSeconds);
  return new PullStream(subscription, call, request);
}

const checkStreamDeadline = (seconds: number) =>
  checkBounds('stream_ack_deadline_seconds', seconds, { min: 10, max: 600 });

class PullStream implements PullConsumer {
  readonly #subscription: LiveSubscription;
  readonly #call: StreamCall;
  /** 0 or less: no limit. */
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #leave: () => void;
  #deadlineMs: number;
  #outstanding = 0;
  #outstandingBytes = 0;
  #isOpen = true;
  #isDraining = false;

  constructor(subscription: LiveSubscription, call: StreamCall, request: StreamingPullRequest) {
    this.#subscription = subscription;
    this.#call = call;
    this.#maxMessages = request.maxOutstandingMessages;
    this.#maxBytes = request.maxOutstandingBytes;
    this.#deadlineMs = request.streamAckDeadlineSeconds * 1000;
    this.#acknowledge(request);
    this.#writeProperties();
    this.#leave = subscription.join(this);
  }

  /** A later request on the stream: answers to messages, a new deadline, or nothing, to keep it alive. */
  answer(request: StreamingPullRequest): void {
    if (request.subscription || request.maxOutstandingMessages || request.maxOutstandingBytes) {
      throw invalidArgument(
        'The subscription and the flow control settings can only be set on the initial StreamingPullRequest.',
      );
    }
    if (request.streamAckDeadlineSeconds) {
      checkStreamDeadline(request.streamAckDeadlineSeconds);
      this.#deadlineMs = request.streamAckDeadlineSeconds * 1000;
    }
    // The client gives a stream up if a keep-alive is not answered within 15 s.
    if (!this.#acknowledge(request)) this.#writeProperties();
  }

  serve(): void {
    while (this.#isOpen && !this.#isDraining && this.#room > 0) {
      const receivedMessages = takeBatch(this.#subscription, {
        maxMessages: Math.min(this.#room, MOST_PER_RESPONSE),
        deadlineMs: this.#deadlineMs,
        onLease: ({ bytes }) => this.#lend(bytes),
      });
      if (receivedMessages.length === 0) return;
      this.#write({ receivedMessages });
    }
  }

  end(error: PubsubError): void {
    this.#isOpen = false;
    this.#call.emit('error', toStatus(error));
  }

  /** What is out stays out until its deadline. */
  leave(): void {
    this.#isOpen = false;
    this.#leave();
  }

  get #room(): number {
    if (this.#maxBytes > 0 && this.#outstandingBytes >= this.#maxBytes) return 0;
    return this.#maxMessages > 0 ? this.#maxMessages - this.#outstanding : MOST_PER_RESPONSE;
  }

  #lend(bytes: number): () => void {
    this.#outstanding += 1;
    this.#outstandingBytes += bytes;
    return () => {
      this.#outstanding -= 1;
      this.#outstandingBytes -= bytes;
      this.#subscription.wake();
    };
  }

  /** @returns whether there was anything */
  #acknowledge(request: StreamingPullRequest): boolean {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds } = request;
    const { backlog } = this.#subscription;
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw invalidArgument(
        'modify_deadline_ack_ids and modify_deadline_seconds must have the same size.',
      );
    }
    const all = [...ackIds, ...modifyDeadlineAckIds];
    if (all.length === 0) return false;
    checkAckIds(all);
    for (const seconds of modifyDeadlineSeconds) checkDeadline(seconds);
    backlog.acknowledge(ackIds);
    for (const [index, ackId] of modifyDeadlineAckIds.entries()) {
      backlog.modifyDeadline(ackId, (modifyDeadlineSeconds[index] ?? 0) * 1000);
    }
    return true;
  }

  #writeProperties(): void {
    const messageOrderingEnabled = this.#subscription.resource.enableMessageOrdering;
    this.#write({
      subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled },
    });
  }

  #write(response: StreamingPullResponse): void {
    if (!this.#isOpen || this.#call.write(response)) return;
    this.#isDraining = true;
    this.#call.once('drain', () => {
      this.#isDraining = false;
      this.#subscription.wake();
    });
  }
}
