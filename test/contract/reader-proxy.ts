// A door in front of a server, at the level of TCP: it counts what goes through to the client, and cuts
// connections where a test says.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Proxy extends AsyncDisposable {
  readonly host: string;
  /** Bytes that went from the server to clients, on all connections. */
  readonly bytesOut: number;
  readonly connections: number;
}

/**
 * @param cutAfter  asked for each connection (0 is the first): bytes from the server after which it is cut,
 *   both ways; undefined for never
 */
export async function startProxy(
  upstream: string,
  cutAfter: (connection: number) => number | undefined = () => undefined,
): Promise<Proxy> {
  const [hostname = '', port] = upstream.split(':');
  const sockets = new Set<Socket>();
  let bytesOut = 0;
  let connections = 0;
  const server = createServer((client) => {
    let left = cutAfter(connections++) ?? Number.POSITIVE_INFINITY;
    const remote = connect(Number(port), hostname);
    const end = () => {
      for (const socket of [client, remote]) socket.destroy();
    };
    for (const socket of [client, remote]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.pipe(remote);
    remote.on('data', (chunk: Buffer) => {
      const passed = chunk.subarray(0, left);
      left -= passed.length;
      bytesOut += passed.length;
      const room = client.write(passed);
      if (left <= 0) client.destroySoon();
      else if (!room) {
        remote.pause();
        client.once('drain', () => remote.resume());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get bytesOut() {
      return bytesOut;
    },
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
