// Tables as firesink needs them: made before their first load, and given new columns when the schema file
// has some. Any other difference between the two is a person's decision.
import type { BigQuery, TableField } from '@google-cloud/bigquery';
import { FiresinkError } from '../errors.ts';
import { isStatus } from '../google-errors.ts';
import type { Column } from '../rows/column.ts';
import { tableSchema } from '../rows/schema.ts';
import { compareFields } from './schema-diff.ts';

export interface TableAddress {
  dataset: string;
  table: string;
  /** The user's columns. */
  columns: readonly Column[];
}

/** BigQuery, "Integer range partitioned tables": one partition a slice, the most that a table may have. */
const RANGE = { start: '0', end: '10000', interval: '1' };

/**
 * Makes the table where it is missing.
 * @returns the fields to load with, where the table lacks some of them; undefined where it has them all
 * @throws {FiresinkError} refused `schema-change` where more than new columns would be needed
 */
export async function ensureTable(
  bigquery: BigQuery,
  { dataset, table, columns }: TableAddress,
): Promise<TableField[] | undefined> {
  const wanted = tableSchema(columns).fields as TableField[];
  const present = await readFields(bigquery, dataset, table);
  if (present === undefined) {
    await createTable(bigquery, dataset, table, wanted);
    return undefined;
  }
  const { merged, added, conflicts } = compareFields(present, wanted);
  if (conflicts.length === 0) return added ? merged : undefined;
  throw new FiresinkError({
    outcome: 'refused',
    code: 'schema-change',
    where: `${dataset}.${table}`,
    what: conflicts.join('; '),
    hint: 'Only added columns are applied by themselves. Write to another table with `table:`, or change the table (it keeps its rows), then sync again',
  });
}

async function readFields(
  bigquery: BigQuery,
  dataset: string,
  table: string,
): Promise<TableField[] | undefined> {
  try {
    const [metadata] = await bigquery.dataset(dataset).table(table).getMetadata();
    return metadata.schema?.fields ?? [];
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

async function createTable(
  bigquery: BigQuery,
  dataset: string,
  table: string,
  fields: TableField[],
): Promise<void> {
  try {
    await bigquery.dataset(dataset).createTable(table, {
      schema: { fields },
      rangePartitioning: { field: '_slice', range: RANGE },
      clustering: { fields: ['_source', '_document_id'] },
    });
  } catch (error) {
    if (isStatus(error, 409)) return; // another load was quicker
    throw error;
  }
}
