// The BigQuery stand-in with Cloud Storage beside it, and Google's own clients for both.
import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery, type JobLoadMetadata, type TableMetadata } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { startBigquery } from '../../infra/local/bigquery/server.ts';
import { startStorage } from '../../infra/local/storage/server.ts';

export const PROJECT = 'shop-data';
export const DATASET = 'catalogue';
const BUCKET = 'shop-sink';

export interface LoadAnswer {
  state: string;
  /** `errorResult`, or undefined for success. */
  error: { reason: string; message: string; location?: string } | undefined;
  /** All of `status.errors`. */
  errors: { reason: string; message: string; location?: string }[];
  statistics: Record<string, string>;
}

export interface BigqueryWorld extends AsyncDisposable {
  readonly bigquery: BigQuery;
  readonly storage: Storage;
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  idle(): Promise<void>;
  /** @returns the object's `gs://` URI */
  upload(name: string, content: string | Buffer): Promise<string>;
  /** Makes the table, or has the job make it. */
  createTable(tableId: string, metadata: TableMetadata): Promise<void>;
  /** A load job of NDJSON, to its end; of text, which is uploaded first, or of URIs. */
  load(
    tableId: string,
    source: string | Buffer | { uris: string[] },
    options?: Partial<JobLoadMetadata>,
  ): Promise<LoadAnswer>;
  /** The wire's own `f`/`v` cells, unpacked: text, null, lists. */
  cells(tableId: string): Promise<unknown[][]>;
}

export async function openBigqueryWorld(
  options: { dataDir?: string; clock?: () => number } = {},
): Promise<BigqueryWorld> {
  const stack = new AsyncDisposableStack();
  const storageStandIn = stack.use(await startStorage({ port: 0 }));
  const storageUrl = `http://${storageStandIn.host}`;
  const standIn = stack.use(await startBigquery({ port: 0, storageUrl, ...options }));
  const url = `http://${standIn.host}`;
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: url });
  const storage = new Storage({ projectId: PROJECT, apiEndpoint: storageUrl });
  const [bucket] = await storage.createBucket(BUCKET);
  await bigquery.createDataset(DATASET, { location: 'EU' }).catch((error: { code: number }) => {
    if (error.code !== 409) throw error;
  });
  let uploads = 0;
  const upload = async (name: string, content: string | Buffer): Promise<string> => {
    await bucket.file(name).save(content, { resumable: false, validation: false });
    return `gs://${BUCKET}/${name}`;
  };
  return {
    bigquery,
    storage,
    url,
    host: standIn.host,
    port: standIn.port,
    idle: () => standIn.idle(),
    upload,
    async createTable(tableId, metadata) {
      await bigquery.dataset(DATASET).createTable(tableId, metadata);
    },
    async load(tableId, source, load = {}) {
      uploads += 1;
      const uris =
        typeof source === 'object' && 'uris' in source
          ? source.uris
          : [await upload(`upload-${uploads}.ndjson`, source)];
      const [job] = await bigquery.createJob({
        configuration: {
          load: {
            sourceUris: uris,
            sourceFormat: 'NEWLINE_DELIMITED_JSON',
            destinationTable: { projectId: PROJECT, datasetId: DATASET, tableId },
            ...load,
          },
        },
      });
      return finished(job);
    },
    async cells(tableId) {
      const response = await fetch(
        `${url}/bigquery/v2/projects/${PROJECT}/datasets/${DATASET}/tables/${tableId}/data?formatOptions.useInt64Timestamp=true`,
      );
      const { rows = [] } = (await response.json()) as { rows?: Cells[] };
      return rows.map(({ f }) => f.map(({ v }) => unpack(v)));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface Cells {
  f: { v: unknown }[];
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(({ v }: { v: unknown }) => unpack(v));
  if (typeof value !== 'object' || value === null) return value;
  return (value as Cells).f.map(({ v }) => unpack(v));
}

interface Pollable {
  getMetadata(): Promise<[unknown, ...unknown[]]>;
}

interface JobAnswer {
  status: { state: string; errorResult?: LoadAnswer['error']; errors?: LoadAnswer['errors'] };
  statistics: { load?: Record<string, string> };
}

/** Polls like any client that waits for a job. */
export async function finished(job: Pollable): Promise<LoadAnswer> {
  for (;;) {
    const [metadata] = await job.getMetadata();
    const { status, statistics } = metadata as JobAnswer;
    if (status.state === 'DONE') {
      return {
        state: status.state,
        error: status.errorResult,
        errors: status.errors ?? [],
        statistics: statistics.load ?? {},
      };
    }
    await sleep(10);
  }
}
