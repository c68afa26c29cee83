// What a query's names are relative to.
export interface CatalogOptions {
  /** Of the job. */
  project: string;
  defaultDataset: { project: string; datasetId: string } | undefined;
  /** Of the job, once it is known. */
  location: string | undefined;
}
