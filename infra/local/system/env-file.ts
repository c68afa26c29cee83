// `.firesink/env`: the variables that lead to the running system, as `node --env-file` reads them. There
// while the system is up, so that `pnpm firesink` in another terminal finds it, and gone with it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ENV_FILE = 'env';

/** Of a system that was killed: nothing is any more where it leads. */
export function removeEnvFile(dataDir: string): void {
  rmSync(join(dataDir, ENV_FILE), { force: true });
}

export function writeEnvFile(dataDir: string, env: Readonly<Record<string, string>>): Disposable {
  const path = join(dataDir, ENV_FILE);
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}\n`);
  writeFileSync(path, lines.join(''));
  return {
    [Symbol.dispose]: () => removeEnvFile(dataDir),
  };
}

/** Quoted where a shell, too, would need it: people `source` such files. */
function quote(value: string): string {
  if (/^[\w./:,@%+=-]*$/.test(value)) return value;
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}
