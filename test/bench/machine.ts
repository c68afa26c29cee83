// Where and with what was measured.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';

export interface Machine {
  cpu: string;
  cores: number;
  /** Processes that wanted a core, on average of the last minute; more than one makes figures doubtful. */
  load: number;
  versions: Readonly<Record<string, string>>;
}

const PACKAGES = [
  '@google-cloud/firestore',
  '@google-cloud/storage',
  '@grpc/grpc-js',
  'protobufjs',
] as const;

export function machine(): Machine {
  const packages = PACKAGES.map((name) => [name, versionOf(name)] as const);
  return {
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
    versions: { node: process.version, ...Object.fromEntries(packages) },
  };
}

function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  // Not all packages let their package.json be asked for.
  for (let folder = dirname(resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    const { name: found, version } = packageIn(folder);
    if (found === name && version) return version;
  }
  return 'unknown';
}

function packageIn(folder: string): { name?: string; version?: string } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return {};
  }
}
