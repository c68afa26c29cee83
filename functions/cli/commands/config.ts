import type { Environment } from '@firesink/shared/config/environment.ts';
import { readConfig } from '@firesink/shared/config/load.ts';
import { tasks } from '@firesink/shared/config/lookup.ts';
import type { Command } from 'commander';
import { createReader } from '../context.ts';
import { formatTable } from '../output/table.ts';

const HELP = `
Examples:
  $ firesink --config firesink.yaml config check
  $ firesink --config gs://acme-config/firesink.yaml --json config check`;

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('about the configuration')
    .command('check')
    .description('read the configuration and its schemas, and name every mistake')
    .addHelpText('after', HELP)
    .action(async (_, command: Command) => {
      const { config: path, json } = command.optsWithGlobals<{ config?: string; json: boolean }>();
      const { location, environments } = await readConfig({ path, read: createReader() });
      const summary = environments.map(summarize);
      process.stdout.write(
        json
          ? `${JSON.stringify({ location, environments: summary })}\n`
          : format(location, summary),
      );
    });
}

interface Summary {
  environment: string;
  sources: number;
  clusters: number;
  collections: number;
  slices: number;
}

const summarize = (environment: Environment): Summary => ({
  environment: environment.name,
  sources: environment.sources.length,
  clusters: environment.clusters.length,
  collections: environment.collections.length,
  slices: tasks(environment).length,
});

function format(location: string, summaries: readonly Summary[]): string {
  const count = (title: Exclude<keyof Summary, 'environment'>) => ({
    title,
    align: 'right' as const,
    cell: (summary: Summary) => `${summary[title]}`,
  });
  const columns = [
    { title: 'environment', cell: ({ environment }: Summary) => environment },
    count('sources'),
    count('clusters'),
    count('collections'),
    count('slices'),
  ];
  return `${location} is right.\n\n${formatTable(columns, summaries)}`;
}
