#!/usr/bin/env node
import { FiresinkError } from '@firesink/shared/errors.ts';
// firesink: the stages of the functions from a terminal, a container or Airflow. A file a command.
import { Command, CommanderError } from 'commander';
import { addConfigCommand } from './commands/config.ts';
import { addDeadLettersCommand } from './commands/dead-letters.ts';
import { addPruneCommand } from './commands/prune.ts';
import { addQueryCommand } from './commands/query.ts';
import { addStatusCommand } from './commands/status.ts';
import { addSyncCommand } from './commands/sync.ts';
import { addUploadCommand } from './commands/upload.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const HELP = `
Examples:
  $ firesink sync                                 every collection of every source, in this process
  $ firesink sync acme-apis-dev apis              one collection of one source
  $ firesink sync --publish                       the same by the deployed functions
  $ firesink upload fixed.ndjson acme-apis-dev apis
  $ firesink status --json | jq '.slices[] | select(.state != "loaded")'
  $ firesink query 'SELECT _source, COUNT(*) AS apis FROM firestore_apis GROUP BY _source'

Exit codes: 0 everything asked for is true in the tables, 1 something is not, 2 wrong usage, 130 interrupted.`;

/** What only another command line or configuration mends. */
const USAGE_CODES = new Set([
  'bad-config',
  'bad-run',
  'no-config',
  'unknown-collection',
  'unknown-environment',
  'unknown-source',
]);

const program = new Command('firesink')
  .description('Firestore and GKE into BigQuery: complete, at one instant, atomically.')
  .option('--config <file>', 'configuration: a path or gs://… (default: $FIRESINK_CONFIG)')
  .option('--environment <name>', 'one of the configuration (default: $FIRESINK_ENVIRONMENT)')
  .option('--json', 'print one JSON document on stdout', false)
  .showHelpAfterError('(firesink --help shows examples)')
  .showSuggestionAfterError()
  .addHelpText('after', HELP)
  .exitOverride();

addSyncCommand(program);
addUploadCommand(program);
addStatusCommand(program);
addQueryCommand(program);
addDeadLettersCommand(program);
addPruneCommand(program);
addConfigCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (!(error instanceof FiresinkError)) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return EXIT_FAILED;
  }
  process.stderr.write(`${error.message}\n`);
  return USAGE_CODES.has(error.code) ? EXIT_USAGE : EXIT_FAILED;
}
