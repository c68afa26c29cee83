// The functions' logs, a file each. Those of the start before are kept, as `<name>.log.1`.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionName } from './ports.ts';

export interface Logs {
  readonly dir: string;
  file(name: FunctionName): string;
  /** Removes what nobody asked to keep. */
  release(): void;
}

/** @param dataDir  without it they are temporary */
export function openLogs(dataDir: string | undefined, names: readonly FunctionName[]): Logs {
  const dir = dataDir ? join(dataDir, 'logs') : mkdtempSync(join(tmpdir(), 'firesink-logs-'));
  mkdirSync(dir, { recursive: true });
  const file = (name: FunctionName) => join(dir, `${name}.log`);
  for (const name of names) if (existsSync(file(name))) renameSync(file(name), `${file(name)}.1`);
  return {
    dir,
    file,
    release() {
      if (!dataDir) rmSync(dir, { recursive: true, force: true });
    },
  };
}
