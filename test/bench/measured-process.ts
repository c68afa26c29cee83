// A process of its own for whatever is measured, so that neither the emulator nor the bench, nor another
// reader's compiled code, is in its figures.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface MeasuredProcess {
  /** Relative to this folder, e.g. `readers/firesink.ts`. */
  script: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/**
 * @returns what it sent, in order
 * @throws with what it printed, where it fails
 */
export async function runMeasured<T>({ script, args, env }: MeasuredProcess): Promise<T[]> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(path, args, {
    env: { PATH: process.env.PATH, METADATA_SERVER_DETECTION: 'none', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  const results: T[] = [];
  let output = '';
  child.on('message', (message) => results.push(message as T));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${output}`);
  return results;
}
