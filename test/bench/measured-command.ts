// A whole program, from its start to its end.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Usage } from './usage.ts';

export interface CommandCost extends Usage {
  wallMs: number;
}

const AT_EXIT = fileURLToPath(new URL('usage-at-exit.ts', import.meta.url));

/**
 * @param args  of Node
 * @throws with what it printed, where it fails
 */
export async function measureCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandCost> {
  const folder = mkdtempSync(join(tmpdir(), 'firesink-bench-'));
  const usageFile = join(folder, 'usage.json');
  try {
    const startedMs = performance.now();
    const child = spawn(process.execPath, ['--import', AT_EXIT, ...args], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        METADATA_SERVER_DETECTION: 'none',
        BENCH_USAGE_FILE: usageFile,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = `${output}${text}`.slice(-10_000);
      });
    }
    const code = await new Promise((resolve) => child.once('close', resolve));
    const wallMs = performance.now() - startedMs;
    if (code !== 0 || !existsSync(usageFile))
      throw new Error(`${args} ended with ${code}:\n${output}`);
    return { wallMs, ...JSON.parse(readFileSync(usageFile, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
