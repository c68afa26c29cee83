// Messages of the export topic, one slice each:
//   {"project":"acme-apis-dev","collection":"apis"}                          its (default) database
//   {"project":"acme-apis-dev","database":"orders","collection":"apis"}
//   {"source":"orders-dev","collection":"apis"}                              a source by its name
//   {"cluster":"apps","kind":"pods"}
// each also with "run", "allowEmpty", "allowShrink".
import { z } from 'zod';
import type { Collection, Environment, FirestoreSource, GkeSource } from '../config/environment.ts';
import { findCluster, findCollection, findDatabase, findSource } from '../config/lookup.ts';
import type { PubsubEvent } from './event.ts';
import { badMessage, parseMessage, RUN } from './json.ts';
import { formatRun, resolveRun } from './run.ts';

/** What is read of a cluster. */
export const KINDS = ['pods', 'nodes', 'clusters'] as const;

export type Kind = (typeof KINDS)[number];

export interface ExportOptions {
  /** Milliseconds since 1970, UTC. */
  runMs: number;
  /** An empty result may replace rows. */
  allowEmpty: boolean;
  /** So may one that `maxShrink` would refuse. */
  allowShrink: boolean;
}

export interface FirestoreTask extends ExportOptions {
  origin: 'firestore';
  source: FirestoreSource;
  collection: Collection;
}

export interface GkeTask extends ExportOptions {
  origin: 'gke';
  source: GkeSource;
  kind: Kind;
}

export type ExportTask = FirestoreTask | GkeTask;

const EXPORT = z.strictObject({
  project: z.string().optional(),
  database: z.string().optional(),
  source: z.string().optional(),
  collection: z.string().optional(),
  cluster: z.string().optional(),
  kind: z.enum(KINDS).optional(),
  run: RUN.optional(),
  allowEmpty: z.boolean().default(false),
  allowShrink: z.boolean().default(false),
});

type Target =
  | Pick<FirestoreTask, 'origin' | 'source' | 'collection'>
  | Pick<GkeTask, 'origin' | 'source' | 'kind'>;

const FORMS =
  'Name one by {"project","collection"}, {"project","database","collection"}, {"source","collection"} or {"cluster","kind"}';

/** @throws FiresinkError refused `bad-message`, `unknown-source`, `unknown-collection`, and all of `resolveRun` */
export function parseExportMessage(
  event: PubsubEvent,
  environment: Environment,
  nowMs: number = Date.now(),
): ExportTask {
  const { run, allowEmpty, allowShrink, ...asked } = parseMessage(event, EXPORT);
  const target = targetOf(asked, environment);
  if (target === undefined) throw badMessage(event, 'names no slice', FORMS);
  const runMs = resolveRun({ run, publishTimeMs: event.publishTimeMs, scheduled: false, nowMs });
  return { ...target, runMs, allowEmpty, allowShrink };
}

/** The JSON of a message that `parseExportMessage` turns into this task. */
export function formatExportMessage(task: ExportTask): string {
  const { source, runMs, allowEmpty, allowShrink } = task;
  const target =
    task.origin === 'firestore'
      ? { source: source.name, collection: task.collection.name }
      : { cluster: source.name, kind: task.kind };
  return JSON.stringify({
    ...target,
    run: formatRun(runMs),
    ...(allowEmpty ? { allowEmpty } : {}),
    ...(allowShrink ? { allowShrink } : {}),
  });
}

/** Undefined for any other set of names than one of the forms. */
function targetOf(
  { project, database, source, collection, cluster, kind }: Partial<z.output<typeof EXPORT>>,
  environment: Environment,
): Target | undefined {
  const ways = [project ?? database, source, cluster].filter((way) => way !== undefined);
  if (ways.length !== 1 || (cluster === undefined) !== (kind === undefined)) return undefined;
  if (cluster !== undefined && kind !== undefined && collection === undefined) {
    return { origin: 'gke', source: findCluster(environment, cluster), kind };
  }
  if (collection === undefined || cluster !== undefined) return undefined;
  if (source === undefined && project === undefined) return undefined;
  const found =
    source === undefined
      ? findDatabase(environment, project ?? '', database ?? '(default)')
      : findSource(environment, source);
  return {
    origin: 'firestore',
    source: found,
    collection: findCollection(environment, found, collection),
  };
}
