// The contract of Cloud Storage, as far as the local stand-in promises it, told through Google's own client.
// A suite runs in both forms the client can be led to a server, because its requests differ; and against
// another server instead, where STORAGE_EMULATOR_HOST names one.
import { type Bucket, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, vi } from 'vitest';
import type { StandIn } from '../../infra/local/stand-in.ts';
import { startStorage } from '../../infra/local/storage/server.ts';

export interface Endpoint {
  storage: Storage;
  /** `http://127.0.0.1:8690` */
  url: string;
  /** A new, empty bucket. */
  newBucket(): Promise<Bucket>;
}

const external = process.env.STORAGE_EMULATOR_HOST;

let bucketCount = 0;

/** Registers `suite` once for each form; it gets the endpoint when its tests run. */
export function describeStorage(title: string, suite: (endpoint: () => Endpoint) => void): void {
  describe.each(['apiEndpoint', 'STORAGE_EMULATOR_HOST'] as const)(`${title}, by %s`, (form) => {
    let server: StandIn | undefined;
    let endpoint: Endpoint | undefined;
    beforeAll(async () => {
      server = external === undefined ? await startStorage({ port: 0 }) : undefined;
      const url = external ?? `http://${server?.host}`;
      endpoint = connect(url, form);
    });
    afterAll(async () => {
      vi.unstubAllEnvs();
      await server?.[Symbol.asyncDispose]();
    });
    suite(() => {
      if (endpoint === undefined) throw new Error('the endpoint exists only while tests run');
      return endpoint;
    });
  });
}

function connect(url: string, form: 'apiEndpoint' | 'STORAGE_EMULATOR_HOST'): Endpoint {
  const projectId = 'contract';
  if (form === 'STORAGE_EMULATOR_HOST') vi.stubEnv('STORAGE_EMULATOR_HOST', url);
  else vi.stubEnv('STORAGE_EMULATOR_HOST', undefined);
  const options = form === 'apiEndpoint' ? { projectId, apiEndpoint: url } : { projectId };
  const storage = new Storage({ ...options, retryOptions: { autoRetry: false } });
  return { storage, url, newBucket: () => newBucket(storage) };
}

export async function newBucket(storage: Storage): Promise<Bucket> {
  bucketCount += 1;
  const [bucket] = await storage.createBucket(`contract-${process.pid}-${bucketCount}`);
  return bucket;
}
