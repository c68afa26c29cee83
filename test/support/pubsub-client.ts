// The official client aimed at an endpoint, and an endpoint for pushes that a test tells what to answer.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';

export interface Clients extends AsyncDisposable {
  readonly pubsub: PubSub;
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  /** `projects/p` */
  readonly project: string;
  /** `projects/p/topics/t` */
  topic(id: string): string;
  subscription(id: string): string;
}

/** @param host as `PUBSUB_EMULATOR_HOST` takes it */
export function openClients(host: string, projectId: string): Clients {
  const pubsub = new PubSub({ projectId, apiEndpoint: host, emulatorMode: true });
  const [servicePath = '', port] = host.split(':');
  const sslCreds = credentials.createInsecure();
  const options = { projectId, servicePath, port: Number(port), sslCreds };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const project = `projects/${projectId}`;
  return {
    project,
    pubsub,
    publisher,
    subscriber,
    topic: (id) => `${project}/topics/${id}`,
    subscription: (id) => `${project}/subscriptions/${id}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([pubsub.close(), publisher.close(), subscriber.close()]);
    },
  };
}

interface ReceivedPush {
  path: string;
  headers: IncomingHttpHeaders;
  /** As received. */
  text: string;
  /** Milliseconds since 1970. */
  atMs: number;
}

/** A status to answer with; or nothing, where `response` is dealt with otherwise (or left hanging). */
export type Answer = (
  push: ReceivedPush,
  response: ServerResponse,
) => number | undefined | Promise<number | undefined>;

export interface PushEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:1234` */
  readonly url: string;
  readonly pushes: ReceivedPush[];
  /** Opened so far. */
  connections(): number;
}

export async function openEndpoint(answer: Answer = () => 204): Promise<PushEndpoint> {
  const pushes: ReceivedPush[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const push = {
      path: request.url ?? '',
      headers: request.headers,
      text: Buffer.concat(chunks).toString(),
      atMs: Date.now(),
    };
    pushes.push(push);
    const status = await answer(push, response);
    if (status !== undefined) response.writeHead(status).end();
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port to be had');
  return {
    url: `http://127.0.0.1:${address.port}`,
    pushes,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The wrapped body of a push. */
interface WrappedPush {
  message: {
    data?: string;
    attributes?: Record<string, string>;
    messageId: string;
    message_id: string;
    publishTime?: string;
    publish_time?: string;
    orderingKey?: string;
  };
  subscription: string;
  deliveryAttempt?: number;
}

export function parsePush({ text }: ReceivedPush): WrappedPush {
  const body: WrappedPush = JSON.parse(text);
  return body;
}

/** The data of a wrapped push as text. */
export function pushData(push: ReceivedPush): string {
  return Buffer.from(parsePush(push).message.data ?? '', 'base64').toString();
}
