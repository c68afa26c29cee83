// `pnpm start`: the local system, some sample documents, one sync, and what to try next.
import { HELP, parseStartArguments, UsageError } from './start/arguments.ts';
import { runStart } from './start/run.ts';
import { isForTheUser } from './system/local-error.ts';

// Google's clients would look for a metadata server, and complain that there is none.
process.env.METADATA_SERVER_DETECTION ??= 'none';
process.exitCode = await main(process.argv.slice(2));
// Nothing is left to do. Should a client still hold on to a connection, it is not worth waiting for.
setTimeout(() => process.exit(), 1_000).unref();

/** @returns exit code: 0, 1 failed, 2 wrong usage, 130 interrupted */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseStartArguments(args);
    if (options.help) {
      process.stdout.write(HELP);
      return 0;
    }
    return await runStart(options);
  } catch (error) {
    const text = isForTheUser(error) ? `firesink: ${error.message}` : describe(error);
    process.stderr.write(`${text}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
