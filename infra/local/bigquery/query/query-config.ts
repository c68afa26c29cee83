// The configuration of a query, of jobs.insert and jobs.query alike.
import { ApiError, invalid, notServed } from '../errors.ts';
import {
  type JsonMap,
  optionalBoolean,
  optionalObject,
  optionalString,
  optionalStrings,
} from '../json-body.ts';
import { parseWriteConfig, type WriteConfig } from '../load/load-config.ts';
import { parameterLookup } from './parameters.ts';
import type { Environment } from './scope.ts';

export interface QueryConfig {
  query: string;
  parameter: Environment['parameter'];
  defaultDataset: { project: string; datasetId: string } | undefined;
  /** Where the result is asked to go; undefined: an anonymous table. */
  write: WriteConfig | undefined;
}

const UNSERVED = [
  'tableDefinitions',
  'userDefinedFunctionResources',
  'createSession',
  'connectionProperties',
  'systemVariables',
  'scriptOptions',
  'continuous',
];

/** @param project  of the job: datasets without one are there */
export function parseQueryConfig(config: JsonMap, project: string): QueryConfig {
  const query = optionalString(config, 'query');
  if (query === undefined || query.trim() === '') {
    throw new ApiError('required', 'Required parameter is missing: query');
  }
  for (const name of UNSERVED) {
    const value = config[name];
    const isEmpty =
      value === undefined ||
      value === null ||
      value === false ||
      (Array.isArray(value) && value.length === 0);
    if (!isEmpty) throw notServed(`query.${name}`);
  }
  refuseLegacySql(config, query);
  const defaultDataset = optionalObject(config, 'defaultDataset');
  const datasetId = defaultDataset && optionalString(defaultDataset, 'datasetId');
  return {
    query,
    parameter: parameterLookup(config.queryParameters, optionalString(config, 'parameterMode')),
    defaultDataset:
      defaultDataset && datasetId !== undefined
        ? { project: optionalString(defaultDataset, 'projectId') ?? project, datasetId }
        : undefined,
    write: parseDestination(config),
  };
}

function parseDestination(config: JsonMap): WriteConfig | undefined {
  const table = optionalObject(config, 'destinationTable');
  if (table === undefined || Object.keys(table).length === 0) {
    if ((optionalStrings(config, 'schemaUpdateOptions') ?? []).length > 0) {
      throw invalid('Schema update options need a destinationTable');
    }
    return undefined;
  }
  return parseWriteConfig(config, 'WRITE_EMPTY');
}

/** The API takes a query for legacy SQL unless told otherwise; so does `bq query`. */
function refuseLegacySql(config: JsonMap, query: string): void {
  const [, dialect] = /^\s*#(standard|legacy)SQL\b/i.exec(query) ?? [];
  const isLegacy =
    dialect === undefined
      ? (optionalBoolean(config, 'useLegacySql') ?? true)
      : dialect.toLowerCase() === 'legacy';
  if (!isLegacy) return;
  throw new ApiError(
    'invalidQuery',
    "Legacy SQL is not served by firesink's local BigQuery stand-in. Use GoogleSQL: useLegacySql false, or bq query --nouse_legacy_sql",
    { location: 'query' },
  );
}
