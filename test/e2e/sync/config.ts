import { expect, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { firesink } from '../../support/pipeline.ts';
import type { Command } from './exit-codes.ts';

export function configTests(system: () => LocalSystem, command: Command): void {
  test('check counts what every environment syncs', async () => {
    const { exitCode, stdout } = await command('--json', 'config', 'check');
    expect(exitCode).toBe(0);
    const counts = { sources: 4, clusters: 0, collections: 5, slices: 17 };
    expect(JSON.parse(stdout)).toEqual({
      location: expect.stringMatching(/test\/fixtures\/sync\/firesink\.yaml$/),
      environments: [
        { environment: 'functions', ...counts },
        { environment: 'command', ...counts },
      ],
    });
    const table = await command('config', 'check');
    expect(table.exitCode).toBe(0);
    expect(table.stdout).toMatch(/^command +4 +0 +5 +17$/m);
  });

  test('check names what is missing', async () => {
    const { exitCode, stderr } = await command('--config', '/nowhere.yaml', 'config', 'check');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('/nowhere.yaml');
  });

  test('a wrong environment lists those that exist', async () => {
    const { exitCode, stderr } = await command('--environment', 'comand', 'status');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Did you mean command?');
    expect(stderr).toMatch(/functions.*command/);
  });

  test('an environment is needed where there are several: API_AIBANG_ENV and _REGION name one too', async () => {
    const unnamed = await firesink(system(), ['status'], { FIRESINK_ENVIRONMENT: undefined });
    expect(unnamed.exitCode).toBe(2);
    expect(unnamed.stderr).toMatch(/functions.*command/);
    const other = await firesink(system(), ['status'], {
      FIRESINK_ENVIRONMENT: undefined,
      API_AIBANG_ENV: 'dev',
      API_AIBANG_REGION: 'uk',
    });
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('dev-uk');
  });
}
