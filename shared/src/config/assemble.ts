// From the text of a configuration to its environments: YAML, then each part by its options, then the parts
// beside each other. What is wrong in one part does not hide what is wrong in another.
import type { z } from 'zod';
import type { Column } from '../rows/column.ts';
import { type CollectionDraft, draftCollection } from './collections.ts';
import { findConflicts, type PlacedEnvironment } from './conflicts.ts';
import { type Path, parseConfigDocument } from './document.ts';
import type { Collection, Environment } from './environment.ts';
import { describeIssues, formatPath, type Issue } from './issues.ts';
import { suggest } from './nearest.ts';
import { COLLECTION, ENVIRONMENT, FILE } from './options.ts';
import { Problems } from './problems.ts';
import { checkSources, firestoreSources, gkeSources, type Placed } from './sources.ts';

/** Columns of a schema file, or the words for what is wrong with it. */
export type SchemaReader = (file: string) => Promise<readonly Column[] | { what: string }>;

/**
 * @param location  for the error texts
 * @throws ConfigError naming everything that is wrong
 */
export async function assembleEnvironments(
  text: string,
  location: string,
  readSchema: SchemaReader,
): Promise<Environment[]> {
  const document = parseConfigDocument(text, location);
  const problems = new Problems(document);
  problems.throwIfAny();
  const file = readParts(document.value ?? {}, problems);
  const drafts = await draftAll(file.collections, readSchema, problems);
  const names = Object.keys(file.environments);
  if (names.length === 0) problems.add({ path: ['environments'], what: 'environments names none' });
  const environments = names.flatMap((name) => {
    const environment = placeEnvironment(name, file.environments[name], drafts, problems);
    return environment === undefined ? [] : [environment];
  });
  // Sources of an environment that could not be read are no reason to call their names wrong.
  if (environments.length === names.length) problems.addAll(unknownSources(drafts, environments));
  problems.addAll(findConflicts(environments, (path) => problems.lineOf(path)));
  problems.throwIfAny();
  return environments.map(({ environment }) => withNeighbours(environment, environments));
}

function withNeighbours(
  environment: Environment,
  environments: readonly PlacedEnvironment[],
): Environment {
  const { project, dataset } = environment.warehouse;
  const neighbours = environments
    .filter(({ environment: other }) => other !== environment)
    .filter(({ environment: { warehouse } }) => warehouse.project === project)
    .filter(({ environment: { warehouse } }) => warehouse.dataset === dataset)
    .flatMap(({ sources }) => sources.map(({ value }) => value.name));
  return neighbours.length === 0 ? environment : { ...environment, neighbours };
}

/** Its parts, also where there is more in the file than we know. */
function readParts(value: unknown, problems: Problems): z.output<typeof FILE> {
  check(FILE, value, [], problems);
  const { data } = FILE.strip().safeParse(value);
  if (data !== undefined) return data;
  problems.throwIfAny();
  return { environments: {}, collections: [] };
}

function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  path: Path,
  problems: Problems,
): z.output<S> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  problems.addAll(describeIssues(result.error, schema, value, path));
  return undefined;
}

async function draftAll(
  collections: readonly unknown[],
  readSchema: SchemaReader,
  problems: Problems,
): Promise<Placed<CollectionDraft>[]> {
  const drafts = await Promise.all(
    collections.map(async (value, index) => {
      const path = ['collections', index];
      const options = check(COLLECTION, value, path, problems);
      if (options === undefined) return [];
      const schema = options.schema === undefined ? [] : await readSchema(options.schema);
      if ('what' in schema) {
        const option = [...path, 'schema'];
        problems.add({ path: option, what: `${formatPath(option)}: ${schema.what}` });
        return [];
      }
      const { draft, issues } = draftCollection(options, schema, path);
      problems.addAll(issues);
      return [{ path, value: draft }];
    }),
  );
  return drafts.flat();
}

function placeEnvironment(
  name: string,
  value: unknown,
  drafts: readonly Placed<CollectionDraft>[],
  problems: Problems,
): PlacedEnvironment | undefined {
  const path = ['environments', name];
  const options = check(ENVIRONMENT, value, path, problems);
  if (options === undefined) return undefined;
  const sources = firestoreSources(options, path);
  const clusters = gkeSources(options, path);
  const all = [...sources, ...clusters];
  problems.addAll(checkSources(all));
  if (all.length === 0) {
    problems.add({
      path,
      what: `${formatPath(path)} has no sources`,
      hint: 'List Firestore databases under firestore: or clusters under clusters:',
    });
  }
  const names = sources.map(({ value: source }) => source.name);
  const collections = drafts.flatMap((draft) => takeSources(draft, names));
  return {
    path,
    sources: all,
    collections,
    environment: {
      name,
      prefix: options.prefix,
      warehouse: options.warehouse,
      ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
      sources: sources.map(({ value: source }) => source),
      clusters: clusters.map(({ value: cluster }) => cluster),
      collections: collections.map(({ value: collection }) => collection),
    },
  };
}

/** The collection as one environment has it; nothing where none of its sources are there. */
function takeSources(
  { path, value }: Placed<CollectionDraft>,
  names: readonly string[],
): Placed<Collection>[] {
  const sources = names.filter((name) => value.sources?.includes(name) ?? true);
  return sources.length === 0 ? [] : [{ path, value: { ...value, sources } }];
}

function unknownSources(
  drafts: readonly Placed<CollectionDraft>[],
  environments: readonly PlacedEnvironment[],
): Issue[] {
  const known = environments.flatMap(({ environment }) =>
    environment.sources.map(({ name }) => name),
  );
  return drafts.flatMap(({ path, value }) =>
    (value.sources ?? []).flatMap((source, index) => {
      if (known.includes(source)) return [];
      const at = [...path, 'sources', index];
      const hint = suggest(source, known);
      return [
        {
          path: at,
          what: `${formatPath(at)} ${source} is not a Firestore source`,
          ...(hint === undefined ? {} : { hint }),
        },
      ];
    }),
  );
}
