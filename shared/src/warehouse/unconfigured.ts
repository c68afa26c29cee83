// Slices that no source of the configuration is loaded into any more: reported, never touched, until a
// person prunes them.
import { tasks } from '../config/lookup.ts';
import type { Services } from '../services.ts';
import { readHead } from './slice.ts';

export interface UnconfiguredSlice {
  table: string;
  /** 0 to 9999. */
  slice: number;
  /** As its rows say. */
  source: string;
  rows: number;
}

/** One query for the dataset, and then the first row of each slice that is not ours. */
export async function readUnconfigured(services: Services): Promise<UnconfiguredSlice[]> {
  const { environment } = services;
  const own = new Set(
    tasks(environment).map(({ source, collection }) => `${collection.table}$${source.slice}`),
  );
  const partitions = (await readPartitions(services)).filter(
    ({ table, slice }) => !own.has(`${table}$${slice}`),
  );
  const bigquery = await services.bigquery();
  const { project, dataset } = environment.warehouse;
  const slices: UnconfiguredSlice[] = [];
  for (const { table, slice } of partitions) {
    const head = await readHead(bigquery, { project, dataset, table, slice });
    if (head && !environment.neighbours?.includes(head.source)) {
      slices.push({ table, slice, source: head.source, rows: head.rows });
    }
  }
  return slices;
}

interface Partition {
  table: string;
  slice: number;
}

/** Those with rows, of the tables the configuration knows. */
async function readPartitions({ environment, bigquery, log }: Services): Promise<Partition[]> {
  const { project, dataset } = environment.warehouse;
  const tables = [...new Set(environment.collections.map(({ table }) => table))];
  const query = `
    SELECT table_name, partition_id
    FROM \`${project}.${dataset}\`.INFORMATION_SCHEMA.PARTITIONS
    WHERE total_rows > 0`;
  try {
    const [rows] = await (await bigquery()).query({ query });
    return (rows as { table_name: string; partition_id: string | null }[])
      .filter(({ table_name: table, partition_id: id }) => tables.includes(table) && isSlice(id))
      .map(({ table_name: table, partition_id: id }) => ({ table, slice: Number(id) }));
  } catch (error) {
    log.warn('slices that are not configured could not be looked for', { error });
    return [];
  }
}

const isSlice = (id: string | null): boolean => id !== null && /^\d{1,4}$/.test(id);

/** Removes all rows of the slice. @throws as Google's client does */
export async function removeSlice(services: Services, slice: UnconfiguredSlice): Promise<void> {
  const { project, dataset } = services.environment.warehouse;
  const bigquery = await services.bigquery();
  await bigquery.query({
    // The source too: whatever has moved in since is not what was shown to whoever said yes.
    query: `DELETE FROM \`${project}.${dataset}.${slice.table}\` WHERE _slice = ${slice.slice} AND _source = @source`,
    params: { source: slice.source },
  });
}
