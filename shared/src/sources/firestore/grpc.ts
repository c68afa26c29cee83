// gRPC over node:http2, as far as firesink needs it: calls with one request, and one or many answers.
// grpc-js costs half as much again per document (facts: 8.5 µs against 6.9, with the transcoder), the
// official client six times. Missing on purpose: compression, client streams, retries (callers resume).
import http2, { type ClientHttp2Session } from 'node:http2';
import { frameMessage, type OnMessage } from './grpc-messages.ts';
import { receive } from './grpc-receive.ts';
import { GrpcError } from './grpc-status.ts';

/** Bytes a stream may be ahead of its reader. The default, 64 KiB, is three to five times slower at 10 ms. */
const WINDOW_BYTES = 1024 * 1024;
/** MB, Node's bound on what a session buffers: room for several streams whose readers pause. */
const SESSION_MEMORY_MB = 64;
const CONNECT_MS = 20_000;
/** Milliseconds. A session that nobody used for so long is not trusted again: the process may have been
 * frozen between two events, and the other end be gone without a word. */
const IDLE_MS = 60_000;
/** A session with calls but without an answered ping for so long is dead, whatever TCP believes. */
const PING_EVERY_MS = 30_000;
const PING_ANSWER_MS = 20_000;

export interface Endpoint {
  /** `https://firestore.googleapis.com`, or `http://127.0.0.1:8680`. */
  origin: string;
  /** Asked before each call: credentials, lower-case names. */
  headers(): Promise<Record<string, string>>;
}

export interface Call {
  /** `/google.firestore.v1.Firestore/RunQuery` */
  path: string;
  headers: Readonly<Record<string, string>>;
  request: Buffer;
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

export class GrpcChannel implements AsyncDisposable {
  readonly #endpoint: Endpoint;
  readonly #clock: () => number;
  #session: ClientHttp2Session | undefined;
  #calls = 0;
  #lastUsedMs = 0;

  constructor(endpoint: Endpoint, clock: () => number = Date.now) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  /** @throws {GrpcError} and whatever `onMessage` throws */
  async stream(call: Call, onMessage: OnMessage): Promise<void> {
    call.signal?.throwIfAborted();
    const headers = await this.#endpoint.headers();
    const stream = this.#connected().request({
      ':method': 'POST',
      ':path': call.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${Math.ceil(call.deadlineMs)}m`,
      'user-agent': 'firesink',
      ...headers,
      ...call.headers,
    });
    stream.end(frameMessage(call.request));
    this.#calls++;
    try {
      await receive(stream, call, onMessage);
    } finally {
      this.#calls--;
      this.#lastUsedMs = this.#clock();
    }
  }

  /** @throws {GrpcError} also where there is no answer, or more than one */
  async unary(call: Call): Promise<Buffer> {
    const answers: Buffer[] = [];
    await this.stream(call, (buffer, start, end) => {
      answers.push(buffer.subarray(start, end));
    });
    const [answer] = answers;
    if (!answer || answers.length > 1) {
      throw new GrpcError('INTERNAL', `${answers.length} answers to one request`);
    }
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    const stale = this.#calls === 0 && this.#clock() - this.#lastUsedMs > IDLE_MS;
    if (stale) this.#session?.destroy();
    if (!this.#session || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#endpoint.origin, {
        isBusy: () => this.#calls > 0,
        onRetire: (session) => {
          if (this.#session === session) this.#session = undefined;
        },
      });
    }
    return this.#session;
  }
}

interface ConnectOptions {
  /** Whether anybody waits for an answer. */
  isBusy(): boolean;
  /** The session takes no new streams; those it has may go on. */
  onRetire(session: ClientHttp2Session): void;
}

function connect(origin: string, { isBusy, onRetire }: ConnectOptions): ClientHttp2Session {
  const session = http2.connect(origin, {
    maxSessionMemory: SESSION_MEMORY_MB,
    settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
  });
  const timer = setTimeout(() => session.destroy(new Error('no connection')), CONNECT_MS);
  timer.unref();
  const stopPinging = keepAlive(session, isBusy);
  session.once('connect', () => {
    clearTimeout(timer);
    session.setLocalWindowSize(WINDOW_BYTES);
    // A call's deadline holds the process while it runs, an idle session must not.
    session.unref();
  });
  // Streams hear of it themselves; without a listener Node would end the process.
  session.on('error', () => onRetire(session));
  session.on('goaway', () => onRetire(session));
  session.on('close', () => {
    clearTimeout(timer);
    stopPinging();
    onRetire(session);
  });
  return session;
}

function keepAlive(session: ClientHttp2Session, isBusy: () => boolean): () => void {
  let answerTimer: NodeJS.Timeout | undefined;
  const ping = () => {
    if (!isBusy() || session.connecting || session.destroyed || answerTimer) return;
    answerTimer = setTimeout(() => session.destroy(new Error('no answer')), PING_ANSWER_MS).unref();
    session.ping(() => {
      clearTimeout(answerTimer);
      answerTimer = undefined;
    });
  };
  const timer = setInterval(ping, PING_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    clearTimeout(answerTimer);
  };
}
