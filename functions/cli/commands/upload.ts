import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Pair, tasks } from '@firesink/shared/config/lookup.ts';
import { toFiresinkError } from '@firesink/shared/google-errors.ts';
import type { Services } from '@firesink/shared/services.ts';
import { readStatus, withFailures } from '@firesink/shared/stages/status.ts';
import { failureOf } from '@firesink/shared/stages/step.ts';
import { loadUpload } from '@firesink/shared/stages/sync.ts';
import type { SyncEvent } from '@firesink/shared/warehouse/sync-events.ts';
import type { Command } from 'commander';
import { openContext } from '../context.ts';
import { filterOf } from '../filter.ts';
import { createProgress } from '../output/progress.ts';
import { formatStatus } from '../output/status-table.ts';

const HELP = `
The file replaces the rows of that source's slice: .ndjson (a document or a row a line) or .json (an array),
gzipped or not, up to 4 GiB uncompressed. One bad line refuses the whole file and leaves the table as it was.

Examples:
  $ firesink upload fixed.ndjson acme-apis-dev apis
  $ firesink upload export.json.gz orders-dev products`;

export function addUploadCommand(program: Command): void {
  program
    .command('upload')
    .description("load a file in place of a source's rows")
    .argument('<file>')
    .argument('<source>')
    .argument('<collection>')
    .addHelpText('after', HELP)
    .action(async (file: string, source: string, collection: string, _, command: Command) => {
      const { services, json } = await openContext(command);
      const [pair] = tasks(services.environment, filterOf(source, collection));
      if (!pair) return;
      if (!(await stat(file).catch(() => undefined))?.isFile()) {
        command.error(`error: there is no file ${file}`);
      }
      const failures = await load(services, pair, file);
      const status = withFailures(await readStatus(services, [pair]), failures);
      process.stdout.write(json ? `${JSON.stringify(status)}\n` : formatStatus(status));
      process.exitCode = status.failed > 0 ? 1 : 0;
    });
}

/** @returns why it was not loaded, if it was not */
async function load(services: Services, pair: Pair, file: string): Promise<SyncEvent[]> {
  const progress = createProgress();
  const source = pair.source.name;
  const collection = pair.collection.name;
  const destination = `uploads/firestore/${source}/${collection}/${basename(file)}`;
  try {
    progress.update(`uploading ${file}`);
    const bucket = await services.bucket();
    await bucket.upload(file, { destination });
    progress.update(`loading ${destination}`);
    await loadUpload(services, pair, destination);
    return [];
  } catch (cause) {
    return [{ stage: 'load', source, collection, ...failureOf(toFiresinkError(cause)) }];
  } finally {
    progress.clear();
  }
}
