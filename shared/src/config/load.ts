// The configuration as everything that runs gets it: found, read, checked, and one environment chosen.
import { dirname, isAbsolute, join, posix } from 'node:path';
import { FiresinkError } from '../errors.ts';
import { parseSchema } from '../rows/schema.ts';
import { assembleEnvironments, type SchemaReader } from './assemble.ts';
import type { Environment } from './environment.ts';
import { suggest } from './nearest.ts';
import { refusal } from './refusal.ts';

/** The text of a file: a path, or `gs://bucket/object`. `configReader` makes one. */
export type ReadText = (location: string) => Promise<string>;

type Variables = Readonly<Record<string, string | undefined>>;

export interface ConfigQuestion {
  /** Path or `gs://…`; default: `FIRESINK_CONFIG`, else `firesink.yaml` where we run. */
  path?: string | undefined;
  read: ReadText;
  env?: Variables;
}

export interface ConfigFile {
  location: string;
  environments: readonly Environment[];
}

export interface Config extends ConfigFile {
  /** The chosen one of `environments`. */
  environment: Environment;
}

/** @throws FiresinkError refused `bad-config`, `no-config`; retry where Cloud Storage does not answer */
export async function readConfig({
  path,
  read,
  env = process.env,
}: ConfigQuestion): Promise<ConfigFile> {
  const location = path || env.FIRESINK_CONFIG || 'firesink.yaml';
  const environments = await assembleEnvironments(
    await read(location),
    location,
    schemaReader(location, read),
  );
  return { location, environments };
}

/**
 * @param question.environment  what `--environment` says
 * @throws FiresinkError refused `unknown-environment`, and all that `readConfig` throws
 */
export async function loadConfig({
  environment,
  ...question
}: ConfigQuestion & { environment?: string | undefined }): Promise<Config> {
  const config = await readConfig(question);
  const chosen = chooseEnvironment(config, { environment, env: question.env ?? process.env });
  return { ...config, environment: chosen };
}

interface Wish {
  name: string;
  /** Who says so, for the error text. */
  by: string;
}

function chooseEnvironment(
  { location, environments }: ConfigFile,
  { environment, env }: { environment: string | undefined; env: Variables },
): Environment {
  const names = environments.map(({ name }) => name);
  const wish = wishOf(environment, env);
  if (wish !== undefined) {
    const chosen = environments.find(({ name }) => name === wish.name);
    if (chosen !== undefined) return chosen;
    throw unknownEnvironment(
      `${wish.by} asks for environment ${wish.name}, which does not exist`,
      location,
      suggest(wish.name, names),
    );
  }
  const [only, ...others] = environments;
  if (only !== undefined && others.length === 0) return only;
  throw unknownEnvironment(
    'no environment is chosen',
    location,
    `Say --environment or set FIRESINK_ENVIRONMENT. There are ${names.join(', ')}`,
  );
}

/** DESIGN section 3, in order of precedence. */
function wishOf(option: string | undefined, env: Variables): Wish | undefined {
  const { FIRESINK_ENVIRONMENT: own, API_AIBANG_ENV: stage, API_AIBANG_REGION: region } = env;
  if (option) return { name: option, by: '--environment' };
  if (own) return { name: own, by: 'FIRESINK_ENVIRONMENT' };
  if (stage && region)
    return { name: `${stage}-${region}`, by: 'API_AIBANG_ENV with API_AIBANG_REGION' };
  return undefined;
}

const unknownEnvironment = (what: string, where: string, hint: string | undefined): FiresinkError =>
  refusal('unknown-environment', what, { where, hint });

/** Several collections may share a schema file; it is read once. */
function schemaReader(configLocation: string, read: ReadText): SchemaReader {
  const columns = new Map<string, ReturnType<SchemaReader>>();
  return (file) => {
    const location = locationOf(file, configLocation);
    const known = columns.get(location) ?? readColumns(location, file, read);
    columns.set(location, known);
    return known;
  };
}

async function readColumns(
  location: string,
  file: string,
  read: ReadText,
): ReturnType<SchemaReader> {
  try {
    return parseSchema(await read(location), file);
  } catch (error) {
    // What may succeed later is no fault of the configuration.
    if (error instanceof FiresinkError && error.outcome === 'refused')
      return { what: error.message };
    throw error;
  }
}

/** Where a file named in the configuration lies: beside it, on disk or in its bucket. */
function locationOf(file: string, configLocation: string): string {
  if (file.startsWith('gs://')) return file;
  const [, bucket, object] = /^gs:\/\/([^/]+)\/(.+)$/.exec(configLocation) ?? [];
  if (bucket !== undefined && object !== undefined) {
    return `gs://${bucket}/${posix.join(posix.dirname(object), file)}`;
  }
  return isAbsolute(file) ? file : join(dirname(configLocation), file);
}
