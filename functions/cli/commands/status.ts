import { tasks } from '@firesink/shared/config/lookup.ts';
import { readStatus } from '@firesink/shared/stages/status.ts';
import {
  readUnconfigured,
  type UnconfiguredSlice,
} from '@firesink/shared/warehouse/unconfigured.ts';
import type { Command } from 'commander';
import { openContext } from '../context.ts';
import { filterOf } from '../filter.ts';
import { formatStatus } from '../output/status-table.ts';

const HELP = `
Examples:
  $ firesink status                    every slice: state, documents, rows, run, and what is wrong
  $ firesink status acme-apis-dev      one source
  $ firesink status --json             for machines

Exits with 1 where a slice is failed, refused, expired, late or unknown.`;

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('what the tables show, and why where it is not the newest')
    .argument('[source]', 'only this source')
    .argument('[collection]', 'only this collection')
    .addHelpText('after', HELP)
    .action(async (source: string | undefined, collection: string | undefined, _, command) => {
      const { services, json } = await openContext(command);
      const pairs = tasks(services.environment, filterOf(source, collection));
      const status = await readStatus(services, pairs);
      const unconfigured = source === undefined ? await readUnconfigured(services) : [];
      process.stdout.write(
        json
          ? `${JSON.stringify({ ...status, unconfigured })}\n`
          : `${formatStatus(status)}${formatUnconfigured(unconfigured)}`,
      );
      process.exitCode = status.failed > 0 ? 1 : 0;
    });
}

const formatUnconfigured = (slices: readonly UnconfiguredSlice[]): string =>
  slices
    .map(
      ({ table, source, rows }) =>
        `${table} still holds ${rows} rows of ${source}, which is not configured: firesink prune\n`,
    )
    .join('');
