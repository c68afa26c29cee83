// Firebase's import script, from the npm registry, in a folder of its own: nothing of it is in our lock file.
import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const IMPORTER = '@firebaseextensions/fs-bq-import-collection';
export const IMPORTER_VERSION = '0.1.27';

export interface Importer {
  /** The script's file. */
  main: string;
  /** Package → version, of those that do the work. */
  versions: Readonly<Record<string, string>>;
}

/** Kept for the next time. @throws where the registry cannot be reached */
export async function installImporter(): Promise<Importer> {
  const folder = join(tmpdir(), `firesink-bench-importer-${IMPORTER_VERSION}`);
  const modules = join(folder, 'node_modules');
  const main = join(modules, IMPORTER, 'lib/index.js');
  if (!existsSync(main)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
    const args = ['install', ...flags, `${IMPORTER}@${IMPORTER_VERSION}`];
    await promisify(execFile)('npm', args, { cwd: folder });
  }
  // One that was stopped would go on where it was.
  for (const cursor of globSync(join(modules, IMPORTER, 'lib/from-*'))) rmSync(cursor);
  const versions = [IMPORTER, '@firebaseextensions/firestore-bigquery-change-tracker'].map(
    (name) => [name, versionOf(join(modules, name))],
  );
  return { main, versions: Object.fromEntries(versions) };
}

const versionOf = (folder: string): string =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
