// Stand-ins (Google's emulator of Firestore, where a test has started one) and the export stage of this very
// process: what an export leaves in the bucket is read back as it lies there.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCollection, findSource } from '@firesink/shared/config/lookup.ts';
import { createLog } from '@firesink/shared/log.ts';
import { formatRun } from '@firesink/shared/messages/run.ts';
import { createServices, type PublishedMessage, type Services } from '@firesink/shared/services.ts';
import { parseMetadata } from '@firesink/shared/snapshots/metadata.ts';
import { connectFirestore } from '@firesink/shared/sources/firestore/client.ts';
import { exportCollection } from '@firesink/shared/stages/export.ts';
import { load } from '@firesink/shared/stages/load.ts';
import type { Bucket } from '@google-cloud/storage';
import { type LocalOptions, type LocalSystem, startLocal } from '../../../infra/local/system.ts';
import { configOf, loadTask } from '../../support/load-world.ts';
import { temporaryFolder } from '../../support/local.ts';

export const SOURCE = 'shop';

export interface WorldOptions extends Pick<LocalOptions, 'functions' | 'functionsDir' | 'env'> {
  /** Options of each as the configuration has them, e.g. `{ collection: versions, group: true }`. */
  collections: readonly string[];
  /** `127.0.0.1:8080` of Google's emulator, instead of the stand-in. */
  firestoreHost?: string | undefined;
}

export interface ExportOptions {
  documentsPerPart?: number;
  /** Default: a minute from now. */
  deadlineMs?: number;
  /** Where Firestore is reached, if not directly: a proxy's. */
  firestoreHost?: string;
}

export interface ExportWorld extends AsyncDisposable {
  readonly system: LocalSystem;
  /** Messages that exports have published, instead of having them delivered. */
  readonly published: readonly PublishedMessage[];
  /** What one delivery of the message does. */
  export(collection: string, runMs: number, options?: ExportOptions): Promise<string>;
  /** What the event of the snapshot does. */
  load(collection: string, runMs: number): Promise<string>;
  snapshot(collection: string, runMs: number): Promise<Snapshot>;
  /** Names and generations of what lies in `parts/`, the plan too. */
  parts(collection: string, runMs: number): Promise<Map<string, string>>;
  /** Names of all objects in the bucket. */
  objects(): Promise<string[]>;
  /** As if the run had never been. */
  forget(collection: string, runMs: number): Promise<void>;
}

export interface Snapshot {
  bytes: Buffer;
  /** Documents it says it has. */
  documents: number | undefined;
  /** `_document_path` of each line, in the order of lines. */
  paths(): string[];
}

export async function openExportWorld(options: WorldOptions): Promise<ExportWorld> {
  const { collections, firestoreHost, functions = [], env = process.env, ...rest } = options;
  const folder = temporaryFolder();
  const config = join(folder.path, 'firesink.yaml');
  writeFileSync(config, configOf([SOURCE], collections));
  const firestore = firestoreHost === undefined ? {} : { FIRESTORE_EMULATOR_HOST: firestoreHost };
  const system = await startLocal({ config, functions, env: { ...env, ...firestore }, ...rest });
  const before = { ...process.env };
  Object.assign(process.env, system.env);
  const services = createServices({
    environment: system.environment,
    log: createLog(() => {}),
  });
  const published: PublishedMessage[] = [];
  const bucket = await services.bucket();
  return {
    system,
    published,
    ...stages(system, services, published),
    ...inspection(bucket),
    async [Symbol.asyncDispose]() {
      await services.close();
      await system[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
      process.env = before;
    },
  };
}

function stages(
  { environment, firestoreHost: direct }: LocalSystem,
  services: Services,
  published: PublishedMessage[],
): Pick<ExportWorld, 'export' | 'load'> {
  const pairOf = (name: string) => {
    const source = findSource(environment, SOURCE);
    return { source, collection: findCollection(environment, source, name) };
  };
  return {
    async export(collection, runMs, options = {}) {
      const { firestoreHost = direct, deadlineMs = Date.now() + 60_000, ...rest } = options;
      await using channel = connectFirestore({ FIRESTORE_EMULATOR_HOST: firestoreHost });
      const flags = { allowEmpty: false, allowShrink: false };
      const task = { origin: 'firestore', ...pairOf(collection), runMs, ...flags } as const;
      const own: Services = {
        ...services,
        firestore: () => channel,
        publish: async (_topic, message) => {
          published.push(message);
        },
      };
      const { state } = await exportCollection(task, own, { deadlineMs, ...rest });
      return state;
    },
    async load(collection, runMs) {
      const task = loadTask(environment, pairOf(collection), snapshotName(collection, runMs));
      const { state } = await load(task, services, { deadlineMs: Date.now() + 60_000 });
      return state;
    },
  };
}

const snapshotName = (collection: string, runMs: number): string =>
  `firestore/${SOURCE}/${collection}/${formatRun(runMs)}.ndjson`;

function inspection(
  bucket: Bucket,
): Pick<ExportWorld, 'snapshot' | 'parts' | 'objects' | 'forget'> {
  const list = async (prefix: string) => (await bucket.getFiles({ prefix }))[0];
  return {
    async snapshot(collection, runMs) {
      const name = snapshotName(collection, runMs);
      const file = bucket.file(name);
      const [bytes] = await file.download();
      const [{ metadata }] = await file.getMetadata();
      return {
        bytes,
        documents: parseMetadata(name, metadata)?.documents,
        paths: () => pathsIn(bytes),
      };
    },
    async parts(collection, runMs) {
      const files = await list(`parts/${snapshotName(collection, runMs)}/`);
      return new Map(files.map(({ name, metadata }) => [name, String(metadata.generation)]));
    },
    async objects() {
      return (await list('')).map(({ name }) => name);
    },
    async forget(collection, runMs) {
      const name = snapshotName(collection, runMs);
      const files = [...(await list(name)), ...(await list(`parts/${name}/`))];
      await Promise.all(files.map((file) => file.delete()));
    },
  };
}

/** Every line, whole: the last one has its end too. */
function pathsIn(bytes: Buffer): string[] {
  const lines = bytes.toString().split('\n');
  if (lines.pop() !== '') throw new Error('the last line is cut');
  return lines.map((line) => String(JSON.parse(line)._document_path));
}
