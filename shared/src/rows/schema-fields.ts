// The fields of a schema file, each checked: what firesink cannot keep, or BigQuery would refuse, is a problem.
import type { Path } from '../config/document.ts';
import { nearestName } from '../config/nearest.ts';
import { COLUMN_TYPES, type Column, type ColumnType } from './column.ts';
import { columnNameProblem } from './column-name.ts';
import { readParameters } from './schema-parameters.ts';
import type { Report, SchemaProblem } from './schema-problem.ts';

/** Levels of RECORD within RECORD. BigQuery docs, "Quotas and limits", tables. */
const MAX_RECORD_LEVELS = 15;

const LEGACY_TYPES: Partial<Record<string, ColumnType>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

const KEYS = [
  'name',
  'type',
  'mode',
  'description',
  'fields',
  'maxLength',
  'precision',
  'scale',
  'policyTags',
] as const;

/** Keys BigQuery knows, and why we do not take them. */
const REFUSED_KEYS: Partial<Record<string, string>> = {
  collation: 'firesink does not compare text as BigQuery would',
  defaultValueExpression: 'it would fill columns whose documents hold nothing',
  roundingMode: 'firesink never rounds: what does not fit is NULL and a row error',
  rangeElementType: 'ranges are not supported',
  timestampPrecision: 'timestamps have microseconds',
};

/** @param json  the parsed file */
export function readColumns(json: unknown): { columns: Column[]; problems: SchemaProblem[] } {
  const problems: SchemaProblem[] = [];
  const report = (path: Path, what: string, hint?: string) => {
    problems.push({ path, what, ...(hint === undefined ? {} : { hint }) });
  };
  return { columns: readFields(json, [], 0, report), problems };
}

function readFields(json: unknown, path: Path, level: number, report: Report): Column[] {
  if (!Array.isArray(json)) {
    report(path, level === 0 ? 'a schema is a JSON array of fields' : 'fields must be an array');
    return [];
  }
  if (json.length === 0 && level > 0) report(path, 'a RECORD needs at least one field');
  const seen = new Map<string, string>();
  return json.flatMap((field: unknown, index) => {
    const column = readColumn(field, [...path, index], level, report);
    if (column === undefined) return [];
    const before = seen.get(column.name.toLowerCase());
    if (before !== undefined) {
      const same =
        before === column.name ? 'twice' : `beside "${before}": BigQuery takes no notice of case`;
      report([...path, index, 'name'], `column "${column.name}" is there ${same}`);
    }
    seen.set(column.name.toLowerCase(), column.name);
    return [column];
  });
}

function readColumn(json: unknown, path: Path, level: number, report: Report): Column | undefined {
  if (!isObject(json)) {
    report(path, 'a field must be an object with a name and a type');
    return undefined;
  }
  checkKeys(json, path, report);
  const name = readName(json, path, level, report);
  const type = readType(json, path, name, report);
  if (type === undefined) return undefined;
  const { description } = json;
  if (description !== undefined && typeof description !== 'string') {
    report([...path, 'description'], `description of "${name}" must be text`);
  }
  const tags = readPolicyTags(json, path, report);
  return {
    name,
    type,
    mode: readMode(json, path, name, report),
    ...(typeof description === 'string' ? { description } : {}),
    ...readParameters(json, { path, name, type, report }),
    ...readNested(json, { path, name, type, level, report }),
    ...(tags === undefined ? {} : { policyTags: { names: tags } }),
  };
}

function checkKeys(json: Record<string, unknown>, path: Path, report: Report): void {
  for (const key of Object.keys(json)) {
    const reason = REFUSED_KEYS[key];
    if (reason !== undefined) report([...path, key], `${key} is not supported: ${reason}`);
    else if (!KEYS.some((known) => known === key)) {
      const nearest = nearestName(key, KEYS);
      report(
        [...path, key],
        `${key} is not an attribute of a field`,
        nearest === undefined ? `There are ${KEYS.join(', ')}` : `Did you mean ${nearest}?`,
      );
    }
  }
}

function readName(
  { name }: Record<string, unknown>,
  path: Path,
  level: number,
  report: Report,
): string {
  if (typeof name !== 'string') {
    report(path, name === undefined ? 'a field has no name' : 'name must be text');
    return '?';
  }
  const problem = columnNameProblem(name, { system: level === 0 });
  if (problem !== undefined) report([...path, 'name'], problem);
  return name;
}

function readType(
  { type }: Record<string, unknown>,
  path: Path,
  name: string,
  report: Report,
): ColumnType | undefined {
  if (typeof type !== 'string') {
    report(
      path,
      type === undefined ? `column "${name}" has no type` : `type of "${name}" must be text`,
    );
    return undefined;
  }
  const upper = type.toUpperCase();
  const known = COLUMN_TYPES.find((each) => each === upper) ?? LEGACY_TYPES[upper];
  if (known !== undefined) return known;
  const nearest = nearestName(upper, COLUMN_TYPES);
  report(
    [...path, 'type'],
    `type ${type} of "${name}" is not supported`,
    nearest === undefined ? `There are ${COLUMN_TYPES.join(', ')}` : `Did you mean ${nearest}?`,
  );
  return undefined;
}

function readMode(
  { mode }: Record<string, unknown>,
  path: Path,
  name: string,
  report: Report,
): Column['mode'] {
  const upper = typeof mode === 'string' ? mode.toUpperCase() : mode;
  if (upper === undefined || upper === 'NULLABLE') return 'NULLABLE';
  if (upper === 'REPEATED') return 'REPEATED';
  if (upper === 'REQUIRED') {
    report(
      [...path, 'mode'],
      `column "${name}" is REQUIRED, but a value that does not fit its column becomes NULL`,
      'Make it NULLABLE',
    );
  } else {
    report(
      [...path, 'mode'],
      `mode of "${name}" must be NULLABLE or REPEATED, not ${JSON.stringify(mode)}`,
    );
  }
  return 'NULLABLE';
}

function readNested(
  json: Record<string, unknown>,
  at: { path: Path; name: string; type: ColumnType; level: number; report: Report },
): { fields?: Column[] } {
  const { path, name, type, level, report } = at;
  const { fields } = json;
  if (type !== 'RECORD') {
    if (fields !== undefined)
      report([...path, 'fields'], `column "${name}" is ${type}: only a RECORD has fields`);
    return {};
  }
  if (fields === undefined) {
    report(path, `RECORD "${name}" has no fields`);
    return {};
  }
  if (level === MAX_RECORD_LEVELS) {
    report(path, `RECORD "${name}" lies deeper than BigQuery's ${MAX_RECORD_LEVELS} levels`);
    return {};
  }
  return { fields: readFields(fields, [...path, 'fields'], level + 1, report) };
}

function readPolicyTags(
  { policyTags }: Record<string, unknown>,
  path: Path,
  report: Report,
): string[] | undefined {
  if (policyTags === undefined) return undefined;
  const names = isObject(policyTags) ? policyTags.names : undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  report([...path, 'policyTags'], 'policyTags must be {"names": ["projects/…/policyTags/…"]}');
  return undefined;
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
