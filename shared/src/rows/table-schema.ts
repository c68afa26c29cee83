// The schema of a whole table, as BigQuery's API names it.
import { createHash } from 'node:crypto';
import type { Column, ColumnType } from './column.ts';
import { SYSTEM_COLUMNS } from './system-columns.ts';

/** A field of a table's schema as BigQuery's REST API takes and shows it; numbers are strings there. */
export interface ApiField {
  name: string;
  type: string;
  mode: 'NULLABLE' | 'REPEATED';
  description?: string;
  maxLength?: string;
  precision?: string;
  scale?: string;
  fields?: ApiField[];
  policyTags?: { names: string[] };
}

// The API answers with its older names, whichever it was given.
const API_TYPES: Partial<Record<ColumnType, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
};

/** The whole table: system columns, then the user's. */
export function tableSchema(columns: readonly Column[]): { fields: ApiField[] } {
  return { fields: [...SYSTEM_COLUMNS, ...columns].map(apiField) };
}

function apiField(column: Column): ApiField {
  const { name, type, mode, description, maxLength, precision, scale, fields, policyTags } = column;
  return {
    name,
    type: API_TYPES[type] ?? type,
    mode,
    ...(description === undefined ? {} : { description }),
    ...(maxLength === undefined ? {} : { maxLength: `${maxLength}` }),
    ...(precision === undefined ? {} : { precision: `${precision}` }),
    ...(scale === undefined ? {} : { scale: `${scale}` }),
    ...(fields === undefined ? {} : { fields: fields.map(apiField) }),
    ...(policyTags === undefined ? {} : { policyTags: { names: [...policyTags.names] } }),
  };
}

/** 16 hex digits over all that decides how values are written: names, types, parameters and their order. */
export function schemaDigest(columns: readonly Column[]): string {
  return createHash('sha256')
    .update(JSON.stringify(columns.map(shape)))
    .digest('hex')
    .slice(0, 16);
}

const shape = ({ name, type, mode, maxLength, precision, scale, fields }: Column): unknown[] => [
  name,
  type,
  mode,
  maxLength ?? null,
  precision ?? null,
  scale ?? null,
  fields?.map(shape) ?? null,
];
