// What every command begins with: the configuration, the services of its environment, and where to print.

import { loadConfig } from '@firesink/shared/config/load.ts';
import { configReader } from '@firesink/shared/config/reader.ts';
import { createLog } from '@firesink/shared/log.ts';
import { createServices, type Services } from '@firesink/shared/services.ts';
import type { Command } from 'commander';

interface GlobalOptions {
  config?: string;
  environment?: string;
  json: boolean;
}

export interface Context {
  services: Services;
  json: boolean;
}

/** @throws {FiresinkError} refused, for a configuration that cannot be used */
export async function openContext(command: Command): Promise<Context> {
  const { config: path, environment: name, json } = command.optsWithGlobals<GlobalOptions>();
  const { environment } = await loadConfig({ path, environment: name, read: createReader() });
  // On a terminal progress is drawn instead; everywhere else logs are for machines.
  const write = process.stderr.isTTY ? () => {} : (line: string) => process.stderr.write(line);
  return { services: createServices({ environment, log: createLog(write) }), json };
}

export const createReader = () =>
  configReader({
    storage: async () => {
      const { Storage } = await import('@google-cloud/storage');
      return new Storage();
    },
  });
