// Reads slices over and over, past every fault, as a dashboard would.
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalSystem } from '../../infra/local/system.ts';
import type { SeenRow, SliceModel } from './slice-model.ts';

/** Milliseconds between two looks at one slice. */
const PAUSE_MS = 120;

export async function readRows(system: LocalSystem, { pair }: SliceModel): Promise<SeenRow[]> {
  const bigquery = await system.clients.bigquery();
  const table = bigquery
    .dataset(system.environment.warehouse.dataset)
    .table(`${pair.collection.table}$${pair.source.slice}`);
  try {
    const [rows] = await table.getRows({ selectedFields: '_run,_document_id', maxResults: 1_000 });
    return rows.map((row) => ({ run: String(row._run), id: String(row._document_id) }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 404) return [];
    throw error;
  }
}

/** Looks until told to stop. */
export function observe(system: LocalSystem, slice: SliceModel): () => Promise<void> {
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      slice.observe(await readRows(system, slice));
      await sleep(PAUSE_MS);
    }
  })();
  return () => {
    isOver = true;
    return looking;
  };
}
