// What to try once the system is up, each as a line to paste.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '@firesink/shared/config/environment.ts';

interface NextStepsOptions {
  environment: Environment;
  /** Whether the sample is there: only then we know what could be asked. */
  demo: boolean;
  /** How to call pnpm here: `pnpm`, or `npx -y pnpm@12` where it is not installed. */
  pnpm: string;
}

interface Step {
  what: string;
  command: string;
}

export function nextSteps({ environment, demo, pnpm }: NextStepsOptions): string {
  const firesink = `${pnpm} firesink`;
  const steps = [
    ...stepsFor(environment, firesink),
    ...(demo ? sampleSteps(environment, firesink) : []),
    { what: 'how fresh every table is', command: `${firesink} status` },
  ];
  const lines = steps.map(({ what, command }) => `  # ${what}\n  ${command}\n`);
  return `Try next, in another terminal (same folder):\n\n${lines.join('\n')}`;
}

function stepsFor({ collections, warehouse }: Environment, firesink: string): Step[] {
  const [collection] = collections;
  const [source] = collection?.sources ?? [];
  if (!collection || !source) return [];
  const { name, table } = collection;
  return [
    {
      what: 'a resync of one collection, by a message to the functions',
      command: `${firesink} sync ${source} ${name} --publish`,
    },
    {
      what: 'a query',
      command: `${firesink} query "SELECT _source, COUNT(*) AS documents FROM ${warehouse.dataset}.${table} GROUP BY _source"`,
    },
  ];
}

function sampleSteps({ warehouse: { dataset } }: Environment, firesink: string): Step[] {
  return [
    {
      what: 'an upload: a file in the place of a collection, until the next sync',
      command: `${firesink} upload infra/local/demo/channels.ndjson logistics-partners capextchannels`,
    },
    {
      what: 'what did not fit its column, and why',
      command: `${firesink} query "SELECT _source, _document_id, _row_errors FROM ${dataset}.firestore_apis WHERE ARRAY_LENGTH(_row_errors) > 0 LIMIT 5"`,
    },
  ];
}

/** Who came by `npx pnpm` has no pnpm of their own: npx's and our own folders in PATH do not count. */
export function pnpmCommand(env: NodeJS.ProcessEnv): string {
  const folders = (env.PATH ?? '').split(delimiter);
  const own = folders.filter((folder) => !/_npx|node_modules/.test(folder));
  return own.some((folder) => isExecutable(join(folder, 'pnpm'))) ? 'pnpm' : 'npx -y pnpm@12';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
