// Delivers the messages of one push subscription: as many at once as the window lets, nothing while it pauses.
// A slow push is no failure and holds nobody up: after a while it no longer counts against the window. This
// pacing spares endpoint and machine, so it runs in real time, whatever clock the messages live by.
import type { Backlog, Outcome } from './backlog.ts';
import { formatPush } from './push-body.ts';
import type { PendingPush, PushConnections } from './push-request.ts';
import { PushWindow } from './push-window.ts';
import type { Timer, Timers } from './timers.ts';
import type { PushConfig, Subscription } from './wire.ts';

const SLOW_MS = 2000;
/** Pushes of a subscription out at once, slow ones included. */
const MOST_OUTSTANDING = 1000;

interface PushContext {
  /** In real time. */
  pacing: Timers;
  connections: PushConnections;
  backlog: Backlog;
  random: () => number;
  /** Has `pump` called again soon. */
  wake(): void;
}

interface Push {
  round: number;
  isQuick: boolean;
  slowTimer: Timer;
  request?: PendingPush;
}

export class PushDispatcher {
  readonly #context: PushContext;
  readonly #window = new PushWindow();
  readonly #outstanding = new Set<Push>();
  /** Those that count against the window. */
  #quick = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(context: PushContext) {
    this.#context = context;
  }

  /** Sends what may be sent now; to be called whenever something became ready. */
  pump(subscription: Subscription, config: PushConfig): void {
    const { backlog, pacing } = this.#context;
    while (
      this.#quick < this.#window.size &&
      this.#outstanding.size < MOST_OUTSTANDING &&
      pacing.now() >= this.#pausedUntilMs &&
      backlog.hasReady
    ) {
      this.#send(subscription, config);
    }
  }

  close(): void {
    for (const { request } of this.#outstanding) request?.abort();
  }

  #send(subscription: Subscription, config: PushConfig): void {
    const { backlog, connections } = this.#context;
    const push = this.#begin();
    const lease = backlog.take(subscription.ackDeadlineSeconds * 1000, (outcome) =>
      this.#finish(push, outcome),
    );
    if (!lease) {
      this.#finish(push, 'dropped');
      return;
    }
    const attempt = subscription.deadLetterPolicy ? lease.attempt : undefined;
    const body = formatPush(lease.message, subscription.name, config, attempt);
    push.request = connections.post(new URL(config.pushEndpoint), body, (acknowledged) => {
      if (acknowledged) backlog.acknowledge([lease.ackId]);
      else backlog.modifyDeadline(lease.ackId, 0);
    });
  }

  #begin(): Push {
    const { pacing, wake } = this.#context;
    const slowTimer = pacing.at(pacing.now() + SLOW_MS, () => {
      push.isQuick = false;
      this.#quick -= 1;
      wake();
    });
    const push: Push = { round: this.#window.round, isQuick: true, slowTimer };
    this.#outstanding.add(push);
    this.#quick += 1;
    return push;
  }

  #finish(push: Push, outcome: Outcome): void {
    const { pacing, random, wake } = this.#context;
    pacing.cancel(push.slowTimer);
    if (push.isQuick) this.#quick -= 1;
    this.#outstanding.delete(push);
    // After an answer there is nothing to abort, and the connection is to be kept.
    if (outcome === 'expired' || outcome === 'dropped') push.request?.abort();
    if (outcome === 'acknowledged') this.#window.succeeded();
    else if (outcome !== 'dropped') this.#pause(this.#window.failed(push.round, random()));
    wake();
  }

  #pause(pauseMs: number): void {
    const { pacing, wake } = this.#context;
    if (pauseMs <= 0) return;
    this.#pausedUntilMs = pacing.now() + pauseMs;
    pacing.at(this.#pausedUntilMs, wake);
  }
}
