// pnpm bench [export|transcode|pipeline|memory] [--documents N] [--rounds N] [--json]
// Exit code 1 where a goal is missed, 2 for wrong usage.
import { parseArgs } from 'node:util';
import type { Bench, BenchOptions, BenchResult } from './bench.ts';
import { machine } from './machine.ts';
import { formatTable } from './table.ts';

/** Loaded only when asked for. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  export: async () => (await import('./export.ts')).benchExport,
  transcode: async () => (await import('./transcode.ts')).benchTranscode,
  pipeline: async () => (await import('./pipeline.ts')).benchPipeline,
  memory: async () => (await import('./memory.ts')).benchMemory,
};

const USAGE = `usage: pnpm bench [${Object.keys(BENCHES).join('|')} …] [options]
  --documents N   read so many, instead of the sizes that the goals are for
  --rounds N      measure so often, default 3; what is reported is the median
  --json          one JSON document on stdout`;

interface Arguments extends Pick<BenchOptions, 'documents' | 'rounds'> {
  names: readonly string[];
  json: boolean;
}

class UsageError extends Error {}

function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      documents: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) throw new UsageError(`there is no bench ${unknown}`);
  return {
    names: positionals.length === 0 ? Object.keys(BENCHES) : positionals,
    documents: values.documents === undefined ? undefined : positive('documents', values.documents),
    rounds: positive('rounds', values.rounds),
    json: values.json,
  };
}

function positive(option: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`--${option} takes a whole number above 0, not ${text}`);
}

async function main(): Promise<number> {
  // Google's clients would look for it first, for seconds, although emulators want no credentials.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const { names, documents, rounds, json } = readArguments();
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const results: BenchResult[] = [];
  for (const name of names) {
    const bench = await BENCHES[name]?.();
    if (bench) results.push(await bench({ documents, rounds, progress }));
  }
  const where = machine();
  const text = json
    ? JSON.stringify(
        results.length === 1
          ? { ...results[0], machine: where }
          : results.map((each) => ({ ...each, machine: where })),
        null,
        2,
      )
    : formatTable(results, where);
  process.stdout.write(`${text}\n`);
  return results.every(({ ratio, goal }) => ratio >= goal) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error && !isUsage ? error.stack : String(error)}\n`);
  if (isUsage) process.stderr.write(`${USAGE}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
