// `.firesink/` where we run: what the stand-ins remember, the functions' logs, the variables. One system at
// a time has it.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeEnvFile } from '../system/env-file.ts';
import { LOCK_FILES, lockFolder } from '../system/lock.ts';

/** @throws {LocalError} where another system has it */
export function takeDataFolder(dataDir: string, { fresh }: { fresh: boolean }): Disposable {
  const lock = lockFolder(dataDir);
  removeEnvFile(dataDir);
  if (fresh) emptyFolder(dataDir);
  return lock;
}

function emptyFolder(dataDir: string): void {
  const names = readdirSync(dataDir).filter((name) => !LOCK_FILES.includes(name));
  for (const name of names) rmSync(join(dataDir, name), { recursive: true, force: true });
}
