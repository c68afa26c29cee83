// The configuration of a load job: what is asked for, checked once. An option that would change the
// result and is not served is refused, never ignored.
import { ApiError, invalid, notServed } from '../errors.ts';
import {
  type JsonMap,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  optionalStrings,
} from '../json-body.ts';
import { splitDecorator } from '../partitions.ts';
import { type Field, parseSchema } from '../schema.ts';
import { checkTableId } from '../tables.ts';
import { parseUri } from './objects.ts';

type WriteDisposition = 'WRITE_TRUNCATE' | 'WRITE_TRUNCATE_DATA' | 'WRITE_APPEND' | 'WRITE_EMPTY';

interface Destination {
  project: string;
  datasetId: string;
  tableId: string;
  /** What stands behind `$`. */
  decorator?: string;
}

/** Where rows go and what happens to those that are there: the same for load and query jobs. */
export interface WriteConfig {
  destination: Destination;
  writeDisposition: WriteDisposition;
  createDisposition: 'CREATE_IF_NEEDED' | 'CREATE_NEVER';
  allowAddition: boolean;
  allowRelaxation: boolean;
}

export interface LoadConfig extends WriteConfig {
  sourceUris: string[];
  schema?: Field[];
  ignoreUnknownValues: boolean;
  maxBadRecords: number;
}

const IGNORED = new Set([
  'destinationTable',
  'sourceUris',
  'sourceFormat',
  'schema',
  'writeDisposition',
  'createDisposition',
  'schemaUpdateOptions',
  'ignoreUnknownValues',
  'maxBadRecords',
  'rangePartitioning',
  'timePartitioning',
  'clustering',
  'destinationTableProperties',
  // Without meaning for NDJSON, or without effect where they say what we do anyway.
  'encoding',
  'autodetect',
  'fileSetSpecType',
  'nullMarker',
  'fieldDelimiter',
  'quote',
  'skipLeadingRows',
  'allowQuotedNewlines',
  'allowJaggedRows',
  'columnNameCharacterMap',
  'preserveAsciiControlCharacters',
]);

/** @throws {ApiError} 400 as jobs.insert answers it */
export function parseLoadConfig(load: JsonMap): LoadConfig {
  for (const [name, value] of Object.entries(load)) {
    if (!IGNORED.has(name) && value !== null && value !== undefined && value !== false) {
      throw notServed(`configuration.load.${name}`);
    }
  }
  const format = optionalString(load, 'sourceFormat') ?? 'CSV';
  if (format !== 'NEWLINE_DELIMITED_JSON') throw notServed(`Loading the format ${format}`);
  if (optionalBoolean(load, 'autodetect')) throw notServed('Schema autodetection');
  const encoding = optionalString(load, 'encoding') ?? 'UTF-8';
  if (encoding !== 'UTF-8') throw notServed(`Loading the encoding ${encoding}`);
  const fileSet = optionalString(load, 'fileSetSpecType') ?? 'FILE_SET_SPEC_TYPE_FILE_SYSTEM_MATCH';
  if (fileSet !== 'FILE_SET_SPEC_TYPE_FILE_SYSTEM_MATCH')
    throw notServed(`fileSetSpecType ${fileSet}`);
  const sourceUris = optionalStrings(load, 'sourceUris') ?? [];
  if (sourceUris.length === 0) {
    throw new ApiError('required', 'Load configuration must specify at least one source URI');
  }
  for (const uri of sourceUris) parseUri(uri);
  const schema = parseSchema(load.schema);
  return {
    ...parseWriteConfig(load, 'WRITE_APPEND'),
    sourceUris,
    ...(schema === undefined ? {} : { schema }),
    ignoreUnknownValues: optionalBoolean(load, 'ignoreUnknownValues') ?? false,
    maxBadRecords: parseMaxBadRecords(load),
  };
}

function parseMaxBadRecords(load: JsonMap): number {
  const value = optionalInteger(load, 'maxBadRecords') ?? 0;
  if (value < 0) throw invalid('maxBadRecords must not be negative');
  return value;
}

const WRITE_DISPOSITIONS: readonly WriteDisposition[] = [
  'WRITE_TRUNCATE',
  'WRITE_TRUNCATE_DATA',
  'WRITE_APPEND',
  'WRITE_EMPTY',
];

export function parseWriteConfig(
  config: JsonMap,
  defaultDisposition: WriteDisposition,
): WriteConfig {
  const options = optionalStrings(config, 'schemaUpdateOptions') ?? [];
  for (const option of options) {
    if (option !== 'ALLOW_FIELD_ADDITION' && option !== 'ALLOW_FIELD_RELAXATION') {
      throw invalid(`Invalid value for schemaUpdateOptions: ${option} is not a valid value`);
    }
  }
  const destination = parseDestination(config);
  const writeDisposition = parseWord(
    config,
    'writeDisposition',
    WRITE_DISPOSITIONS,
    defaultDisposition,
  );
  const keepsSchema = writeDisposition !== 'WRITE_TRUNCATE' || destination.decorator !== undefined;
  if (options.length > 0 && (!keepsSchema || writeDisposition === 'WRITE_EMPTY')) {
    throw invalid(
      'Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE disposition on a table partition.',
    );
  }
  return {
    destination,
    writeDisposition,
    createDisposition: parseWord(
      config,
      'createDisposition',
      ['CREATE_IF_NEEDED', 'CREATE_NEVER'],
      'CREATE_IF_NEEDED',
    ),
    allowAddition: options.includes('ALLOW_FIELD_ADDITION'),
    allowRelaxation: options.includes('ALLOW_FIELD_RELAXATION'),
  };
}

function parseWord<T extends string>(
  config: JsonMap,
  name: string,
  words: readonly T[],
  fallback: T,
): T {
  const text = optionalString(config, name);
  if (text === undefined) return fallback;
  const word = words.find((known) => known === text);
  if (word === undefined) throw invalid(`Invalid value for ${name}: ${text} is not a valid value`);
  return word;
}

function parseDestination(config: JsonMap): Destination {
  const table = optionalObject(config, 'destinationTable') ?? {};
  const project = optionalString(table, 'projectId');
  const datasetId = optionalString(table, 'datasetId');
  const id = optionalString(table, 'tableId');
  if (project === undefined || datasetId === undefined || id === undefined) {
    throw new ApiError('required', 'Required parameter is missing: destinationTable');
  }
  const { tableId, decorator } = splitDecorator(id);
  checkTableId(tableId);
  return { project, datasetId, tableId, ...(decorator === undefined ? {} : { decorator }) };
}
