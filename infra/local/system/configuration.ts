// Which configuration the system runs: the sample's, or a file of the user's own.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@firesink/shared/config/environment.ts';
import { loadConfig } from '@firesink/shared/config/load.ts';
import { configReader } from '@firesink/shared/config/reader.ts';
import { LocalError } from './local-error.ts';

const SAMPLE = {
  path: fileURLToPath(new URL('../demo/firesink.yaml', import.meta.url)),
  environment: 'demo',
};

interface ConfigurationChoice {
  /** Path; default: the sample's, which needs no variables and heeds none. */
  config?: string | undefined;
  environment?: string | undefined;
  env: NodeJS.ProcessEnv;
}

export interface Configuration {
  /** Absolute. */
  path: string;
  environment: Environment;
}

/** @throws {LocalError} for `gs://`; FiresinkError for anything wrong in the file */
export async function readConfiguration(choice: ConfigurationChoice): Promise<Configuration> {
  const { config, env } = choice;
  if (config?.startsWith('gs://')) {
    throw new LocalError(`--config ${config}: the local system takes a file on this machine`);
  }
  const path = config === undefined ? SAMPLE.path : resolve(config);
  const sample = config === undefined ? SAMPLE.environment : undefined;
  const { environment } = await loadConfig({
    path,
    environment: choice.environment ?? sample,
    env,
    read: configReader({ storage: () => Promise.reject(new LocalError('no Cloud Storage yet')) }),
  });
  return { path, environment };
}
