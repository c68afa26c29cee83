// A collection from its options: defaults filled in, its schema read, its columns checked against it.
import type { Column } from '../rows/column.ts';
import type { Path } from './document.ts';
import type { Collection, Equality } from './environment.ts';
import { type FieldPath, parseFieldPath } from './field-path.ts';
import { formatPath, type Issue } from './issues.ts';
import { nearestName } from './nearest.ts';
import type { CollectionOptions } from './options.ts';

/** `sources` as in the file: undefined for every Firestore source. */
export type CollectionDraft = Omit<Collection, 'sources'> & {
  sources: readonly string[] | undefined;
};

/** @param schema  the columns of `options.schema`; empty where it names none */
export function draftCollection(
  options: CollectionOptions,
  schema: readonly Column[],
  path: Path,
): { draft: CollectionDraft; issues: Issue[] } {
  const { collection, group, sources, columns, redact, data, where, budget, maxShrink } = options;
  const name = options.name ?? collection.slice(collection.lastIndexOf('/') + 1);
  const equalities = whereOf(where, path);
  return {
    draft: {
      name,
      path: collection,
      group,
      sources,
      table: options.table ?? `firestore_${name}`,
      schema,
      columns: new Map(Object.entries(columns)),
      redact,
      data,
      where: equalities.where,
      ...(budget === undefined ? {} : { budget }),
      ...(maxShrink === undefined ? {} : { maxShrink }),
    },
    issues: [
      ...nameIssues(name, options, path),
      ...columnIssues(columns, schema, path),
      ...equalities.issues,
    ],
  };
}

function nameIssues(name: string, { collection, group }: CollectionOptions, path: Path): Issue[] {
  const issues: Issue[] = [];
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    issues.push({
      path: [...path, 'collection'],
      what: `${formatPath(path)} would be named ${JSON.stringify(name)}, which holds more than letters, digits, _ and -`,
      hint: 'Give it a name: line',
    });
  }
  if (group && collection.includes('/')) {
    issues.push({
      path: [...path, 'collection'],
      what: `${formatPath(path)} is a group, but its collection ${collection} is a path`,
      hint: 'A group is named by its id alone',
    });
  }
  return issues;
}

function columnIssues(
  columns: Readonly<Record<string, FieldPath>>,
  schema: readonly Column[],
  path: Path,
): Issue[] {
  const names = schema.map(({ name }) => name);
  return Object.keys(columns)
    .filter((column) => !names.includes(column))
    .map((column) => {
      const nearest = nearestName(column, names);
      return {
        path: [...path, 'columns', column],
        what: `${formatPath([...path, 'columns', column])} is not a column of the schema`,
        hint: nearest === undefined ? 'Add it to the schema file' : `Did you mean ${nearest}?`,
      };
    });
}

function whereOf(
  where: CollectionOptions['where'],
  path: Path,
): { where: Equality[]; issues: Issue[] } {
  const issues: Issue[] = [];
  const equalities = Object.entries(where).flatMap(([text, value]) => {
    const field = parseFieldPath(text);
    if (field !== undefined) return [{ path: field, value }];
    issues.push({
      path: [...path, 'where', text],
      what: `${formatPath([...path, 'where'])} names ${JSON.stringify(text)}, which is not a field path`,
    });
    return [];
  });
  return { where: equalities, issues };
}
