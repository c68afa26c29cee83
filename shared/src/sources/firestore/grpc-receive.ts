// The answer's side of one gRPC call: messages out, back-pressure in, and in the end one verdict.
import http2, {
  type ClientHttp2Stream,
  type Http2Session,
  type IncomingHttpHeaders,
} from 'node:http2';
import { MessageCutter, type OnMessage } from './grpc-messages.ts';
import { GrpcError, readHttpStatus, readReset, readStatus } from './grpc-status.ts';

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR } = http2.constants;

export interface ReceiveOptions {
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Resolves when the service has said OK and every message has been dealt with. When it rejects, no call of
 * `onMessage` is under way any more, so that another stream may take over.
 */
export function receive(
  stream: ClientHttp2Stream,
  options: ReceiveOptions,
  onMessage: OnMessage,
): Promise<void> {
  const receiver = new Receiver(stream, onMessage);
  const { signal, deadlineMs } = options;
  const onAbort = () => receiver.fail(signal?.reason);
  const onDeadline = () => receiver.fail(new GrpcError('DEADLINE_EXCEEDED', `${deadlineMs} ms`));
  const timer = setTimeout(onDeadline, deadlineMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  return receiver.done.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  });
}

class Receiver {
  readonly done: Promise<void>;
  readonly #stream: ClientHttp2Stream;
  readonly #session: Http2Session | undefined;
  readonly #cutter: MessageCutter;
  /** Ours, or the consumer's: it comes before whatever the stream then says. */
  #problem: { error: unknown } | undefined;
  #status: { error: GrpcError | undefined } | undefined;
  #streamError: Error | undefined;
  #ended = false;
  #pausing: Promise<void> | undefined;

  constructor(stream: ClientHttp2Stream, onMessage: OnMessage) {
    this.#stream = stream;
    this.#session = stream.session;
    this.#cutter = new MessageCutter(onMessage);
    stream.on('response', (headers, flags) => this.#onHeaders(headers, flags));
    stream.on('data', (chunk: Buffer) => this.#consume(chunk, 0));
    stream.on('trailers', (headers) => {
      this.#status = { error: readStatus(headers) };
    });
    stream.on('end', () => {
      this.#ended = true;
    });
    // Without a listener it would end the process; what it means is known at 'close'.
    stream.on('error', (error) => {
      this.#streamError = error;
    });
    const closed = new Promise<void>((resolve) => stream.on('close', resolve));
    this.done = closed.then(() => this.#settled()).then(() => this.#verdict());
  }

  fail(error: unknown): void {
    this.#problem ??= { error };
    this.#stream.close(NGHTTP2_CANCEL);
    // Closed, a stream still waits for its data to be read; nobody wants it.
    this.#stream.destroy();
  }

  #onHeaders(headers: IncomingHttpHeaders, flags: number): void {
    const error = readHttpStatus(headers);
    if (error) this.fail(error);
    else if (flags & NGHTTP2_FLAG_END_STREAM) {
      this.#status = { error: readStatus(headers) };
    }
  }

  #consume(chunk: Buffer, from: number): void {
    if (this.#problem) return;
    try {
      const { at, pause } = this.#cutter.push(chunk, from);
      if (pause) this.#pauseFor(pause, chunk, at);
    } catch (error) {
      this.fail(error);
    }
  }

  #pauseFor(pause: Promise<void>, chunk: Buffer, at: number): void {
    this.#stream.pause();
    const pausing = pause.then(
      () => {
        this.#pausing = undefined;
        this.#consume(chunk, at);
        if (!this.#pausing) this.#stream.resume();
      },
      (error: unknown) => {
        this.#pausing = undefined;
        this.fail(error);
      },
    );
    this.#pausing = pausing;
  }

  async #settled(): Promise<void> {
    while (this.#pausing) await this.#pausing;
  }

  #verdict(): void {
    if (this.#problem) throw this.#problem.error;
    if (this.#status?.error) throw this.#status.error;
    // Node also ends what was cancelled, so an end alone says nothing.
    const broken = this.#session?.destroyed || this.#stream.rstCode !== NGHTTP2_NO_ERROR;
    if (!this.#status) throw broken ? this.#reset() : readStatus({});
    if (!this.#ended) throw this.#reset();
    if (!this.#cutter.atBoundary) throw new GrpcError('INTERNAL', 'the last message was cut');
  }

  #reset(): GrpcError {
    // Node says CANCEL for the streams of a connection that went away.
    const code = this.#session?.destroyed ? undefined : this.#stream.rstCode;
    return readReset(code, this.#streamError);
  }
}
