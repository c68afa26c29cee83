// What a configuration comes to, with every default filled in: all that the stages, the commands and
// Terraform know of an installation. Options and their checks are in options.ts.
import type { Column } from '../rows/column.ts';
import type { FieldPath } from './field-path.ts';

export interface Environment {
  /** E.g. `dev-uk`. */
  name: string;
  /** Begins the names of topics, subscriptions and functions, e.g. `firesink` for `firesink-export`. */
  prefix: string;
  warehouse: Warehouse;
  schedule?: Schedule;
  sources: readonly FirestoreSource[];
  clusters: readonly GkeSource[];
  /** Those that at least one of the sources has. */
  collections: readonly Collection[];
  /** Names of sources that other environments of the file load into the same dataset; left out where there are none. */
  neighbours?: readonly string[];
}

/** Topics, functions and bucket live in the same project as the dataset. */
export interface Warehouse {
  project: string;
  dataset: string;
  /** BigQuery's, e.g. `EU` or `europe-west2`: jobs are asked for with it. */
  location: string;
  bucket: string;
}

export interface Schedule {
  /** Five fields, e.g. `0 23 * * *`. */
  cron: string;
  /** IANA name, e.g. `Europe/London`. */
  timeZone: string;
}

export interface FirestoreSource {
  kind: 'firestore';
  name: string;
  project: string;
  /** `(default)` or a database's id. */
  database: string;
  /** Integer from 0 to 9999: the source's partition in every table, what stands behind `$` in a decorator. */
  slice: number;
}

export interface GkeSource {
  kind: 'gke';
  name: string;
  project: string;
  location: string;
  cluster: string;
  /** How its API server is reached. */
  endpoint: 'dns' | 'ip';
  slice: number;
}

export interface Collection {
  /** In object names and messages, e.g. `apis`. */
  name: string;
  /** Path of a root collection or subcollection, e.g. `apis`, `tenants/acme/apis`; of a group its id. */
  path: string;
  /** True for every collection of that id, wherever it lies. */
  group: boolean;
  /** Names of the environment's Firestore sources that have it. */
  sources: readonly string[];
  table: string;
  /** The user's columns, without the system columns; empty for the default schema. */
  schema: readonly Column[];
  /** Column → the field it comes from, where that is not the field of the same name. */
  columns: ReadonlyMap<string, FieldPath>;
  /** Fields that never leave the reader. */
  redact: readonly FieldPath[];
  /** What `_data` holds: the whole document, or only what has no column. */
  data: 'full' | 'rest';
  /** Only documents with these values. */
  where: readonly Equality[];
  /** Most documents read in one run; none where undefined. */
  budget?: number;
  /** Largest part of a slice's rows that one run may take away, 0.5 for half; any where undefined. */
  maxShrink?: number;
}

export interface Equality {
  path: FieldPath;
  /** A bigint only beyond what a number holds exactly. */
  value: string | number | bigint | boolean | null;
}
