// The sources of an environment from its options: defaults filled in, names and databases each only once.
import type { Path } from './document.ts';
import type { FirestoreSource, GkeSource } from './environment.ts';
import { formatPath, type Issue } from './issues.ts';
import type { EnvironmentOptions } from './options.ts';
import { sliceOf } from './slices.ts';

/** Something of the configuration together with its place in the file. */
export interface Placed<T> {
  path: Path;
  value: T;
}

const NAME = /^[A-Za-z0-9_-]+$/;

export function firestoreSources(
  { firestore }: EnvironmentOptions,
  environmentPath: Path,
): Placed<FirestoreSource>[] {
  return firestore.map(({ project, database, name: given, slice }, index) => {
    const name = given ?? (database === '(default)' ? project : `${project}--${database}`);
    return {
      path: [...environmentPath, 'firestore', index],
      value: { kind: 'firestore', name, project, database, slice: slice ?? sliceOf(name) },
    };
  });
}

export function gkeSources(
  { clusters }: EnvironmentOptions,
  environmentPath: Path,
): Placed<GkeSource>[] {
  return clusters.map(({ name: given, slice, ...cluster }, index) => {
    const name = given ?? cluster.cluster;
    return {
      path: [...environmentPath, 'clusters', index],
      value: { kind: 'gke', ...cluster, name, slice: slice ?? sliceOf(name) },
    };
  });
}

/** Names that are none, names and databases that come twice. */
export function checkSources(sources: readonly Placed<FirestoreSource | GkeSource>[]): Issue[] {
  const names = new Map<string, Path>();
  const origins = new Map<string, Path>();
  return sources.flatMap(({ path, value }) => {
    const issues: Issue[] = [];
    if (!NAME.test(value.name)) {
      issues.push({
        path,
        what: `${formatPath(path)} would be named ${value.name}, which holds more than letters, digits, _ and -`,
        hint: 'Give it a name: line',
      });
    }
    const sameName = names.get(value.name);
    if (sameName !== undefined) {
      issues.push({
        path,
        what: `${formatPath(path)} is named ${value.name}, as is ${formatPath(sameName)}`,
        hint: 'Give one of them another name',
      });
    }
    const origin = describeOrigin(value);
    const sameOrigin = origins.get(origin);
    if (sameOrigin !== undefined) {
      issues.push({
        path,
        what: `${formatPath(path)} is ${origin}, as is ${formatPath(sameOrigin)}`,
        hint: 'Remove one of them',
      });
    }
    names.set(value.name, path);
    origins.set(origin, path);
    return issues;
  });
}

const describeOrigin = (source: FirestoreSource | GkeSource): string =>
  source.kind === 'firestore'
    ? `database ${source.database} of ${source.project}`
    : `cluster ${source.cluster} of ${source.project} in ${source.location}`;
