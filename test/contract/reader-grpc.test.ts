// Our end of gRPC, against a server that says what no well-behaved one would.
import { once } from 'node:events';
import http2, { type ServerHttp2Stream } from 'node:http2';
import { connectFirestore } from '@firesink/shared/sources/firestore/client.ts';
import { GrpcChannel } from '@firesink/shared/sources/firestore/grpc.ts';
import { describe, test, vi } from 'vitest';

type Headers = http2.IncomingHttpHeaders;
type Answer = (stream: ServerHttp2Stream, headers: Headers) => void;

async function startServer(answer: Answer, clock = Date.now) {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const headers = async () => ({ authorization: 'Bearer owner' });
  const channel = new GrpcChannel({ origin: `http://${host}`, headers }, clock);
  return {
    channel,
    sessions,
    async [Symbol.asyncDispose]() {
      await channel[Symbol.asyncDispose]();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const CALL = {
  path: '/google.firestore.v1.Firestore/RunQuery',
  headers: { 'x-goog-request-params': 'project_id=acme&database_id=%28default%29' },
  request: Buffer.from('question'),
  deadlineMs: 20_000,
};

/** The machine may be busy with other tests. */
const PATIENT = { timeout: 20_000 };

const HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' };

const frame = (text: string, flag = 0): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([flag, 0, 0, 0, bytes.length]), bytes]);
};

/** Sends the chunks, each as a frame of its own if it is not too long, then these trailers. */
function send(stream: ServerHttp2Stream, chunks: Iterable<Buffer>, trailers: object | undefined) {
  stream.respond(HEADERS, { waitForTrailers: trailers !== undefined });
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
}

const OK = { 'grpc-status': '0' };

async function ask(answer: Answer): Promise<string[]> {
  await using server = await startServer(answer);
  const texts: string[] = [];
  await server.channel.stream(CALL, (buffer, start, end) => {
    texts.push(buffer.toString('utf8', start, end));
  });
  return texts;
}

describe('a stream of answers', () => {
  test('is cut into messages wherever HTTP/2 cuts it', async ({ expect }) => {
    const texts = ['', 'a', 'bc', '', 'd'.repeat(200), 'é'];
    const bytes = Buffer.concat(texts.map((text) => frame(text)));
    for (const size of [1, 2, 3, 4, 5, 6, 7, 100, 204, 205, 206, 1000]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      expect(await ask((stream) => send(stream, chunks, OK)), `${size} bytes`).toEqual(texts);
    }
  });

  test('waits for each promise, in the middle of a chunk too', async ({ expect }) => {
    const texts = Array.from({ length: 50 }, (_, n) => String(n));
    const bytes = Buffer.concat(texts.map((text) => frame(text)));
    await using server = await startServer((stream) => send(stream, [bytes], OK));
    const seen: string[] = [];
    let busy = false;
    await server.channel.stream(CALL, async (buffer, start, end) => {
      expect(busy).toBe(false);
      busy = true;
      seen.push(buffer.toString('utf8', start, end));
      await Promise.resolve();
      busy = false;
    });
    expect(seen).toEqual(texts);
  });

  test('carries the question, its deadline and the headers', async ({ expect }) => {
    const seen: Headers[] = [];
    const questions: Buffer[] = [];
    await ask((stream, headers) => {
      seen.push(headers);
      stream.on('data', (chunk: Buffer) => questions.push(chunk));
      stream.on('end', () => send(stream, [], OK));
    });
    expect(Buffer.concat(questions)).toEqual(frame('question'));
    expect(seen).toEqual([
      expect.objectContaining({
        ':method': 'POST',
        ':path': CALL.path,
        te: 'trailers',
        'content-type': 'application/grpc',
        'grpc-timeout': '20000m',
        authorization: 'Bearer owner',
        ...CALL.headers,
      }),
    ]);
  });
});

type Case = [what: string, status: string, answer: Answer];

