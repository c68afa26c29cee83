// What is right in itself but not beside its neighbours: environments that would take each other's messages
// or objects, sources that would share a slice, collections that would write the same rows or files.
import { isDeepStrictEqual } from 'node:util';
import type { Path } from './document.ts';
import type { Collection, Environment, FirestoreSource, GkeSource } from './environment.ts';
import { formatPath, type Issue } from './issues.ts';
import { findCollisions } from './slices.ts';
import type { Placed } from './sources.ts';

/** An environment with everything in it still at its place in the file. */
export interface PlacedEnvironment {
  path: Path;
  environment: Environment;
  sources: readonly Placed<FirestoreSource | GkeSource>[];
  collections: readonly Placed<Collection>[];
}

export function findConflicts(
  environments: readonly PlacedEnvironment[],
  lineOf: (path: Path) => number,
): Issue[] {
  return [
    ...sharedNames(environments),
    ...[...byDataset(environments).values()].flatMap((sharing) => [
      ...findCollisions(
        sharing.flatMap(({ sources }) =>
          sources.map(({ path, value: { name, slice } }) => ({
            name,
            slice,
            path,
            line: lineOf(path),
          })),
        ),
      ),
      ...sharedTables(sharing),
    ]),
    ...environments.flatMap(sharedFolders),
  ];
}

function byDataset(environments: readonly PlacedEnvironment[]): Map<string, PlacedEnvironment[]> {
  return Map.groupBy(
    environments,
    ({ environment: { warehouse } }) => `${warehouse.project}.${warehouse.dataset}`,
  );
}

/** Topics and functions are named by project and prefix, and a bucket's events go to one load function. */
function sharedNames(environments: readonly PlacedEnvironment[]): Issue[] {
  const owners = new Map<string, string>();
  return environments.flatMap(({ path, environment: { name, prefix, warehouse } }) => {
    const claims = [
      { claim: `bucket ${warehouse.bucket}`, option: ['warehouse', 'bucket'] },
      { claim: `project ${warehouse.project} and prefix ${prefix}`, option: ['prefix'] },
    ];
    return claims.flatMap(({ claim, option }) => {
      const owner = owners.get(claim);
      owners.set(claim, owner ?? name);
      if (owner === undefined) return [];
      const at = [...path, ...option];
      return [
        {
          path: at,
          what: `${formatPath(path)} shares ${claim} with ${owner}: each would take the other's messages`,
          hint: `Give ${name} a ${option.at(-1)} of its own`,
        },
      ];
    });
  });
}

interface Writer {
  environment: string;
  collection: Placed<Collection>;
}

/** @param environments  of one dataset */
function sharedTables(environments: readonly PlacedEnvironment[]): Issue[] {
  const bySlice = new Map<string, Writer>();
  const byTable = new Map<string, Writer>();
  const issues: Issue[] = [];
  for (const { environment, collections } of environments) {
    for (const collection of collections) {
      const writer = { environment: environment.name, collection };
      const { table, sources } = collection.value;
      const other = sources
        .map((source) => ({ source, writer: bySlice.get(`${table} ${source}`) }))
        .find((claim) => claim.writer !== undefined);
      const first = byTable.get(table);
      if (other?.writer !== undefined) {
        if (!sharesFolder(writer, other.writer))
          issues.push(sameSlice(writer, other.writer, other.source));
      } else if (
        first !== undefined &&
        !isDeepStrictEqual(first.collection.value.schema, collection.value.schema)
      ) {
        issues.push(otherSchema(writer, first));
      }
      byTable.set(table, first ?? writer);
      for (const source of sources) bySlice.set(`${table} ${source}`, writer);
    }
  }
  return issues;
}

/** That is told once, by `sharedFolders`. */
const sharesFolder = (a: Writer, b: Writer): boolean =>
  a.environment === b.environment && a.collection.value.name === b.collection.value.name;

function sameSlice(writer: Writer, other: Writer, source: string): Issue {
  const { path, value } = writer.collection;
  const apart = writer.environment === other.environment;
  return {
    path,
    what: apart
      ? `${formatPath(path)} writes ${value.table} for source ${source}, as does ${formatPath(other.collection.path)}`
      : `${formatPath(path)} writes ${value.table} for source ${source} both in ${other.environment} and in ${writer.environment}, which share a dataset`,
    hint: apart
      ? 'Give one of them a table: line'
      : 'Give one environment a dataset of its own, or one source another name',
  };
}

function otherSchema(writer: Writer, first: Writer): Issue {
  const { path, value } = writer.collection;
  return {
    path,
    what: `${formatPath(path)} writes ${value.table} with another schema than ${formatPath(first.collection.path)}`,
    hint: 'Give both the same schema, or one of them a table: line',
  };
}

/** Two collections of one name would write snapshots of each other's names. */
function sharedFolders({ collections }: PlacedEnvironment): Issue[] {
  const folders = new Map<string, Path>();
  return collections.flatMap(({ path, value: { name, sources } }) => {
    const source = sources.find((each) => folders.has(`${each}/${name}`));
    const other = folders.get(`${source}/${name}`);
    for (const each of sources) folders.set(`${each}/${name}`, path);
    if (other === undefined) return [];
    return [
      {
        path,
        what: `${formatPath(path)} is named ${name} for source ${source}, as is ${formatPath(other)}`,
        hint: 'Give one of them a name: line',
      },
    ];
  });
}
