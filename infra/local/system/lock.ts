// One system at a time on one folder of data. The lock is SQLite's on a file of its own: the kernel lets go
// of it when the process ends, however it ends, so a lock can never be stale, and no process id is guessed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalError } from './local-error.ts';

const LOCK = 'lock';
/** Says who has it, for the error message alone. */
const HOLDER = 'lock.pid';
export const LOCK_FILES: readonly string[] = [LOCK, HOLDER];

/** SQLite's result code for a file that somebody else holds. */
const SQLITE_BUSY = 5;

/**
 * @param dataDir  made where it is missing
 * @throws {LocalError} where another process, or this one, has it already
 */
export function lockFolder(dataDir: string): Disposable {
  mkdirSync(dataDir, { recursive: true });
  const holderFile = join(dataDir, HOLDER);
  const database = new DatabaseSync(join(dataDir, LOCK), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY))
      throw cause;
    throw new LocalError(
      `${dataDir} is in use by a firesink that is running${holder(holderFile)}. ` +
        'Stop it first: Ctrl-C in its terminal.',
      { cause },
    );
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return {
    [Symbol.dispose]() {
      rmSync(holderFile, { force: true });
      database.close();
    },
  };
}

function holder(file: string): string {
  try {
    return ` (process ${readFileSync(file, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
