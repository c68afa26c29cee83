// Sources, collections and what there is to do, by the names people and messages give them. The
// configuration is the list of what may be asked for; for all else there is the nearest right name.
import type { Collection, Environment, FirestoreSource, GkeSource } from './environment.ts';
import { suggest } from './nearest.ts';
import { refusal } from './refusal.ts';

/** One slice of one table: what is exported and loaded as a whole. */
export interface Pair {
  source: FirestoreSource;
  collection: Collection;
}

/** @throws FiresinkError refused `unknown-source` */
export function findSource(environment: Environment, name: string): FirestoreSource {
  return (
    environment.sources.find((source) => source.name === name) ??
    fail(
      'unknown-source',
      `${name} is not a Firestore source of ${environment.name}`,
      name,
      environment.sources,
    )
  );
}

/** @throws FiresinkError refused `unknown-source` */
export function findCluster(environment: Environment, name: string): GkeSource {
  return (
    environment.clusters.find((cluster) => cluster.name === name) ??
    fail(
      'unknown-source',
      `${name} is not a cluster of ${environment.name}`,
      name,
      environment.clusters,
    )
  );
}

/** @throws FiresinkError refused `unknown-source` */
export function findDatabase(
  environment: Environment,
  project: string,
  database: string,
): FirestoreSource {
  const found = environment.sources.find(
    (source) => source.project === project && source.database === database,
  );
  if (found !== undefined) return found;
  const described = environment.sources.map((source) => ({
    name:
      source.database === '(default)'
        ? source.project
        : `${source.project} with database ${source.database}`,
  }));
  const asked = database === '(default)' ? project : `${project} with database ${database}`;
  return fail(
    'unknown-source',
    `${asked} is not a Firestore source of ${environment.name}`,
    asked,
    described,
  );
}

/** Those of one source, in the order of the file. */
export function collectionsOf(environment: Environment, source: FirestoreSource): Collection[] {
  return environment.collections.filter(({ sources }) => sources.includes(source.name));
}

/** @throws FiresinkError refused `unknown-collection` */
export function findCollection(
  environment: Environment,
  source: FirestoreSource,
  name: string,
): Collection {
  const collections = collectionsOf(environment, source);
  return (
    collections.find((collection) => collection.name === name) ??
    fail(
      'unknown-collection',
      `${name} is not a collection of source ${source.name}`,
      name,
      collections,
    )
  );
}

/**
 * Every (source, collection) there is, or those a filter names; each list alone leaves the other open.
 * @throws FiresinkError refused `unknown-source`, `unknown-collection`, also where no source named has a
 *   collection named
 */
export function tasks(
  environment: Environment,
  filter: {
    sources?: readonly string[] | undefined;
    collections?: readonly string[] | undefined;
  } = {},
): Pair[] {
  const wanted = filter.sources?.map((name) => findSource(environment, name));
  const sources = environment.sources.filter((source) => wanted?.includes(source) ?? true);
  const pairs = sources.flatMap((source) =>
    collectionsOf(environment, source).map((collection) => ({ source, collection })),
  );
  for (const name of filter.collections ?? []) {
    if (pairs.some(({ collection }) => collection.name === name)) continue;
    const known = pairs.map(({ collection }) => collection);
    const of =
      wanted === undefined ? environment.name : wanted.map((source) => source.name).join(', ');
    fail('unknown-collection', `${name} is not a collection of ${of}`, name, known);
  }
  return pairs.filter(({ collection }) => filter.collections?.includes(collection.name) ?? true);
}

function fail(
  code: string,
  what: string,
  wrong: string,
  known: readonly { name: string }[],
): never {
  const hint = suggest(wrong, [...new Set(known.map(({ name }) => name))]);
  throw refusal(code, what, { hint: hint ?? 'The configuration has none' });
}
