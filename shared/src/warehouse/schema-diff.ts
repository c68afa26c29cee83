// The fields a table has against those a schema file wants.
import type { TableField } from '@google-cloud/bigquery';

export interface FieldComparison {
  /** The table's fields in their order, then those it lacks. */
  merged: TableField[];
  added: boolean;
  /** One clause each, e.g. `column "calls" is STRING in the table and INT64 in the schema`. */
  conflicts: string[];
}

/** BigQuery's two names of one type. Source: BigQuery REST, TableFieldSchema.type. */
const STANDARD_NAMES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  STRUCT: 'RECORD',
};

export function compareFields(
  present: readonly TableField[],
  wanted: readonly TableField[],
  path = '',
): FieldComparison {
  const merged: TableField[] = [];
  const conflicts: string[] = [];
  const missing = new Map(wanted.map((field) => [keyOf(field), field]));
  let added = false;
  for (const field of present) {
    const counterpart = missing.get(keyOf(field));
    missing.delete(keyOf(field));
    const name = `${path}${field.name}`;
    if (!counterpart) {
      conflicts.push(`column "${name}" is in the table but not in the schema`);
      merged.push(field);
      continue;
    }
    const difference = describeDifference(field, counterpart);
    if (difference) conflicts.push(`column "${name}" is ${difference}`);
    const inner = compareFields(field.fields ?? [], counterpart.fields ?? [], `${name}.`);
    conflicts.push(...inner.conflicts);
    added ||= inner.added;
    merged.push(inner.added ? { ...field, fields: inner.merged } : field);
  }
  added ||= missing.size > 0;
  return { merged: [...merged, ...missing.values()], added, conflicts };
}

const keyOf = (field: TableField): string => (field.name ?? '').toLowerCase();

function describeDifference(present: TableField, wanted: TableField): string | undefined {
  const [before, after] = [describe(present), describe(wanted)];
  return before === after ? undefined : `${before} in the table and ${after} in the schema`;
}

function describe({ type = '', mode, maxLength, precision, scale }: TableField): string {
  const name = STANDARD_NAMES[type.toUpperCase()] ?? type.toUpperCase();
  const parameters = [maxLength, precision, scale].filter(
    (each) => each !== undefined && each !== null,
  );
  const parameterised = parameters.length > 0 ? `${name}(${parameters.join(', ')})` : name;
  return mode?.toUpperCase() === 'REPEATED' ? `REPEATED ${parameterised}` : parameterised;
}
