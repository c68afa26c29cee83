// A slice of a table: the rows of one source, one integer-range partition.
import { createHash } from 'node:crypto';
import type { BigQuery } from '@google-cloud/bigquery';
import { FiresinkError } from '../errors.ts';
import { isStatus } from '../google-errors.ts';

export interface SliceAddress {
  project: string;
  dataset: string;
  table: string;
  /** 0 to 9999: what stands behind `$` in a partition decorator. */
  slice: number;
}

export interface SliceHead {
  /** `_run` of its first row; undefined where it has none, or the table does not exist. */
  stem: string | undefined;
  rows: number;
}

/** Stands for the slice in job ids. Letters and digits; two slices never share one. */
export const hashSlice = ({ project, dataset, table, slice }: SliceAddress): string =>
  createHash('sha256').update(`${project}.${dataset}.${table}$${slice}`).digest('hex').slice(0, 20);

export const formatSlice = ({ dataset, table, slice }: SliceAddress): string =>
  `${dataset}.${table}$${slice}`;

/**
 * What the slice shows, by its first row. Free of charge (`tabledata.list`).
 * @param source  the name its rows must carry
 * @throws {FiresinkError} refused `foreign-slice` where the rows are another source's
 */
export async function readSlice(
  bigquery: BigQuery,
  address: SliceAddress,
  source: string,
): Promise<SliceHead> {
  const head = await readHead(bigquery, address);
  if (head === undefined) return { stem: undefined, rows: 0 };
  if (head.source !== source) {
    throw new FiresinkError({
      outcome: 'refused',
      code: 'foreign-slice',
      where: formatSlice(address),
      what: `holds the rows of ${JSON.stringify(head.source)}, not of ${JSON.stringify(source)}`,
      hint: 'Give one of the two sources another number with `slice:`, or remove the rows of the one that is gone',
    });
  }
  return { stem: head.stem, rows: head.rows };
}

/** The answer of `tabledata.list`, as far as we look at it. */
interface TableDataList {
  rows?: { f: { v: unknown }[] }[];
  totalRows?: string;
}

export interface ForeignHead {
  stem: string;
  source: string;
  rows: number;
}

/** As `readSlice`, whoever the rows belong to; undefined where there are none. */
export async function readHead(
  bigquery: BigQuery,
  { dataset, table, slice }: SliceAddress,
): Promise<ForeignHead | undefined> {
  try {
    const [, , answer] = await bigquery.dataset(dataset).table(`${table}$${slice}`).getRows({
      selectedFields: '_run,_source',
      maxResults: 1,
      autoPaginate: false,
      skipParsing: true,
    });
    // Values come in the order of the table's columns, where `_run` stands before `_source`.
    const list = answer as TableDataList;
    const [run, source] = list.rows?.[0]?.f ?? [];
    if (!run || !source) return undefined;
    return { stem: String(run.v), source: String(source.v), rows: Number(list.totalRows) };
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
