import type { Status } from '@firesink/shared/stages/status.ts';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { firestoreOf } from '../../support/local.ts';
import { type CommandResult, startFiresink } from '../../support/pipeline.ts';

/** Of the environment that no function serves. */
export const COMMAND = { FIRESINK_ENVIRONMENT: 'command' };

export type Command = (...args: string[]) => Promise<CommandResult>;

export function exitCodeTests(system: () => LocalSystem, command: Command): void {
  test('1 and the reason where a slice is not what was asked for; 0 once it is allowed', async () => {
    const firestore = firestoreOf(system(), { project: 'acme-logistics' });
    onTestFinished(() => firestore.terminate());
    await firestore.recursiveDelete(firestore.collection('products'));
    const slice = ['acme-logistics', 'products'];
    const refused = await command('--json', 'sync', ...slice);
    expect(refused.exitCode).toBe(1);
    const status: Status = JSON.parse(refused.stdout);
    expect(status).toMatchObject({ failed: 1, slices: [{ state: 'refused', rows: 150 }] });
    expect(status.slices[0]?.error).toContain('resync it with "allowEmpty":true');
    const shown = await command('status', ...slice);
    expect(shown.exitCode).toBe(1);
    expect(shown.stdout).toContain('allowEmpty');

    const allowed = await command('--json', 'sync', ...slice, '--allow-empty');
    expect(allowed.exitCode).toBe(0);
    expect(JSON.parse(allowed.stdout)).toMatchObject({ slices: [{ state: 'empty', rows: 0 }] });
    expect(await command('status', ...slice)).toMatchObject({ exitCode: 0 });
  });

  test('1 for an instant that Firestore no longer keeps, with what to do', async () => {
    const args = ['sync', 'acme-retail', 'apis', '--run', '20251101T000000.000Z'];
    const { exitCode, stdout } = await command('--json', ...args);
    expect(exitCode).toBe(1);
    const { slices }: Status = JSON.parse(stdout);
    expect(slices).toMatchObject([{ state: 'expired', rows: 600 }]);
  });

  test.each([
    [['sync', 'acme-retial'], 'Did you mean acme-retail?'],
    [['sync', 'acme-retail', 'api'], 'Did you mean apis?'],
    [['status', 'logistics-partner'], 'Did you mean logistics-partners?'],
    [['upload', 'x.ndjson', 'acme-retail', 'product'], 'Did you mean products?'],
    [['sync', '--run', 'yesterday'], '20261123T230000.000Z'],
    [['sync', '--concurrency', '0'], 'a whole number from 1 to 50'],
    [['sync', '--allow-emty'], '(Did you mean --allow-empty?)'],
    [['snyc'], '(Did you mean sync?)'],
    [['query'], "missing required argument 'sql'"],
  ])('2 for wrong usage: %j', async (args, hint) => {
    const { exitCode, stdout, stderr } = await command(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(hint);
  });

  test('130 when interrupted: what has begun is ended, and what is left undone is named', async () => {
    const args = ['--json', 'sync', '--concurrency', '1'];
    const { child, stderr, result } = startFiresink(system(), args, COMMAND);
    await expect.poll(stderr, { timeout: 60_000 }).toContain('export: exported');
    child.kill('SIGINT');
    const { exitCode, stdout } = await result;
    expect(exitCode).toBe(130);
    const [, undone = ''] = /^interrupted; left undone: (.*)$/m.exec(stderr()) ?? [];
    const names = undone.split(', ');
    expect(names.length).toBeGreaterThan(0);
    const { run, slices }: Status = JSON.parse(stdout);
    const brought = slices.filter((slice) => slice.run === run);
    expect(brought.length).toBeGreaterThan(0);
    const left = slices.filter((slice) => slice.run !== run);
    expect(left.map(({ source, collection }) => `${source} ${collection}`)).toEqual(names);
  });

  test('1 for a query that BigQuery refuses, in its words', async () => {
    const { exitCode, stdout, stderr } = await command('query', 'SELECT * FROM firestore_nothing');
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/not found/i);
    expect(stderr).not.toContain('    at ');
  });

  test('0 for --help, which teaches by example', async () => {
    const { exitCode, stdout } = await command('sync', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('$ firesink sync acme-apis-dev apis');
  });
}