const FAILURES: Case[] = [
  ['no trailers', 'INTERNAL', (stream) => send(stream, [frame('a')], undefined)],
  ['trailers without a status', 'INTERNAL', (stream) => send(stream, [], { 'x-other': '1' })],
  ['a status nobody knows', 'UNKNOWN', (stream) => send(stream, [], { 'grpc-status': '99' })],
  ['an error in the trailers', 'ABORTED', (stream) => send(stream, [], { 'grpc-status': '10' })],
  [
    'an error in the headers, and nothing else',
    'NOT_FOUND',
    (stream) => stream.respond({ ...HEADERS, 'grpc-status': '5' }, { endStream: true }),
  ],
  ['half a message', 'INTERNAL', (stream) => send(stream, [frame('ab').subarray(0, 6)], OK)],
  ['half a prefix', 'INTERNAL', (stream) => send(stream, [Buffer.from([0, 0])], OK)],
  ['a compressed message', 'INTERNAL', (stream) => send(stream, [frame('a', 1)], OK)],
  [
    'a message of 4 GiB',
    'INTERNAL',
    (stream) => send(stream, [Buffer.from('00ffffffff', 'hex')], OK),
  ],
  [
    'a stream refused',
    'UNAVAILABLE',
    (stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
  ],
  ['a stream cancelled', 'CANCELLED', (stream) => stream.close(http2.constants.NGHTTP2_CANCEL)],
  ['a stream broken', 'INTERNAL', (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)],
  [
    'a calm asked for',
    'RESOURCE_EXHAUSTED',
    (stream) => stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM),
  ],
  ['a connection cut', 'UNAVAILABLE', (stream) => stream.session?.destroy()],
  [
    'a connection cut half way',
    'UNAVAILABLE',
    (stream) => {
      stream.respond(HEADERS);
      stream.write(frame('a'), () => stream.session?.destroy());
    },
  ],
  ["a proxy's page, HTTP 502", 'UNAVAILABLE', (stream) => page(stream, 502)],
  ["a proxy's page, HTTP 403", 'PERMISSION_DENIED', (stream) => page(stream, 403)],
  ["a web server's page, HTTP 404", 'UNIMPLEMENTED', (stream) => page(stream, 404)],
  ["a web server's page, HTTP 200", 'UNKNOWN', (stream) => page(stream, 200)],
];

function page(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': status, 'content-type': 'text/html' });
  stream.end('<h1>Hello</h1>');
}

describe('is an error, never an end:', () => {
  test.for(FAILURES)('%s (%s)', async ([, status, answer], { expect }) => {
    await expect(ask(answer)).rejects.toMatchObject({ status });
  });

  test('no answer within the deadline', async ({ expect }) => {
    await using server = await startServer(() => {});
    const call = { ...CALL, deadlineMs: 30 };
    await expect(server.channel.stream(call, () => {})).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
  });

  test('one request, no answer or two', async ({ expect }) => {
    for (const answers of [[], [frame('a'), frame('b')]]) {
      await using server = await startServer((stream) => send(stream, answers, OK));
      await expect(server.channel.unary(CALL)).rejects.toMatchObject({ status: 'INTERNAL' });
    }
  });
});

describe('the connection', () => {
  test('is shared by calls at the same time', async ({ expect }) => {
    await using server = await startServer((stream) => send(stream, [frame('a')], OK));
    await Promise.all(Array.from({ length: 20 }, () => server.channel.unary(CALL)));
    expect(server.sessions.size).toBe(1);
  });

  test('is left when the server says goodbye; streams under way come to their end', async ({
    expect,
  }) => {
    const open: ServerHttp2Stream[] = [];
    await using server = await startServer((stream) => {
      if (open.push(stream) > 1) return send(stream, [frame('second')], OK);
      stream.session?.goaway();
      return undefined;
    });
    const first = server.channel.unary(CALL);
    await expect.poll(() => open.length, PATIENT).toBe(1);
    await expect.poll(() => server.channel.unary(CALL).then(String), PATIENT).toBe('second');
    const [stream] = open;
    if (stream) send(stream, [frame('first')], OK);
    expect((await first).toString()).toBe('first');
    expect(server.sessions.size).toBe(2);
  });

  test('is made anew after it broke', async ({ expect }) => {
    let calls = 0;
    await using server = await startServer((stream) => {
      if (calls++ === 0) stream.session?.destroy();
      else send(stream, [frame('a')], OK);
    });
    await expect(server.channel.unary(CALL)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect((await server.channel.unary(CALL)).toString()).toBe('a');
  });

  test('is not trusted after a minute without calls', async ({ expect }) => {
    let nowMs = 1_000_000;
    await using server = await startServer(
      (stream) => send(stream, [frame('a')], OK),
      () => nowMs,
    );
    const connectionsAfter = async (idleMs: number) => {
      nowMs += idleMs;
      await server.channel.unary(CALL);
      return server.sessions.size;
    };
    expect(await connectionsAfter(0)).toBe(1);
    expect(await connectionsAfter(60_000)).toBe(1);
    expect(await connectionsAfter(60_001)).toBe(2);
  });
});

describe('credentials', () => {
  test.for([
    ['that are missing are for a person to mend', '/nowhere.json', 'UNAUTHENTICATED'],
    ['that cannot be read, too', 'package.json', 'UNAUTHENTICATED'],
  ])('%s', async ([, file, status], { expect }) => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
    try {
      await using channel = connectFirestore({});
      await expect(channel.unary(CALL)).rejects.toMatchObject({ status });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
