// Stand-ins and the load stage of this very process, with a door in front of BigQuery and of Cloud Storage:
// snapshots are put into the bucket as exports leave them there, and loaded without any function.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '@firesink/shared/config/environment.ts';
import { type Pair, tasks } from '@firesink/shared/config/lookup.ts';
import { createLog } from '@firesink/shared/log.ts';
import type { LoadTask } from '@firesink/shared/messages/load.ts';
import { formatRun } from '@firesink/shared/messages/run.ts';
import { createServices, type Services } from '@firesink/shared/services.ts';
import { formatMetadata } from '@firesink/shared/snapshots/metadata.ts';
import { formatSnapshotName } from '@firesink/shared/snapshots/names.ts';
import { load } from '@firesink/shared/stages/load.ts';
import type { SyncEvent } from '@firesink/shared/warehouse/sync-events.ts';
import type { Bucket } from '@google-cloud/storage';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { type Decide, type Door, openDoor } from './http-door.ts';
import { temporaryFolder } from './local.ts';

export interface LoadWorldOptions {
  /** Name and options of each, e.g. `{ collection: apis, maxShrink: 0.5 }`. */
  collections: readonly string[];
  /** Default: one, `shop`. */
  sources?: readonly string[];
  bigquery?: Decide;
  storage?: Decide;
}

export interface LoadWorld extends AsyncDisposable {
  readonly system: LocalSystem;
  readonly services: Services;
  readonly environment: Environment;
  pair(collection: string, source?: string): Pair;
  /** @param lines  documents' ids, or whole lines where they begin with `{` */
  put(pair: Pair, snapshot: SnapshotOptions): Promise<string>;
  /** What an event of the snapshot does. */
  load(pair: Pair, object: string): Promise<SyncEvent>;
  /** `_document_id`s the slice shows, sorted. */
  ids(pair: Pair): Promise<string[]>;
  /** Ids of the load jobs of the pair's slice, oldest first, with what became of them. */
  jobs(pair: Pair): Promise<{ id: string; error: string | undefined }[]>;
}

export interface SnapshotOptions {
  runMs: number;
  ids: readonly string[];
  allowEmpty?: boolean;
  allowShrink?: boolean;
  /** Instead of as many as there are ids. */
  rows?: number;
}

export const configOf = (sources: readonly string[], collections: readonly string[]): string =>
  [
    'environments:',
    '  test:',
    '    warehouse: { project: warehouse, dataset: catalogue, location: EU, bucket: sink }',
    '    firestore:',
    ...sources.map((name) => `      - { project: ${name} }`),
    'collections:',
    ...collections.map((each) => `  - ${each}`),
    '',
  ].join('\n');

const pass: Decide = () => undefined;

export async function openLoadWorld({
  collections,
  sources = ['shop'],
  bigquery = pass,
  storage = pass,
}: LoadWorldOptions): Promise<LoadWorld> {
  const folder = temporaryFolder();
  const config = join(folder.path, 'firesink.yaml');
  writeFileSync(config, configOf(sources, collections));
  const system = await startLocal({ config, functions: [] });
  const bigqueryDoor = await openDoor(system.bigqueryUrl, bigquery);
  const storageDoor = await openDoor(system.storageUrl, storage);
  const doors = {
    BIGQUERY_EMULATOR_HOST: bigqueryDoor.url,
    STORAGE_EMULATOR_HOST: storageDoor.url,
  };
  const before = { ...process.env };
  Object.assign(process.env, system.env, doors);
  const { environment } = system;
  const services = createServices({ environment, log: createLog(() => {}) });
  const bucket = (await system.clients.storage()).bucket(environment.warehouse.bucket);
  const rest = {
    system,
    services,
    environment,
    folder,
    before,
    doors: [bigqueryDoor, storageDoor],
  };
  return { ...rest, ...actions(rest, bucket), [Symbol.asyncDispose]: () => close(rest) };
}

interface Opened {
  system: LocalSystem;
  services: Services;
  environment: Environment;
  folder: Disposable;
  before: NodeJS.ProcessEnv;
  doors: readonly Door[];
}

async function close({ system, services, folder, before, doors }: Opened): Promise<void> {
  await services.close();
  for (const door of doors) await door[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  process.env = before;
}

function actions(
  { system, services, environment }: Opened,
  bucket: Bucket,
): Omit<LoadWorld, 'system' | 'services' | 'environment' | keyof AsyncDisposable> {
  const { dataset } = environment.warehouse;
  return {
    pair(collection, source = 'shop') {
      const [pair] = tasks(environment, { sources: [source], collections: [collection] });
      if (!pair) throw new Error(`${source} ${collection} is not configured`);
      return pair;
    },
    put: (pair, snapshot) => putSnapshot(bucket, pair, snapshot),
    load: (pair, object) =>
      load(loadTask(environment, pair, object), services, { deadlineMs: Date.now() + 60_000 }),
    async ids({ source, collection }) {
      const bigquery = await system.clients.bigquery();
      const table = bigquery.dataset(dataset).table(`${collection.table}$${source.slice}`);
      const [rows] = await table.getRows();
      return rows.map((row) => String(row._document_id)).sort();
    },
    async jobs({ source, collection }) {
      const bigquery = await system.clients.bigquery();
      const [jobs] = await bigquery.getJobs({ autoPaginate: true, projection: 'full' });
      return jobs
        .map((job) => job.metadata)
        .filter(({ configuration }) => {
          const tableId = configuration?.load?.destinationTable?.tableId;
          return tableId === `${collection.table}$${source.slice}`;
        })
        .map(({ jobReference, status }) => ({
          id: String(jobReference?.jobId),
          error: status?.errorResult?.reason,
        }))
        .reverse();
    },
  };
}

export const loadTask = (environment: Environment, pair: Pair, name: string): LoadTask => ({
  origin: 'firestore',
  ...pair,
  object: { bucket: environment.warehouse.bucket, name },
  folder: { origin: 'firestore', source: pair.source.name, collection: pair.collection.name },
  upload: false,
  stem: undefined,
});

/** An object as an export leaves it. @returns its name */
export async function putSnapshot(
  bucket: Bucket,
  { source, collection }: Pair,
  { runMs, ids, allowEmpty = false, allowShrink = false, rows = ids.length }: SnapshotOptions,
): Promise<string> {
  const run = formatRun(runMs);
  const folder = { origin: 'firestore', source: source.name, collection: collection.name } as const;
  const name = formatSnapshotName(folder, run);
  const counts = { documents: rows, rows, rowErrors: 0, redacted: 0 };
  const flags = { allowEmpty, allowShrink };
  const metadata = formatMetadata({ ...counts, name, readTimeMs: runMs, ...flags, schema: '' });
  const line = (id: string) =>
    id.startsWith('{')
      ? id
      : JSON.stringify({
          _slice: source.slice,
          _run: run,
          _source: source.name,
          _document_id: id,
          _data: { id },
        });
  const body = ids.map((id) => `${line(id)}\n`).join('');
  await bucket.file(name).save(body, { resumable: false, metadata: { metadata } });
  return name;
}
