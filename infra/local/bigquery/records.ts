// What the stand-in remembers of datasets, tables and jobs. Resources are made of it when asked for.
import type { ErrorProto } from './errors.ts';
import type { JsonMap } from './json-body.ts';
import type { Partitioning } from './partitions.ts';
import type { Field } from './schema.ts';

export interface DatasetRecord {
  project: string;
  datasetId: string;
  /** `EU`, `US`, or a region in lower case. */
  location: string;
  friendlyName?: string;
  description?: string;
  labels: Record<string, string>;
  defaultTableExpirationMs?: string;
  access?: unknown[];
  creationTimeMs: number;
  lastModifiedMs: number;
}

export interface TableRecord {
  /** Names the table in DuckDB; a new one whenever rows and schema are replaced together. */
  id: number;
  project: string;
  datasetId: string;
  tableId: string;
  fields: Field[];
  partitioning?: Partitioning;
  requirePartitionFilter?: boolean;
  clustering?: string[];
  friendlyName?: string;
  description?: string;
  labels: Record<string, string>;
  expirationTimeMs?: number;
  creationTimeMs: number;
  lastModifiedMs: number;
}

export type JobState = 'PENDING' | 'RUNNING' | 'DONE';

export interface JobRecord {
  /** In the order of creation. */
  sequence: number;
  project: string;
  location: string;
  jobId: string;
  state: JobState;
  /** As sent, with defaults filled in: `{jobType, load | query, labels, …}`. */
  configuration: JsonMap;
  creationTimeMs: number;
  startTimeMs?: number;
  endTimeMs?: number;
  errorResult?: ErrorProto;
  errors?: ErrorProto[];
  /** `statistics` beyond the times: `{load: …}` or `{query: …}`. */
  statistics: JsonMap;
  /** Schema of a query's result; the rows are in an anonymous table while the process lives. */
  resultFields?: Field[];
}

/** Not visible in lists: results of queries live there, as in BigQuery. */
export const ANONYMOUS_DATASET = '_firesink_results';

/**
 * Data tables live in DuckDB's main schema, results of queries in a database in memory, what is known
 * about tables in the schema `firesink`.
 */
export const physicalName = (table: Pick<TableRecord, 'id' | 'datasetId'>): string =>
  `${table.datasetId === ANONYMOUS_DATASET ? 'results.main' : 'main'}.t${table.id}`;

export const tableKey = (project: string, datasetId: string, tableId: string): string =>
  `${project}:${datasetId}.${tableId}`;

export const datasetKey = (project: string, datasetId: string): string => `${project}:${datasetId}`;

/** `p:d.t`, as errors show tables. */
export const describeTable = (table: Pick<TableRecord, 'project' | 'datasetId' | 'tableId'>) =>
  tableKey(table.project, table.datasetId, table.tableId);
