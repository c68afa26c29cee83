// A door in front of Cloud Storage, at the level of HTTP, that harms the pieces of an upload as a test says.
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';

export type Harm =
  /** Not passed on, answered with this status. */
  | { answer: number }
  /** So many bytes of the body are passed on, then both connections are cut. */
  | { cutAfter: number }
  /** Passed on, but the answer never comes. */
  | { loseAnswer: true }
  /** Passed on, but answered only then. */
  | { holdUntil: Promise<void> }
  /** The service's answer, with these words replaced. */
  | { replace: [from: RegExp, to: string] };

export interface Door extends AsyncDisposable {
  readonly url: string;
  /** Of the pieces and questions, in order: `bytes 0-262143/*`. */
  readonly ranges: string[];
}

/** Asked for each request of the kind, 0 is the first. */
export interface Harms {
  /** A piece, or a question how much there is. */
  put?: (count: number) => Harm | undefined;
  /** A session being opened. */
  open?: (count: number) => Harm | undefined;
}

export async function startDoor(upstream: string, harms: Harms = {}): Promise<Door> {
  const ranges: string[] = [];
  let openings = 0;
  let url = '';
  const harmTo = ({ method, url: path = '', headers }: IncomingMessage): Harm | undefined => {
    if (method === 'PUT') return harms.put?.(ranges.push(String(headers['content-range'])) - 1);
    return path.startsWith('/upload/') ? harms.open?.(openings++) : undefined;
  };
  const server = http.createServer((request, response) => {
    const harm = harmTo(request);
    if (harm && 'answer' in harm) answer(request, response, harm.answer);
    else pass(request, response, { upstream, url, harm });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url,
    ranges,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume();
  request.on('end', () => response.writeHead(status).end('no'));
}

interface Passing {
  upstream: string;
  url: string;
  harm: Exclude<Harm, { answer: number }> | undefined;
}

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { upstream, url, harm }: Passing,
) {
  const { method = 'GET', headers } = request;
  const path = new URL(request.url ?? '/', upstream);
  const onward = http.request(path, { method, headers: { ...headers, host: path.host } });
  onward.on('error', () => request.socket.destroy());
  onward.on('response', async (reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of reply) chunks.push(chunk);
    let body = Buffer.concat(chunks);
    if (harm && 'loseAnswer' in harm) return request.socket.destroy();
    if (harm && 'holdUntil' in harm) await harm.holdUntil;
    if (harm && 'replace' in harm) {
      body = Buffer.from(body.toString().replace(...harm.replace));
    }
    // The session is to be reached through the door as well.
    const location = reply.headers.location?.replace(upstream, url);
    const { 'content-length': _, 'transfer-encoding': __, ...kept } = reply.headers;
    response.writeHead(reply.statusCode ?? 500, { ...kept, ...(location && { location }) });
    return response.end(body);
  });
  forward(request, onward, harm && 'cutAfter' in harm ? harm.cutAfter : Number.POSITIVE_INFINITY);
}

function forward(request: IncomingMessage, onward: http.ClientRequest, cutAfter: number): void {
  let left = cutAfter;
  request.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    const passed = chunk.subarray(0, left);
    left -= passed.length;
    onward.write(passed, () => {
      if (left > 0) return;
      request.socket.destroy();
      // What was written is on its way; an end in the middle of a body.
      onward.socket?.end();
    });
  });
  request.on('end', () => left > 0 && onward.end());
}
