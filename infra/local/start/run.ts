// One `pnpm start`, from the lock on its folder to the end of the last process.
import { resolve } from 'node:path';
import { formatStatus } from '@firesink/cli/output/status-table.ts';
import { writeEnvFile } from '../system/env-file.ts';
import { parsePortBase, portsFrom } from '../system/ports.ts';
import { createReleases, type Releases } from '../system/releases.ts';
import { EMULATOR_HOSTS } from '../system/stand-ins.ts';
import { type LocalSystem, startLocal } from '../system.ts';
import type { StartOptions } from './arguments.ts';
import { takeDataFolder } from './data-folder.ts';
import { nextSteps, pnpmCommand } from './next-steps.ts';
import { createOutput, type Output } from './output.ts';
import { INTERRUPTED_EXIT_CODE, type Interruption, listenForSignals } from './signals.ts';
import { type Synced, syncOnce } from './sync-once.ts';

/** Where we run: the same folder finds its data again. */
const DATA_DIR = '.firesink';

interface Context {
  options: StartOptions;
  dataDir: string;
  output: Output;
  interruption: Interruption;
  releases: Releases;
}

/** @returns exit code: 0, 1 where not everything is in the tables, 130 interrupted before that was known */
export async function runStart(options: StartOptions): Promise<number> {
  const output = createOutput(options);
  const interruption = listenForSignals();
  const releases = createReleases();
  const context = { options, dataDir: resolve(DATA_DIR), output, interruption, releases };
  void interruption.interrupted.then(() => output.progress('stopping …'));
  try {
    const exitCode = await startAndSync(context);
    if (!options.once) await interruption.interrupted;
    return exitCode;
  } finally {
    await releases.release();
  }
}

async function startAndSync(context: Context): Promise<number> {
  const { interruption, output } = context;
  const system = await startSystem(context);
  const synced = sync(system, context);
  // Once interrupted, nobody waits for it any more.
  synced.catch(() => {});
  const ended = await Promise.race([interruption.interrupted, synced]);
  if (typeof ended === 'string') {
    output.progress('interrupted: the sync is not finished. The next start goes on with it.');
    return INTERRUPTED_EXIT_CODE;
  }
  const { status, isComplete } = ended;
  output.result((stream) => formatStatus(status, stream));
  output.document(status);
  if (!isComplete)
    output.progress(`Not all of it got through. The functions' logs: ${DATA_DIR}/logs/`);
  if (!context.options.once) printNextSteps(system, context);
  return isComplete ? 0 : 1;
}

/** The order matters: folder, processes, variables; and back. */
async function startSystem(context: Context): Promise<LocalSystem> {
  const { options, dataDir, output, releases } = context;
  const startedMs = performance.now();
  const ports = portsFrom(parsePortBase(process.env.FIRESINK_PORT_BASE));
  const folder = takeDataFolder(dataDir, options);
  releases.add(() => folder[Symbol.dispose]());
  output.live('starting …');
  const system = await startLocal({
    config: options.config,
    environment: options.environment,
    ports,
    dataDir,
    onNotice: output.progress,
  });
  releases.add(() => output.progress(`stopped: every process has ended. Data: ${DATA_DIR}/`));
  releases.add(() => system[Symbol.asyncDispose]());
  const envFile = writeEnvFile(dataDir, system.env);
  releases.add(() => envFile[Symbol.dispose]());
  // From here on this process is one of those that the variables lead to the system.
  Object.assign(process.env, system.env);
  output.progress(`up in ${seconds(startedMs)}: ${partsOf(system)}`);
  return system;
}

async function sync(system: LocalSystem, context: Context): Promise<Synced> {
  const { options, output } = context;
  const { signal } = context.interruption;
  signal.throwIfAborted();
  if (options.demo) {
    const startedMs = performance.now();
    const { seedSample } = await import('../demo/seed.ts');
    const documents = await seedSample(system.firestoreHost);
    signal.throwIfAborted();
    const inWords = documents.toLocaleString('en');
    output.progress(
      documents > 0
        ? `sample: ${inWords} documents written in ${seconds(startedMs)}`
        : 'sample: there already',
    );
  }
  return syncOnce(system, { output, signal });
}

function printNextSteps({ environment, env }: LocalSystem, { options, output }: Context): void {
  const pnpm = pnpmCommand(process.env);
  const variables = Object.entries(env).map(([name, value]) => `  ${name}=${value}`);
  output.result(() => nextSteps({ environment, demo: options.demo, pnpm }));
  output.result(() => `Variables that lead here (${DATA_DIR}/env):\n${variables.join('\n')}\n\n`);
  output.progress('Ctrl-C ends it.');
}

function partsOf({ env, functionUrls }: LocalSystem): string {
  const hosts = Object.entries(EMULATOR_HOSTS).map(([name, variable]) => [name, env[variable]]);
  const parts = [...hosts, ...Object.entries(functionUrls)];
  return parts.map(([name, at]) => `${name} ${at?.replace(/^.*:/, ':')}`).join(', ');
}

const seconds = (sinceMs: number): string =>
  `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
