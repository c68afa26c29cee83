// One POST to an endpoint over kept-alive connections.
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { PushBody } from './push-body.ts';

/** https://cloud.google.com/pubsub/docs/push, "Receive messages"; 102 comes before the final answer. */
const ACKNOWLEDGING = new Set([102, 200, 201, 202, 204]);

/** Headers the service sends with every push. */
const HEADERS = { accept: 'application/json', 'user-agent': 'CloudPubSub-Google' };

export interface PendingPush {
  /** Gives up; the answer, if one still comes, is not wanted. */
  abort(): void;
}

/** Connections to endpoints, shared by all subscriptions, kept open between pushes. */
export class PushConnections {
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });

  /** @param onAnswer called at most once, never within this call and never after `abort` */
  post(endpoint: URL, push: PushBody, onAnswer: (acknowledged: boolean) => void): PendingPush {
    let isOver = false;
    const answer = (acknowledged: boolean) => {
      if (!isOver) onAnswer(acknowledged);
      isOver = true;
    };
    let request = this.#send(endpoint, push, true, answer, () => {
      if (!isOver) request = this.#send(endpoint, push, false, answer, () => answer(false));
    });
    return {
      abort() {
        isOver = true;
        request.destroy();
      },
    };
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  /**
   * @param onStale the connection was an idle one and broke: most likely the endpoint closed it just as
   *                this was on its way, as any server with a keep-alive limit does now and then
   */
  #send(
    endpoint: URL,
    push: PushBody,
    mayReuse: boolean,
    answer: (acknowledged: boolean) => void,
    onStale: () => void,
  ): ClientRequest {
    const isTls = endpoint.protocol === 'https:';
    const agent = mayReuse && (isTls ? this.#https : this.#http);
    const headers = { ...HEADERS, ...push.headers, 'content-length': push.body.length };
    const options = { method: 'POST', agent, headers };
    const request = isTls ? httpsRequest(endpoint, options) : httpRequest(endpoint, options);
    let isAnswered = false;
    request.on('information', ({ statusCode }) => {
      if (ACKNOWLEDGING.has(statusCode)) answer(true);
    });
    request.on('response', (response) => {
      isAnswered = true;
      response.on('error', () => {}).resume();
      answer(ACKNOWLEDGING.has(response.statusCode ?? 0));
    });
    request.on('error', () => {
      if (request.reusedSocket && !isAnswered) onStale();
      else answer(false);
    });
    return request.end(push.body);
  }
}
