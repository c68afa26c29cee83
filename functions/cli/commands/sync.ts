import { type Pair, tasks } from '@firesink/shared/config/lookup.ts';
import { formatExportMessage } from '@firesink/shared/messages/export.ts';
import { formatRun, parseRun } from '@firesink/shared/messages/run.ts';
import type { Services } from '@firesink/shared/services.ts';
import { followRun, shows } from '@firesink/shared/stages/follow-run.ts';
import { hasEnded, readStatus, type Status, withFailures } from '@firesink/shared/stages/status.ts';
import { syncSlices } from '@firesink/shared/stages/sync.ts';
import type { SyncEvent } from '@firesink/shared/warehouse/sync-events.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { openContext } from '../context.ts';
import { filterOf } from '../filter.ts';
import { createProgress } from '../output/progress.ts';
import { formatStatus } from '../output/status-table.ts';

interface SyncFlags {
  publish: boolean;
  run?: number;
  allowEmpty: boolean;
  allowShrink: boolean;
  concurrency: number;
}

const EXIT_INTERRUPTED = 130;

const HELP = `
Examples:
  $ firesink sync                          every collection of every source
  $ firesink sync acme-apis-dev            one source
  $ firesink sync acme-apis-dev apis       one collection
  $ firesink sync --publish                sent to the deployed functions, and followed until it ends
  $ firesink sync --run 20261123T230000.000Z       as it was at that instant`;

export function addSyncCommand(program: Command): void {
  program
    .command('sync')
    .description('bring tables to the documents as they are now')
    .argument('[source]', 'only this source')
    .argument('[collection]', 'only this collection')
    .option('--publish', 'let the deployed functions do it', false)
    .option('--run <run>', 'read at this instant, e.g. 20261123T230000.000Z', readRun)
    .option('--allow-empty', 'let an empty result replace rows', false)
    .option('--allow-shrink', 'let a result replace rows that maxShrink would refuse', false)
    .option('--concurrency <n>', 'slices at work at the same time', readConcurrency, 4)
    .addHelpText('after', HELP)
    .action(async (source: string | undefined, collection: string | undefined, flags, command) => {
      const { services, json } = await openContext(command);
      const pairs = tasks(services.environment, filterOf(source, collection));
      const status = flags.publish
        ? await publish(services, pairs, flags)
        : await syncHere(services, pairs, flags);
      process.stdout.write(json ? `${JSON.stringify(status)}\n` : formatStatus(status));
      process.exitCode ??= status.failed > 0 ? 1 : 0;
    });
}

/** Export and load in this process. An interrupt lets what has begun end, and begins nothing more. */
async function syncHere(
  services: Services,
  pairs: readonly Pair[],
  { run, allowEmpty, allowShrink, concurrency }: SyncFlags,
): Promise<Status> {
  const runMs = run ?? services.clock();
  const progress = createProgress();
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort()).once('SIGTERM', () => interrupt.abort());
  const failures: SyncEvent[] = [];
  let ended = 0;
  const onStep = (event: SyncEvent) => {
    if (event.error !== undefined) failures.push(event);
    if (event.stage === 'load' || event.error !== undefined) ended++;
    progress.update(
      `${ended} of ${pairs.length} slices · ${event.source} ${event.collection}: ${event.state}`,
    );
  };
  const options = { runMs, allowEmpty, allowShrink, concurrency, signal: interrupt.signal, onStep };
  const undone = await syncSlices(services, pairs, options);
  progress.clear();
  if (interrupt.signal.aborted) {
    const names = undone.map(({ source, collection }) => `${source.name} ${collection.name}`);
    process.stderr.write(`interrupted; left undone: ${names.join(', ') || 'nothing'}\n`);
    process.exitCode = EXIT_INTERRUPTED;
  }
  const problems = failures.filter(({ state }) => state !== 'skipped');
  return withFailures(await readStatus(services, pairs), problems);
}

async function publish(
  services: Services,
  pairs: readonly Pair[],
  { run, allowEmpty, allowShrink }: SyncFlags,
): Promise<Status> {
  const runMs = run ?? services.clock();
  for (const pair of pairs) {
    const task = { origin: 'firestore', ...pair, runMs, allowEmpty, allowShrink } as const;
    await services.publish('export', { data: Buffer.from(formatExportMessage(task)) });
  }
  const progress = createProgress();
  const status = await followRun({
    runMs,
    read: () => readStatus(services, pairs),
    onProgress: ({ slices }) => {
      const ended = slices.filter((slice) => hasEnded(slice, runMs)).length;
      progress.update(`run ${formatRun(runMs)}: ${ended} of ${slices.length} slices`);
    },
  });
  progress.clear();
  await services.close();
  return onlyThisRun(status, runMs);
}

/** What has not come as far as the run asked for counts as failed: it is not in the tables. */
function onlyThisRun(status: Status, runMs: number): Status {
  const left = status.slices.filter((slice) => !shows(slice, runMs)).length;
  return { ...status, failed: Math.max(status.failed, left) };
}

function readRun(text: string): number {
  const runMs = parseRun(text);
  if (runMs !== undefined) return runMs;
  throw new InvalidArgumentError('a run looks like 20261123T230000.000Z');
}

function readConcurrency(text: string): number {
  const concurrency = Number(text);
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 50) return concurrency;
  throw new InvalidArgumentError('a whole number from 1 to 50');
}
