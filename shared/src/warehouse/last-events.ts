// The newest things that `sync_events` tells of each slice. For people only: where it cannot be read, they
// see what the tables show, without reasons.
import type { Pair } from '../config/lookup.ts';
import { isStatus } from '../google-errors.ts';
import type { Services } from '../services.ts';
import { SYNC_EVENTS_TABLE } from './sync-events.ts';

export interface Problem {
  state: 'failed' | 'refused' | 'expired';
  /** With what to do. */
  error: string;
}

export interface LastEvents {
  /** The newest failure that no later success of its slice follows, and that is newer than the run shown. */
  problem(pair: Pair, shownRun: string | undefined): Problem | undefined;
  /** RFC 3339. */
  loadedAt(pair: Pair, run: string): string | undefined;
}

interface Row {
  source: string;
  collection: string;
  run: string | null;
  state: string;
  /** As the client shows a TIMESTAMP: RFC 3339 in `value`. */
  event_time: { value: string };
  error: string | null;
  hint: string | null;
}

/** Days looked back: as long as snapshots are kept. */
const WINDOW_DAYS = 30;

export async function readLastEvents(services: Services): Promise<LastEvents> {
  const rows = await queryRows(services);
  const bySlice = Map.groupBy(rows, ({ source, collection }) => `${source}/${collection}`);
  const of = ({ source, collection }: Pair): Row[] =>
    bySlice.get(`${source.name}/${collection.name}`) ?? [];
  return {
    problem(pair, shownRun) {
      const newest = of(pair).find(({ state }) => state !== 'planned' && state !== 'skipped');
      if (!newest || !isProblem(newest.state)) return undefined;
      if (shownRun && newest.run && newest.run <= shownRun) return undefined;
      const error = [newest.error, newest.hint].filter((text) => text !== null).join('. ');
      return { state: newest.state, error };
    },
    loadedAt: (pair, run) =>
      of(pair).find((row) => row.run === run && (row.state === 'loaded' || row.state === 'empty'))
        ?.event_time.value,
  };
}

const isProblem = (state: string): state is Problem['state'] =>
  state === 'failed' || state === 'refused' || state === 'expired';

/** The newest event of each slice and state, newest first. */
async function queryRows(services: Services): Promise<Row[]> {
  const { project, dataset } = services.environment.warehouse;
  const query = `
    SELECT source, collection, run, state, error, hint, event_time
    FROM \`${project}.${dataset}.${SYNC_EVENTS_TABLE}\`
    WHERE event_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${WINDOW_DAYS} DAY)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY source, collection, state ORDER BY event_time DESC) = 1
    ORDER BY event_time DESC`;
  try {
    const bigquery = await services.bigquery();
    const [rows] = await bigquery.query({ query });
    return rows as Row[];
  } catch (error) {
    // Before the first step has been recorded there is no such table.
    if (!isStatus(error, 404)) services.log.warn('sync_events not read', { error });
    return [];
  }
}
