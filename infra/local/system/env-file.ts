// `.firesink/env`: the variables that lead to the running system, as `node --env-file` reads them. There
// while the system is up, so that `pnpm firesink` in another terminal finds it, and gone with it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function writeEnvFile(dataDir: string, env: Readonly<Record<string, string>>): Disposable {
  const path = join(dataDir, 'env');
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}\n`);
  writeFileSync(path, lines.join(''));
  return {
    [Symbol.dispose]() {
      rmSync(path, { force: true });
    },
  };
}

/** Quoted where a shell, too, would need it: people `source` such files. */
const quote = (value: string) => (/^[\w./:,@%+=-]*$/.test(value) ? value : `'${value}'`);
