// What `pnpm start` can be told.
import { parseArgs } from 'node:util';
import { LocalError } from '../system/local-error.ts';

export interface StartOptions {
  help: boolean;
  once: boolean;
  demo: boolean;
  fresh: boolean;
  json: boolean;
  config: string | undefined;
  environment: string | undefined;
}

export const HELP = `pnpm start: all of firesink on this machine, without any cloud

  Stand-ins for Firestore, Pub/Sub, Cloud Storage and BigQuery, the three functions, some sample
  documents; then one sync through all of them, a summary, and what to try next. Stays up until Ctrl-C.

  --once             end after the summary: exit 0 only if every collection was loaded or is empty
  --no-demo          leave the databases as they are: no sample documents
  --fresh            begin with nothing: removes what earlier starts left in .firesink/
  --config FILE      your own configuration instead of the sample's (then without sample documents)
  --environment NAME which one of it, if it has several
  --json             the summary as one JSON document on stdout, all else on stderr
  -h, --help

  FIRESINK_PORT_BASE=9680   moves all ports (default 8680; 0: any free ones)
  FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST, STORAGE_EMULATOR_HOST, BIGQUERY_EMULATOR_HOST
                            use what is there instead of starting a stand-in

Examples
  pnpm start
  pnpm start --once --json | jq .slices
  pnpm start --config firesink.yaml --environment dev-uk
`;

/** @throws {UsageError} */
export function parseStartArguments(args: readonly string[]): StartOptions {
  const { values } = parse(args);
  return {
    help: values.help,
    once: values.once,
    demo: !values['no-demo'] && values.config === undefined,
    fresh: values.fresh,
    json: values.json,
    config: values.config,
    environment: values.environment,
  };
}

/** Wrong usage: exit code 2. */
export class UsageError extends LocalError {}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        once: { type: 'boolean', default: false },
        'no-demo': { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        config: { type: 'string' },
        environment: { type: 'string' },
      },
    });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(`${cause.message}\nTry: pnpm start --help`, { cause });
  }
}
