import {
  readUnconfigured,
  removeSlice,
  type UnconfiguredSlice,
} from '@firesink/shared/warehouse/unconfigured.ts';
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { openContext } from '../context.ts';
import { formatTable } from '../output/table.ts';

const HELP = `
A source or collection taken out of the configuration leaves its rows in the tables until they are pruned.
Its snapshots in the bucket stay for as long as they are kept.

Examples:
  $ firesink prune          shows them, and asks
  $ firesink prune --yes    removes them without asking`;

export function addPruneCommand(program: Command): void {
  program
    .command('prune')
    .description('remove the rows of sources that are no longer configured')
    .option('--yes', 'do not ask', false)
    .addHelpText('after', HELP)
    .action(async ({ yes }: { yes: boolean }, command: Command) => {
      const { services, json } = await openContext(command);
      const slices = await readUnconfigured(services);
      const write = json ? process.stderr : process.stdout;
      write.write(slices.length === 0 ? 'nothing to prune\n' : formatSlices(slices));
      if (slices.length > 0) {
        await confirm(`Remove the rows of ${slices.length} slices`, yes);
        for (const slice of slices) await removeSlice(services, slice);
      }
      if (json) process.stdout.write(`${JSON.stringify({ pruned: slices })}\n`);
    });
}

const COLUMNS = [
  { title: 'table', cell: ({ table }: UnconfiguredSlice) => table },
  { title: 'source', cell: ({ source }: UnconfiguredSlice) => source },
  { title: 'slice', cell: ({ slice }: UnconfiguredSlice) => `${slice}` },
  { title: 'rows', cell: ({ rows }: UnconfiguredSlice) => rows.toLocaleString('en-US') },
];

const formatSlices = (slices: readonly UnconfiguredSlice[]): string => formatTable(COLUMNS, slices);
