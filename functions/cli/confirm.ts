import { createInterface } from 'node:readline/promises';
import { FiresinkError } from '@firesink/shared/errors.ts';

/**
 * Asks before something is lost.
 * @throws {FiresinkError} where the answer is no, or nobody is there to give one and `--yes` does not either
 */
export async function confirm(what: string, yes: boolean): Promise<void> {
  if (yes) return;
  const isAnswered = process.stdin.isTTY && (await ask(`${what}? [y/N] `));
  if (isAnswered) return;
  throw new FiresinkError({
    outcome: 'refused',
    code: 'not-confirmed',
    what: `${what}: not done`,
    hint: 'Add --yes to do it without being asked',
  });
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
