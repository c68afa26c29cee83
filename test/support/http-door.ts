// A door in front of an HTTP server, where a test, or a seed, decides what becomes of each request. Requests
// are taken whole before they pass, so this is not for large bodies.
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DoorRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface DoorResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** `before`: the server never hears of it. `after`: it has done its work, and the client does not learn it. */
type When = 'before' | 'after';

export type Fault =
  | { do: 'answer'; when: When; status: number; body: unknown }
  | { do: 'reset'; when: When }
  /** Half of the answer comes. */
  | { do: 'cut' }
  | { do: 'delay'; ms: number }
  /** The server gets it once more, so much later; nobody waits for that answer. */
  | { do: 'twice'; ms: number };

export interface Door extends AsyncDisposable {
  /** `127.0.0.1:40123` */
  readonly host: string;
  /** `http://127.0.0.1:40123` */
  readonly url: string;
}

export type Decide = (request: DoorRequest) => Fault | undefined;

/** @param upstream  `http://127.0.0.1:8690`; asked for each request where it is a function */
export async function openDoor(upstream: string | (() => string), decide: Decide): Promise<Door> {
  const agent = new Agent({ keepAlive: true });
  const to = typeof upstream === 'string' ? () => upstream : upstream;
  const server = createServer(async (incoming, outgoing) => {
    try {
      const { method = 'GET', url = '/', headers } = incoming;
      const request = { method, url, headers, body: await buffer(incoming) };
      const fault = decide(request);
      const answer = await pass(agent, to, request, fault);
      if (answer === 'reset') {
        incoming.socket.resetAndDestroy();
        return;
      }
      outgoing.writeHead(answer.status, answer.headers);
      if (fault?.do === 'cut') {
        const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
        outgoing.write(half);
        setImmediate(() => incoming.socket.destroySoon());
      } else outgoing.end(answer.body);
    } catch {
      incoming.socket.destroy();
    }
  });
  server.keepAliveTimeout = 60_000;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

async function pass(
  agent: Agent,
  to: () => string,
  request: DoorRequest,
  fault: Fault | undefined,
): Promise<DoorResponse | 'reset'> {
  if (fault?.do === 'delay') await sleep(fault.ms);
  if (fault?.do === 'twice') void repeat(agent, to, request, fault.ms);
  const isFinal = fault?.do === 'answer' || fault?.do === 'reset';
  const answer =
    isFinal && fault.when === 'before' ? undefined : await forward(agent, to(), request);
  if (fault?.do === 'reset') return 'reset';
  if (fault?.do === 'answer') return made(fault);
  return answer ?? 'reset';
}

async function repeat(
  agent: Agent,
  to: () => string,
  request: DoorRequest,
  afterMs: number,
): Promise<void> {
  try {
    await sleep(afterMs);
    await forward(agent, to(), request);
  } catch {
    // Whoever it was sent to has ended meanwhile.
  }
}

function made({ status, body }: Extract<Fault, { do: 'answer' }>): DoorResponse {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = { 'content-type': 'application/json', 'content-length': `${bytes.length}` };
  return { status, headers, body: bytes };
}

async function forward(
  agent: Agent,
  upstream: string,
  { method, url, headers, body }: DoorRequest,
): Promise<DoorResponse> {
  const { 'transfer-encoding': _, ...kept } = headers;
  const hasBody = body.length > 0 || headers['content-length'] !== undefined;
  const sent = httpRequest(`${upstream}${url}`, {
    method,
    agent,
    // The host stays that of the door: addresses in answers lead through it again.
    headers: hasBody ? { ...kept, 'content-length': body.length } : kept,
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  const { 'transfer-encoding': __, ...responseHeaders } = response.headers as IncomingHttpHeaders;
  return { status: response.statusCode, headers: responseHeaders, body: await buffer(response) };
}
