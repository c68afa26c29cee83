// A column as firesink thinks of it: BigQuery's types by their standard names, whichever the schema file used.

export const COLUMN_TYPES = [
  'STRING',
  'BYTES',
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOL',
  'TIMESTAMP',
  'DATE',
  'DATETIME',
  'TIME',
  'GEOGRAPHY',
  'JSON',
  'RECORD',
] as const;

export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface Column {
  name: string;
  type: ColumnType;
  mode: 'NULLABLE' | 'REPEATED';
  description?: string;
  /** STRING: code points. BYTES: bytes. */
  maxLength?: number;
  /** NUMERIC, BIGNUMERIC: digits in all. */
  precision?: number;
  /** NUMERIC, BIGNUMERIC: digits after the point. Never without `precision`. */
  scale?: number;
  /** RECORD only, never empty there. */
  fields?: readonly Column[];
  /** Column-level access: handed on to BigQuery as it is. */
  policyTags?: { names: readonly string[] };
}

/** The type as people write it: `STRING(10)`, `NUMERIC(10,2)`, `REPEATED RECORD`. */
export function describeType(column: Column): string {
  return column.mode === 'REPEATED'
    ? `REPEATED ${describeElement(column)}`
    : describeElement(column);
}

/** The type of one element, or of the column itself where it is not REPEATED. */
export function describeElement({ type, maxLength, precision, scale }: Column): string {
  const parameters = [maxLength, precision, scale].filter((parameter) => parameter !== undefined);
  return parameters.length > 0 ? `${type}(${parameters.join(',')})` : type;
}
