// The contract of Firestore, as far as the local stand-in promises it, told through Google's own client. A
// suite runs against the stand-in and, unchanged, against Google's emulator. Where the two differ on
// purpose, because the emulator differs from Firestore, a test is registered for one of them only, and its
// name says so.
import { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe } from 'vitest';
import { startFirestore } from '../../infra/local/firestore/server.ts';
import { connectFirestoreApi, type FirestoreApi } from '../support/firestore-api.ts';
import { startGoogleFirestore } from '../support/firestore-emulator.ts';
import { missing } from '../support/tools.ts';

export interface Database {
  client: Firestore;
  projectId: string;
  /** `projects/p/databases/(default)` */
  name: string;
}

export interface Endpoint {
  /** `127.0.0.1:8680` */
  host: string;
  /** One that nobody has written to. */
  newDatabase(databaseId?: string): Database;
  /** The generated client below it, for what the other one cannot ask. */
  readonly api: FirestoreApi;
}

export interface Subject {
  isGoogles: boolean;
  endpoint(): Endpoint;
}

type Suites = Record<string, (subject: Subject) => void>;

/** Registers the suites for both; a subject's `endpoint` is there while tests run. */
export function describeFirestore(suites: Suites): void {
  describe('the stand-in', () => {
    run(() => startFirestore({ port: 0, minPartitionDocuments: 10 }), false, suites);
  });
  const absent = missing('java', 'gcloud');
  const needs = absent.length > 0 ? ` (needs ${absent.join(' and ')})` : '';
  describe.skipIf(absent.length > 0)(`Google's emulator${needs}`, () => {
    run(startGoogleFirestore, true, suites);
  });
}

type Started = { host: string; port: number } & AsyncDisposable;

function run(start: () => Promise<Started>, isGoogles: boolean, suites: Suites): void {
  let server: Started | undefined;
  let endpoint: Endpoint | undefined;
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    server = await start();
    endpoint = connect(server, closing);
  });
  afterAll(async () => {
    for (const close of closing) await close();
    await server?.[Symbol.asyncDispose]();
  });
  const subject: Subject = {
    isGoogles,
    endpoint: () => {
      if (endpoint === undefined) throw new Error('the endpoint exists only while tests run');
      return endpoint;
    },
  };
  for (const [title, suite] of Object.entries(suites)) describe(title, () => suite(subject));
}

let projects = 0;

function connect({ host, port }: Started, closing: (() => Promise<void>)[]): Endpoint {
  const api = connectFirestoreApi(port);
  closing.push(() => api.close());
  return {
    host,
    api,
    newDatabase(databaseId = '(default)') {
      projects += 1;
      const projectId = `contract-${process.pid}-${projects}`;
      const client = new Firestore({ projectId, databaseId, host, ssl: false });
      closing.push(() => client.terminate());
      return { client, projectId, name: `projects/${projectId}/databases/${databaseId}` };
    },
  };
}
