// Which slice of which table a source's collection is loaded into.
import type { Environment } from '../config/environment.ts';
import type { Pair } from '../config/lookup.ts';
import type { SliceTarget } from './follow.ts';

export const sliceTarget = (
  { warehouse: { project, dataset } }: Environment,
  { source, collection }: Pair,
): SliceTarget => ({
  address: { project, dataset, table: collection.table, slice: source.slice },
  folder: { origin: 'firestore', source: source.name, collection: collection.name },
  columns: collection.schema,
  maxShrink: collection.maxShrink,
});
