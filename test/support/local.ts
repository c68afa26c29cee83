// A local system of a test's own, on free ports, and `pnpm start` itself as a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import type { LocalSystem } from '../../infra/local/system.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A database of the system's Firestore, through Google's client. Terminate it. */
export function firestoreOf(
  local: Pick<LocalSystem, 'firestoreHost'>,
  { project, database = '(default)' }: { project: string; database?: string },
): Firestore {
  return new Firestore({
    projectId: project,
    databaseId: database,
    host: local.firestoreHost,
    ssl: false,
  });
}

export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'firesink-test-'));
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export interface StartProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Exit code, or the signal's name. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

export interface StartProcessOptions {
  args?: readonly string[];
  /** Its `.firesink/` is here. */
  cwd: string;
  env?: NodeJS.ProcessEnv;
}

/** `pnpm start` without pnpm: the very command of the root package's script. Free ports, unless `env` says other. */
export function spawnStart({ args = [], cwd, env = {} }: StartProcessOptions): StartProcess {
  const child = spawn(
    process.execPath,
    [
      '--require',
      join(ROOT, 'infra/local/check-node.cjs'),
      join(ROOT, 'infra/local/start.ts'),
      ...args,
    ],
    {
      cwd,
      env: { ...process.env, FIRESINK_PORT_BASE: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  return {
    child,
    stdout,
    stderr,
    exit,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
