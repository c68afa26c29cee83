// What the reader's tests share: a database of their own in our stand-in, and the same in Google's emulator.

import { connectFirestore } from '@firesink/shared/sources/firestore/client.ts';
import type { GrpcChannel } from '@firesink/shared/sources/firestore/grpc.ts';
import type { Scope } from '@firesink/shared/sources/firestore/requests.ts';
import { documentNameIn } from '@firesink/shared/sources/firestore/responses.ts';
import { type ReadOptions, readCollection } from '@firesink/shared/sources/firestore/run-query.ts';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe } from 'vitest';
import { type FirestoreStandIn, startFirestore } from '../../infra/local/firestore/server.ts';
import { startGoogleFirestore } from '../support/firestore-emulator.ts';
import { missing } from '../support/tools.ts';

let projects = 0;

/** A project nobody has used, with a client of each kind. */
export class Database implements AsyncDisposable {
  readonly source = { project: `reader-${process.pid}-${projects++}`, database: '(default)' };
  readonly host: string;
  readonly client: Firestore;
  readonly channel: GrpcChannel;
  #ticks = 0;

  /** @param readerHost  where the reader goes, if not to the server itself */
  constructor(host: string, readerHost = host) {
    this.host = host;
    this.client = new Firestore({ projectId: this.source.project, host, ssl: false });
    this.channel = connectFirestore({ FIRESTORE_EMULATOR_HOST: readerHost });
  }

  /** Documents at these paths, each with what `fields` makes of its place in the list. */
  async write(paths: readonly string[], fields: (index: number) => object = (n) => ({ n })) {
    for (let from = 0; from < paths.length; from += 400) {
      const batch = this.client.batch();
      for (const [offset, path] of paths.slice(from, from + 400).entries()) {
        batch.set(this.client.doc(path), fields(from + offset));
      }
      await batch.commit();
    }
  }

  /** An instant at which everything written so far is there. */
  async now(): Promise<number> {
    // A write that changes nothing would keep the time of the one before.
    const { writeTime } = await this.client.doc('clocks/reader').set({ tick: ++this.#ticks });
    return Math.ceil(writeTime.toMillis() + 1);
  }

  async scope(path: string, options: { group?: boolean } & Partial<Scope> = {}): Promise<Scope> {
    const { group = false, ...rest } = options;
    const readTimeMs = rest.readTimeMs ?? (await this.now());
    return { source: this.source, collection: { path, group }, ...rest, readTimeMs };
  }

  /** Paths of the documents read, in the order they came. */
  async read(scope: Scope, options: Partial<ReadOptions> = {}): Promise<string[]> {
    const paths: string[] = [];
    const { channel } = this;
    await readCollection(
      { channel, world: impatient },
      {
        ...scope,
        ...options,
        onMessage: (buffer, start, end) => {
          paths.push(this.relative(documentNameIn(buffer.subarray(start, end))));
        },
      },
    );
    return paths;
  }

  name(path: string): string {
    return `projects/${this.source.project}/databases/(default)/documents/${path}`;
  }

  relative(name = ''): string {
    return name.slice(this.name('').length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel[Symbol.asyncDispose]();
    await this.client.terminate();
  }
}

/** Tries again at once. */
export const impatient = { delay: async () => {} };

/** Registers the suite for our stand-in, and for Google's emulator where there is one. */
export function describeFirestore(title: string, suite: (open: () => Database) => void): void {
  describe(`${title}, stand-in`, () => register(suite, () => startFirestore({ port: 0 })));
  const absent = missing('java', 'gcloud');
  describe.skipIf(absent.length > 0)(`${title}, Google's emulator (needs java, gcloud)`, () =>
    register(suite, startGoogleFirestore),
  );
}

type Server = AsyncDisposable & Pick<FirestoreStandIn, 'host'>;

function register(suite: (open: () => Database) => void, start: () => Promise<Server>): void {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  suite(() => {
    if (!server) throw new Error('the server exists only while tests run');
    return new Database(server.host);
  });
}
