// INFORMATION_SCHEMA views of a dataset, and the older __TABLES__. They read what the stand-in itself keeps
// in DuckDB, in the query's own snapshot, so that counts and rows agree.
import { quoteText } from '../columns.ts';
import { datasetKey } from '../records.ts';
import type { Store } from '../store.ts';
import type { CatalogOptions } from './catalog-options.ts';
import { unserved } from './query-error.ts';
import type { CatalogTable } from './scope.ts';
import { formatType, type SqlType, typeOfField } from './types.ts';

type View = (scope: ViewScope) => { sql: string; columns: Readonly<Record<string, SqlType>> };

interface ViewScope {
  store: Store;
  project: string;
  datasetId: string;
}

/** @returns undefined where the path is no such view */
export function informationSchema(
  path: readonly string[],
  { project, defaultDataset }: CatalogOptions,
  at: number,
  useDataset: (project: string, datasetId: string) => void,
): ((store: Store) => CatalogTable) | undefined {
  const names = path.map((name) => name.toUpperCase());
  const index = names.indexOf('INFORMATION_SCHEMA');
  const isTables = names.at(-1) === '__TABLES__';
  if (index < 0 && !isTables) return undefined;
  const name = isTables ? '__TABLES__' : names.slice(index + 1).join('.');
  const qualifier = path.slice(0, isTables ? -1 : index);
  const [first, second] = qualifier;
  const scope =
    first === undefined
      ? defaultDataset
      : second === undefined
        ? { project, datasetId: first }
        : { project: first, datasetId: second };
  const view = VIEWS[name];
  if (view === undefined || scope === undefined) {
    throw unserved(
      `INFORMATION_SCHEMA.${name}${scope === undefined ? ' without a dataset' : ''}`,
      at,
    );
  }
  useDataset(scope.project, scope.datasetId);
  return (store) => {
    const { sql, columns } = view({ store, ...scope });
    return {
      sql: `(${sql})`,
      columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
      table: undefined,
    };
  };
}

/** The records of the dataset's tables. */
const tablesSql = ({ project, datasetId }: ViewScope): string =>
  `(SELECT json_extract_string(record, '$.tableId') AS table_name, json_extract_string(record, '$.id')::BIGINT AS id, json_extract_string(record, '$.creationTimeMs')::BIGINT AS created_ms, json_extract_string(record, '$.lastModifiedMs')::BIGINT AS modified_ms, json_extract(record, '$.partitioning') IS NOT NULL AS is_partitioned FROM firesink.tables WHERE starts_with(key, ${quoteText(`${datasetKey(project, datasetId)}.`)}))`;

const instant = (millis: string): string => `make_timestamptz(${millis} * 1000)`;

const partitions: View = (scope) => ({
  sql: `SELECT ${quoteText(scope.project)} AS table_catalog, ${quoteText(scope.datasetId)} AS table_schema, t.table_name, p.partition_id, coalesce(p.total_rows, 0) AS total_rows, coalesce(p.total_bytes, 0) AS total_logical_bytes, coalesce(p.total_bytes, 0) AS total_billable_bytes, ${instant('coalesce(p.modified_ms, t.modified_ms)')} AS last_modified_time, 'ACTIVE' AS storage_tier FROM ${tablesSql(scope)} t LEFT JOIN firesink.partitions p ON p.table_id = t.id WHERE p.table_id IS NOT NULL OR NOT t.is_partitioned`,
  columns: {
    table_catalog: 'STRING',
    table_schema: 'STRING',
    table_name: 'STRING',
    partition_id: 'STRING',
    total_rows: 'INT64',
    total_logical_bytes: 'INT64',
    total_billable_bytes: 'INT64',
    last_modified_time: 'TIMESTAMP',
    storage_tier: 'STRING',
  },
});

const tables: View = (scope) => ({
  sql: `SELECT ${quoteText(scope.project)} AS table_catalog, ${quoteText(scope.datasetId)} AS table_schema, t.table_name, 'BASE TABLE' AS table_type, 'YES' AS is_insertable_into, 'NO' AS is_typed, ${instant('t.created_ms')} AS creation_time FROM ${tablesSql(scope)} t`,
  columns: {
    table_catalog: 'STRING',
    table_schema: 'STRING',
    table_name: 'STRING',
    table_type: 'STRING',
    is_insertable_into: 'STRING',
    is_typed: 'STRING',
    creation_time: 'TIMESTAMP',
  },
});

const columns: View = ({ store, project, datasetId }) => {
  const rows = store.tablesOf(project, datasetId).flatMap((table) =>
    table.fields.map((field, index) => {
      const clustering = (table.clustering ?? []).findIndex(
        (name) => name.toLowerCase() === field.name.toLowerCase(),
      );
      const isPartitioning = table.partitioning?.field.toLowerCase() === field.name.toLowerCase();
      const values = [
        quoteText(project),
        quoteText(datasetId),
        quoteText(table.tableId),
        quoteText(field.name),
        `${index + 1}::BIGINT`,
        quoteText(field.mode === 'NULLABLE' ? 'YES' : 'NO'),
        quoteText(formatType(typeOfField(field))),
        quoteText(isPartitioning ? 'YES' : 'NO'),
        clustering < 0 ? 'NULL::BIGINT' : `${clustering + 1}::BIGINT`,
      ];
      return `(${values.join(', ')})`;
    }),
  );
  const names = Object.keys(COLUMNS);
  const list = rows.length > 0 ? rows.join(', ') : `(${names.map(() => 'NULL').join(', ')})`;
  return {
    sql: `SELECT * FROM (VALUES ${list}) v(${names.join(', ')})${rows.length > 0 ? '' : ' WHERE FALSE'}`,
    columns: COLUMNS,
  };
};

const COLUMNS: Readonly<Record<string, SqlType>> = {
  table_catalog: 'STRING',
  table_schema: 'STRING',
  table_name: 'STRING',
  column_name: 'STRING',
  ordinal_position: 'INT64',
  is_nullable: 'STRING',
  data_type: 'STRING',
  is_partitioning_column: 'STRING',
  clustering_ordinal_position: 'INT64',
};

const metaTables: View = (scope) => ({
  sql: `SELECT ${quoteText(scope.project)} AS project_id, ${quoteText(scope.datasetId)} AS dataset_id, t.table_name AS table_id, t.created_ms AS creation_time, t.modified_ms AS last_modified_time, coalesce(sum(p.total_rows), 0)::BIGINT AS row_count, coalesce(sum(p.total_bytes), 0)::BIGINT AS size_bytes, 1::BIGINT AS "type" FROM ${tablesSql(scope)} t LEFT JOIN firesink.partitions p ON p.table_id = t.id GROUP BY ALL`,
  columns: {
    project_id: 'STRING',
    dataset_id: 'STRING',
    table_id: 'STRING',
    creation_time: 'INT64',
    last_modified_time: 'INT64',
    row_count: 'INT64',
    size_bytes: 'INT64',
    type: 'INT64',
  },
});

const VIEWS: Readonly<Record<string, View>> = {
  PARTITIONS: partitions,
  TABLES: tables,
  COLUMNS: columns,
  __TABLES__: metaTables,
};
