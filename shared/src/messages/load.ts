// Messages of the load topic: an object has been finalized. From Cloud Storage's notifications, from the
// sweep in the same form, or straight from Eventarc.
import { z } from 'zod';
import type { Collection, Environment, FirestoreSource, GkeSource } from '../config/environment.ts';
import { describeIssues } from '../config/issues.ts';
import { findCluster, findCollection, findSource } from '../config/lookup.ts';
import { suggest } from '../config/nearest.ts';
import { refusal } from '../config/refusal.ts';
import { FiresinkError } from '../errors.ts';
import type { PubsubEvent, StorageEvent } from './event.ts';
import { KINDS, type Kind } from './export.ts';
import { badMessage, parseMessage } from './json.ts';
import { type Folder, parseObjectName } from './object-name.ts';
import type { Stem } from './stem.ts';

/** As much of the object's resource as we use; all else may be read from the bucket. */
const OBJECT = z.looseObject({
  bucket: z.string().min(1),
  name: z.string().min(1),
  generation: z.union([z.string(), z.number()]).transform(String).optional(),
});

export interface FinalizedObject {
  bucket: string;
  name: string;
  /** Digits. Undefined only where a person's message left it out: the newest. */
  generation?: string;
}

interface LoadBase {
  object: FinalizedObject;
  folder: Folder;
  /** True under `uploads/`. In a folder of snapshots an upload is known by its metadata, not by its name. */
  upload: boolean;
  /** Of a snapshot's name; undefined for everything else, which can only be an upload. */
  stem: Stem | undefined;
}

export type LoadTask = LoadBase & Target;

/**
 * The slice an event is about; undefined for what is acknowledged in silence: parts, folder markers,
 * deletions and changes of metadata.
 * @throws FiresinkError refused `bad-message`, `bad-object-name`, `unknown-source`, `unknown-collection`
 */
export function parseLoadEvent(
  event: PubsubEvent | StorageEvent,
  environment: Environment,
): LoadTask | undefined {
  if (!isFinalized(event)) return undefined;
  const { bucket, name, generation } = resourceOf(event);
  const object = { bucket, name, ...(generation === undefined ? {} : { generation }) };
  const where = `gs://${bucket}/${name}`;
  if (bucket !== environment.warehouse.bucket) {
    throw refused(
      where,
      `${environment.name} uses bucket ${environment.warehouse.bucket}, not this one`,
    );
  }
  const parsed = parseObjectName(name);
  if (parsed === undefined) throw refused(where, 'is neither a snapshot nor an upload', LAYOUT);
  if (parsed.area === 'parts' || parsed.area === 'marker') return undefined;
  const stem = parsed.area === 'snapshots' ? parsed.stem : undefined;
  return {
    object,
    upload: parsed.area === 'uploads',
    stem,
    folder: parsed.folder,
    ...targetOf(parsed.folder, environment, where),
  };
}

/** What the sweep publishes: Cloud Storage's own form, so that one reader does for both. */
export function formatLoadMessage({ bucket, name, generation }: Required<FinalizedObject>): {
  data: string;
  attributes: Record<string, string>;
} {
  return {
    data: JSON.stringify({ kind: 'storage#object', bucket, name, generation }),
    attributes: {
      eventType: 'OBJECT_FINALIZE',
      payloadFormat: 'JSON_API_V1',
      bucketId: bucket,
      objectId: name,
      objectGeneration: generation,
    },
  };
}

const LAYOUT =
  'Put it under uploads/firestore/<source>/<collection>/ or uploads/gke/<cluster>/<kind>/';

/** A message of a person's may lack the attributes: then it means what it says. */
function isFinalized(event: PubsubEvent | StorageEvent): boolean {
  if (event.kind === 'storage') return event.type === 'google.cloud.storage.object.v1.finalized';
  return (event.attributes.eventType ?? 'OBJECT_FINALIZE') === 'OBJECT_FINALIZE';
}

function resourceOf(event: PubsubEvent | StorageEvent): z.output<typeof OBJECT> {
  if (event.kind === 'pubsub') {
    if (event.attributes.payloadFormat !== 'NONE') return parseMessage(event, OBJECT);
    const hint = 'Create the notification again, with payload format JSON_API_V1';
    throw badMessage(event, 'the notification was made without a payload', hint);
  }
  const result = OBJECT.safeParse(event.data);
  if (result.success) return result.data;
  const [issue] = describeIssues(result.error, OBJECT, event.data);
  throw refusal('bad-message', `the event ${event.type} describes no object: ${issue?.what}`);
}

type Target =
  | { origin: 'firestore'; source: FirestoreSource; collection: Collection }
  | { origin: 'gke'; source: GkeSource; kind: Kind };

function targetOf(folder: Folder, environment: Environment, where: string): Target {
  try {
    return lookUp(folder, environment);
  } catch (error) {
    if (!(error instanceof FiresinkError)) throw error;
    throw refusal(error.code, error.what, { where, hint: error.hint, cause: error });
  }
}

function lookUp({ origin, source, collection }: Folder, environment: Environment): Target {
  if (origin === 'firestore') {
    const found = findSource(environment, source);
    return { origin, source: found, collection: findCollection(environment, found, collection) };
  }
  const kind = KINDS.find((each) => each === collection);
  if (kind !== undefined) return { origin, source: findCluster(environment, source), kind };
  const hint = suggest(collection, KINDS);
  throw refusal('unknown-collection', `${collection} is not read of clusters`, { hint });
}

const refused = (where: string, what: string, hint?: string): FiresinkError =>
  refusal('bad-object-name', what, { where, hint });
