// `sync_events`: a row per step, for people. Nothing decides by it, and losing a row loses no data, so
// whatever goes wrong here is logged and forgotten.
import { randomUUID } from 'node:crypto';
import type { BigQuery, TableField } from '@google-cloud/bigquery';
import { isStatus } from '../google-errors.ts';
import type { Services } from '../services.ts';

export const SYNC_EVENTS_TABLE = 'sync_events';

export type Stage = 'plan' | 'export' | 'load';
export type StepState =
  | 'planned'
  | 'exported'
  /** Handed on to the next delivery of the same task. */
  | 'continued'
  | 'loaded'
  | 'empty'
  | 'skipped'
  | 'refused'
  | 'expired'
  | 'failed';

export interface SyncEvent {
  stage: Stage;
  state: StepState;
  run?: string | undefined;
  source?: string | undefined;
  collection?: string | undefined;
  table?: string | undefined;
  /** Name of the Cloud Storage object. */
  object?: string | undefined;
  generation?: string | undefined;
  /** Of an upload: name of the snapshot made of it. Not a column: the snapshot's own events have it. */
  snapshot?: string | undefined;
  documents?: number | undefined;
  rows?: number | undefined;
  bytes?: number | undefined;
  durationMs?: number | undefined;
  jobId?: string | undefined;
  errorCode?: string | undefined;
  error?: string | undefined;
  hint?: string | undefined;
}

const field = (name: string, type: string): TableField => ({ name, type, mode: 'NULLABLE' });

const FIELDS: TableField[] = [
  field('event_time', 'TIMESTAMP'),
  field('run', 'STRING'),
  field('stage', 'STRING'),
  field('state', 'STRING'),
  field('source', 'STRING'),
  field('collection', 'STRING'),
  field('table', 'STRING'),
  field('object', 'STRING'),
  field('generation', 'INT64'),
  field('documents', 'INT64'),
  field('rows', 'INT64'),
  field('bytes', 'INT64'),
  field('duration_ms', 'INT64'),
  field('job_id', 'STRING'),
  field('error_code', 'STRING'),
  field('error', 'STRING'),
  field('hint', 'STRING'),
];

export async function recordSyncEvents(
  services: Services,
  events: readonly SyncEvent[],
): Promise<void> {
  const eventTime = new Date(services.clock()).toISOString();
  const rows = events.map((event) => ({ insertId: randomUUID(), json: toRow(event, eventTime) }));
  try {
    await insert(await services.bigquery(), services.environment.warehouse.dataset, rows);
  } catch (error) {
    services.log.warn('sync_events not written', { error });
  }
}

const toRow = (event: SyncEvent, eventTime: string): Record<string, unknown> => ({
  event_time: eventTime,
  run: event.run,
  stage: event.stage,
  state: event.state,
  source: event.source,
  collection: event.collection,
  table: event.table,
  object: event.object,
  generation: event.generation,
  documents: event.documents,
  rows: event.rows,
  bytes: event.bytes,
  duration_ms: event.durationMs === undefined ? undefined : Math.round(event.durationMs),
  job_id: event.jobId,
  error_code: event.errorCode,
  error: event.error,
  hint: event.hint,
});

async function insert(bigquery: BigQuery, dataset: string, rows: object[]): Promise<void> {
  const table = bigquery.dataset(dataset).table(SYNC_EVENTS_TABLE);
  try {
    await table.insert(rows, { raw: true });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    await createTable(bigquery, dataset);
    await table.insert(rows, { raw: true });
  }
}

async function createTable(bigquery: BigQuery, dataset: string): Promise<void> {
  try {
    await bigquery.dataset(dataset).createTable(SYNC_EVENTS_TABLE, {
      schema: { fields: FIELDS },
      timePartitioning: { type: 'DAY', field: 'event_time' },
    });
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}
