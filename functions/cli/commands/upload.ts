import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { tasks } from '@firesink/shared/config/lookup.ts';
import { readStatus } from '@firesink/shared/stages/status.ts';
import { loadUpload } from '@firesink/shared/stages/sync.ts';
import { type Command, InvalidArgumentError } from 'commander';
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
    .action(async (file: string, source: string, collection: string, _, command) => {
      const { services, json } = await openContext(command);
      const [pair] = tasks(services.environment, filterOf(source, collection));
      if (!pair) return;
      if (!(await stat(file).catch(() => undefined))?.isFile()) {
        throw new InvalidArgumentError(`there is no file ${file}`);
      }
      const progress = createProgress();
      progress.update(`uploading ${file}`);
      const bucket = await services.bucket();
      const destination = `uploads/firestore/${source}/${collection}/${basename(file)}`;
      await bucket.upload(file, { destination });
      progress.update(`loading ${destination}`);
      await loadUpload(services, pair, destination);
      progress.clear();
      const status = await readStatus(services, [pair]);
      process.stdout.write(json ? `${JSON.stringify(status)}\n` : formatStatus(status));
      process.exitCode = status.failed > 0 ? 1 : 0;
    });
}
