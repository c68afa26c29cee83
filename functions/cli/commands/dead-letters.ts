import { FiresinkError } from '@firesink/shared/errors.ts';
import {
  type DeadLetter,
  type HeldDeadLetters,
  holdDeadLetters,
} from '@firesink/shared/stages/dead-letters.ts';
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { openContext } from '../context.ts';
import { formatTable } from '../output/table.ts';

const HELP = `
A message that can never succeed is set aside with its reason, as it came.

Examples:
  $ firesink dead-letters list               which, from whom, and why
  $ firesink dead-letters replay 1203 1207   send these again
  $ firesink dead-letters replay --all
  $ firesink dead-letters drop 1203          forget it
  $ firesink dead-letters drop --all --yes`;

interface Choice {
  all: boolean;
  yes?: boolean;
}

export function addDeadLettersCommand(program: Command): void {
  const deadLetters = program
    .command('dead-letters')
    .description('messages that were given up')
    .addHelpText('after', HELP);

  deadLetters
    .command('list', { isDefault: true })
    .description('show them, and leave them where they are')
    .action((_, command: Command) =>
      withHeld(command, async ({ letters }, json) => {
        print(letters, json, () => formatLetters(letters));
      }),
    );

  deadLetters
    .command('replay')
    .description('publish them again to the topics they came from')
    .argument('[id...]', 'as `list` shows them')
    .option('--all', 'all there are', false)
    .action((ids: string[], choice: Choice, command: Command) => {
      requireChoice(ids, choice, command);
      return withHeld(command, async (held, json) => {
        const chosen = choose(held.letters, ids);
        for (const letter of chosen) await held.replay(letter);
        print(chosen, json, () => `${chosen.length} sent again\n`);
      });
    });

  deadLetters
    .command('drop')
    .description('forget them')
    .argument('[id...]', 'as `list` shows them')
    .option('--all', 'all there are', false)
    .option('--yes', 'do not ask', false)
    .action((ids: string[], choice: Choice, command: Command) => {
      requireChoice(ids, choice, command);
      return withHeld(command, async (held, json) => {
        const chosen = choose(held.letters, ids);
        await confirm(`Drop ${chosen.length} dead letters`, choice.yes ?? false);
        for (const letter of chosen) await held.drop(letter);
        print(chosen, json, () => `${chosen.length} dropped\n`);
      });
    });
}

async function withHeld(
  command: Command,
  work: (held: HeldDeadLetters, json: boolean) => Promise<void>,
): Promise<void> {
  const { services, json } = await openContext(command);
  try {
    const held = await holdDeadLetters(services);
    try {
      await work(held, json);
    } finally {
      await held[Symbol.asyncDispose]();
    }
  } finally {
    await services.close();
  }
}

function requireChoice(ids: readonly string[], { all }: Choice, command: Command): void {
  if (ids.length === 0 && !all) command.error('error: name some by their id, or say --all');
  if (ids.length > 0 && all) command.error('error: give ids or --all, not both');
}

/** @throws {FiresinkError} before anything is done, where one is not there */
function choose(letters: readonly DeadLetter[], ids: readonly string[]): readonly DeadLetter[] {
  if (ids.length === 0) return letters;
  const missing = ids.filter((id) => !letters.some((letter) => letter.id === id));
  if (missing.length === 0) return letters.filter(({ id }) => ids.includes(id));
  throw new FiresinkError({
    outcome: 'refused',
    code: 'unknown-dead-letter',
    what: `there is no dead letter ${missing.join(', ')}`,
    hint: 'Nothing was done. `firesink dead-letters list` shows them; another command may hold some for a few minutes',
  });
}

function print(letters: readonly DeadLetter[], json: boolean, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify({ deadLetters: letters })}\n` : text());
}

/** Characters of a message that are shown: it may have 10 MB. */
const SHOWN = 100;

function formatLetters(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'no dead letters\n';
  const columns = [
    { title: 'id', cell: ({ id }: DeadLetter) => id },
    { title: 'set aside', cell: ({ publishTime }: DeadLetter) => publishTime },
    { title: 'topic', cell: ({ topic }: DeadLetter) => topic ?? '–' },
    { title: 'code', cell: ({ code }: DeadLetter) => code },
  ];
  const details = letters.map(
    ({ id, error, data }) => `\n${id} ${error}\n  ${data.trim().slice(0, SHOWN)}\n`,
  );
  return `${formatTable(columns, letters)}${details.join('')}`;
}
