// What the Firestore stand-in's own options and members promise to tests, and how it streams.
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { Firestore } from '@google-cloud/firestore';
import { status } from '@grpc/grpc-js';
import { describe, test, vi } from 'vitest';
import {
  type FirestoreOptions,
  type FirestoreStandIn,
  startFirestore,
} from '../../infra/local/firestore/server.ts';
import { connectFirestoreApi } from '../support/firestore-api.ts';

interface Running extends AsyncDisposable {
  server: FirestoreStandIn;
  client: Firestore;
}

async function start(options: Partial<FirestoreOptions> = {}): Promise<Running> {
  const server = await startFirestore({ port: 0, ...options });
  const client = new Firestore({ projectId: 'own', host: server.host, ssl: false });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.terminate();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** As many documents, 500 a commit. */
async function fill(client: Firestore, count: number, text = ''): Promise<void> {
  for (let start = 0; start < count; start += 500) {
    const batch = client.batch();
    for (let n = start; n < Math.min(start + 500, count); n += 1) {
      batch.set(client.doc(`a/${n}`), { n, text });
    }
    await batch.commit();
  }
}

describe('document reads', () => {
  test('are counted as Firestore bills them', async ({ expect }) => {
    await using running = await start();
    const { server, client } = running;
    await fill(client, 30);
    const cost = async (read: () => Promise<unknown>): Promise<number> => {
      const before = server.documentReads;
      await read();
      return server.documentReads - before;
    };
    const all = client.collection('a');
    expect(server.documentReads).toBe(0);
    expect(await cost(() => all.get())).toBe(30);
    expect(await cost(() => all.limit(7).get())).toBe(7);
    expect(await cost(() => all.offset(20).limit(5).get())).toBe(25);
    expect(await cost(() => all.where('n', '==', 99).get())).toBe(1);
    expect(await cost(() => client.getAll(client.doc('a/1'), client.doc('a/none')))).toBe(2);
    expect(await cost(() => all.count().get())).toBe(1);
  });
});

describe('faults', () => {
  test('end a call before it does anything', async ({ expect }) => {
    const faults = [
      { code: status.PERMISSION_DENIED, details: 'Missing or insufficient permissions.' },
    ];
    await using running = await start({
      fault: ({ method }) => (method === 'Commit' ? faults.pop() : undefined),
    });
    const { client } = running;
    await expect(client.doc('a/b').set({})).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
      details: 'Missing or insufficient permissions.',
    });
    expect((await client.collection('a').get()).size).toBe(0);
    await client.doc('a/b').set({});
    expect((await client.collection('a').get()).size).toBe(1);
  });

  test('end a stream after so many answers, and the client reads on from there', async ({
    expect,
  }) => {
    let broken = 0;
    await using running = await start({
      fault: ({ method, answersSent }) => {
        if (method !== 'RunQuery' || answersSent !== 10 || broken === 2) return undefined;
        broken += 1;
        return { code: status.UNAVAILABLE, details: 'The stream broke.' };
      },
    });
    const { client } = running;
    await fill(client, 50);
    const { docs } = await client.collection('a').get();
    expect(docs.map((document) => document.get('n')).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    );
    expect(broken).toBe(2);
  });
});

describe('the server', () => {
  test('names the port that is in use', async ({ expect }) => {
    await using running = await start();
    const { port } = running.server;
    await expect(startFirestore({ port })).rejects.toThrow(
      `Firestore: port ${port} of 127.0.0.1 is in use.`,
    );
  });

  test('answers what it does not serve with UNIMPLEMENTED', async ({ expect }) => {
    await using running = await start();
    const api = connectFirestoreApi(running.server.port);
    const parent = 'projects/own/databases/(default)/documents';
    await expect(
      api.createDocument({ parent, collectionId: 'a', document: {} }),
    ).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringContaining('/google.firestore.v1.Firestore/CreateDocument'),
    });
    await expect(
      api.listDocuments({ parent, collectionId: 'a', orderBy: 'n' }),
    ).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringContaining('order_by'),
    });
    await api.close();
  });

  test('waits with sending while nobody reads, and is idle when all is read', async ({
    expect,
  }) => {
    let sent = 0;
    await using running = await start({
      fault: ({ answersSent }) => {
        sent = answersSent;
        return undefined;
      },
    });
    const { server, client } = running;
    await fill(client, 5000, 'x'.repeat(1000));
    const { session, stream } = runQueryPaused(server.host);
    let before = -1;
    await vi.waitFor(
      () => {
        const now = sent;
        const stands = now > 0 && now === before;
        before = now;
        if (!stands) throw new Error('still sending');
      },
      { interval: 100 },
    );
    expect(sent).toBeLessThan(1000);

    let idle = false;
    const waiting = server.idle().then(() => {
      idle = true;
    });
    await new Promise(setImmediate);
    expect(idle).toBe(false);
    let bytes = 0;
    for await (const chunk of stream) bytes += chunk.length;
    await waiting;
    expect(bytes).toBeGreaterThan(5_000_000);
    expect(sent).toBe(4999);
    session.close();
  });

  test('forgets a reader that is gone, and stops at once below one that is not', async ({
    expect,
  }) => {
    let sent = 0;
    const server = await startFirestore({
      port: 0,
      fault: ({ answersSent }) => {
        sent = answersSent;
        return undefined;
      },
    });
    const client = new Firestore({ projectId: 'own', host: server.host, ssl: false });
    await fill(client, 3000, 'x'.repeat(1000));
    await client.terminate();
    const gone = runQueryPaused(server.host);
    await vi.waitUntil(() => sent > 10);
    gone.session.destroy();
    await server.idle();

    sent = 0;
    const paused = runQueryPaused(server.host);
    const ended = new Promise((resolve) => paused.stream.on('close', resolve));
    paused.session.on('error', () => {});
    paused.stream.on('error', () => {});
    await vi.waitUntil(() => sent > 10);
    await server[Symbol.asyncDispose]();
    await ended;
    expect(sent).toBeLessThan(2999);
  });
});

/** Raw HTTP/2, for Google's client cannot leave off reading. */
function runQueryPaused(host: string): { session: ClientHttp2Session; stream: ClientHttp2Stream } {
  const session = connect(`http://${host}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/google.firestore.v1.Firestore/RunQuery',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.pause();
  stream.end(runQueryFrame('projects/own/databases/(default)/documents', 'a'));
  return { session, stream };
}

/** A RunQueryRequest for one collection, in gRPC's frame: no compression, length, message. */
function runQueryFrame(parent: string, collectionId: string): Buffer {
  const field = (number: number, body: Buffer) =>
    Buffer.concat([Buffer.from([number * 8 + 2, body.length]), body]);
  const from = field(2, field(2, Buffer.from(collectionId)));
  const message = Buffer.concat([field(1, Buffer.from(parent)), field(2, from)]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}
