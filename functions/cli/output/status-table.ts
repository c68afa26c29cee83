import type { SliceState, SliceStatus, Status } from '@firesink/shared/stages/status.ts';
import { formatTable, type TableColumn } from './table.ts';

const STYLES: Readonly<Record<SliceState, 'green' | 'gray' | 'cyan' | 'yellow' | 'red'>> = {
  loaded: 'green',
  empty: 'gray',
  loading: 'cyan',
  late: 'yellow',
  failed: 'red',
  refused: 'red',
  expired: 'red',
  never: 'red',
  unknown: 'yellow',
};

const count = (value: number | null): string => value?.toLocaleString('en-US') ?? '–';

const COLUMNS: readonly TableColumn<SliceStatus>[] = [
  { title: 'table', cell: ({ table }) => table },
  { title: 'source', cell: ({ source }) => source },
  { title: 'collection', cell: ({ collection }) => collection },
  { title: 'state', cell: ({ state }) => state, style: ({ state }) => STYLES[state] },
  { title: 'documents', align: 'right', cell: ({ documents }) => count(documents) },
  { title: 'rows', align: 'right', cell: ({ rows }) => count(rows) },
  { title: 'row errors', align: 'right', cell: ({ rowErrors }) => count(rowErrors) },
  { title: 'run', cell: ({ run }) => run ?? '–' },
];

/** For people: the slices, below them what is wrong with whom, and one sentence that says it all. */
export function formatStatus(status: Status, stream: NodeJS.WriteStream = process.stdout): string {
  const { slices } = status;
  const errors = slices
    .filter(({ error }) => error !== null)
    .map(({ source, collection, state, error }) => `${source} ${collection} ${state}: ${error}\n`);
  const table = formatTable(COLUMNS, slices, stream);
  return `${table}${errors.length > 0 ? '\n' : ''}${errors.join('')}\n${summarize(status)}\n`;
}

/** `17 slices: 15 loaded, 1 empty, 1 failed. 2,963 rows.` */
function summarize({ slices }: Status): string {
  const counts = [...Map.groupBy(slices, ({ state }) => state)].map(
    ([state, each]) => `${each.length} ${state}`,
  );
  const rows = slices.reduce((sum, slice) => sum + slice.rows, 0);
  return `${slices.length} slices: ${counts.join(', ')}. ${count(rows)} rows.`;
}
