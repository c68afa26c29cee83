// A Firestore that loses documents, or sends them twice: a proxy that takes HTTP/2 apart and lets a test say
// how often each answer to RunQuery goes on.
import { once } from 'node:events';
import http2, { type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { frameMessage, MessageCutter } from '@firesink/shared/sources/firestore/grpc-messages.ts';

export interface LossyProxy extends AsyncDisposable {
  /** `127.0.0.1:40123` */
  readonly host: string;
  /** Answers to RunQuery that came from the server. */
  readonly answers: number;
}

/** @param copies  asked for each answer to RunQuery, 0 is the first: how often it is passed on, once by default */
export async function startLossyProxy(
  upstream: string,
  copies: (answer: number) => number = () => 1,
): Promise<LossyProxy> {
  const session = http2.connect(`http://${upstream}`);
  let answers = 0;

  function pass(stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    const request = session.request(headers);
    const isQuery = headers[':path']?.endsWith('/RunQuery');
    const cutter = new MessageCutter((buffer, start, end) => {
      const message = frameMessage(buffer.subarray(start, end));
      for (let copy = isQuery ? copies(answers++) : 1; copy > 0; copy--) stream.write(message);
    });
    stream.pipe(request);
    request.on('response', (received) => {
      stream.respond(received, { waitForTrailers: true });
    });
    request.on('data', (chunk: Buffer) => cutter.push(chunk, 0));
    request.on('trailers', (trailers) => {
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    });
    request.on('end', () => stream.end());
    stream.on('close', () => request.close());
    // Whoever hangs up has seen enough.
    for (const side of [stream, request]) side.on('error', () => {});
  }

  const server = http2.createServer().on('stream', pass);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    get answers() {
      return answers;
    },
    async [Symbol.asyncDispose]() {
      session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
