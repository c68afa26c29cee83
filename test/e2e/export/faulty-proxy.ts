// A door in front of Firestore at the level of TCP, where connections are cut and held up at points that a
// seed decides.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createRandom } from '../../../infra/local/demo/random.ts';

export interface FaultyProxy extends AsyncDisposable {
  /** `127.0.0.1:40123` */
  readonly host: string;
  readonly cuts: number;
}

export interface Faults {
  seed: string;
  /** Bytes from the server after which a connection is cut: some number up to twice as many. */
  cutAfterBytes: number;
  /** One chunk in so many waits up to `delayMs` before it goes on. */
  delayOnceIn: number;
  delayMs: number;
}

export async function startFaultyProxy(upstream: string, faults: Faults): Promise<FaultyProxy> {
  const [hostname = '', port] = upstream.split(':');
  const random = createRandom(faults.seed);
  const sockets = new Set<Socket>();
  let cuts = 0;

  /** Passes on what comes, until the connection's end or its cut. */
  async function forward(server: Socket, client: Socket): Promise<void> {
    let left = random.integer(1, 2 * faults.cutAfterBytes);
    for await (const chunk of server as AsyncIterable<Buffer>) {
      if (random.once(faults.delayOnceIn)) {
        const { promise, resolve } = Promise.withResolvers<void>();
        setTimeout(resolve, random.integer(1, faults.delayMs));
        await promise;
      }
      const passed = chunk.subarray(0, left);
      left -= passed.length;
      const hasRoom = client.write(passed);
      if (left === 0) {
        cuts++;
        client.resetAndDestroy();
        return;
      }
      if (!hasRoom) await once(client, 'drain');
    }
  }

  const server = createServer((client) => {
    const remote = connect(Number(port), hostname);
    const end = () => {
      for (const socket of [client, remote]) socket.destroy();
    };
    for (const socket of [client, remote]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.pipe(remote);
    // A socket that is gone is no more than that.
    forward(remote, client).catch(end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
