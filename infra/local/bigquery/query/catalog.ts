// Tables as queries name them.
import { notFound } from '../errors.ts';
import { type DatasetRecord, physicalName, type TableRecord } from '../records.ts';
import type { Store } from '../store.ts';
import type { CatalogOptions } from './catalog-options.ts';
import { informationSchema } from './information-schema.ts';
import { QueryError, unserved } from './query-error.ts';
import type { CatalogTable } from './scope.ts';
import { typeOfField } from './types.ts';

/** Finds tables, and remembers which. */
export class Catalog {
  readonly #store: Store;
  readonly #options: CatalogOptions;
  /** Tables of datasets that were read. */
  readonly used = new Map<string, TableRecord>();
  /** Datasets that were named, whether or not the table was there. */
  readonly datasets = new Set<DatasetRecord>();

  constructor(store: Store, options: CatalogOptions) {
    this.#store = store;
    this.#options = options;
  }

  find(path: readonly string[], at: number): CatalogTable {
    const view = informationSchema(path, this.#options, at, (project, datasetId) =>
      this.#useDataset(project, datasetId),
    );
    if (view !== undefined) return view(this.#store);
    const table = this.table(path, at);
    return {
      sql: physicalName(table),
      columns: table.fields.map((field) => ({ name: field.name, type: typeOfField(field) })),
      table,
    };
  }

  table(path: readonly string[], at: number): TableRecord {
    const { project, datasetId, tableId } = this.#resolve(path, at);
    if (tableId.endsWith('*')) throw unserved('A wildcard table', at);
    if (tableId.includes('$')) throw unserved('A table decorator in a query', at);
    this.#useDataset(project, datasetId);
    const table = this.#store.table(project, datasetId, tableId);
    this.used.set(String(table.id), table);
    return table;
  }

  #useDataset(project: string, datasetId: string): void {
    const dataset = this.#store.dataset(project, datasetId);
    this.datasets.add(dataset);
    const { location } = this.#options;
    if (location !== undefined && dataset.location !== location) {
      throw notFound(`Dataset ${project}:${datasetId} was not found in location ${location}`);
    }
  }

  #resolve(
    path: readonly string[],
    at: number,
  ): { project: string; datasetId: string; tableId: string } {
    const { project: own, defaultDataset } = this.#options;
    const [first = '', second, third] = path;
    if (third !== undefined && second !== undefined && path.length === 3) {
      return { project: first, datasetId: second, tableId: third };
    }
    if (second !== undefined && path.length === 2) {
      return { project: own, datasetId: first, tableId: second };
    }
    if (path.length === 1 && defaultDataset !== undefined)
      return { ...defaultDataset, tableId: first };
    throw new QueryError(
      `Table "${path.join('.')}" must be qualified with a dataset (e.g. dataset.table)`,
      at,
    );
  }
}
