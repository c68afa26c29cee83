import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { temporaryFolder } from '../../support/local.ts';
import { firesink } from '../../support/pipeline.ts';
import type { Command } from './exit-codes.ts';

const ONE_COLLECTION = `environments:
  dev:
    warehouse: { project: acme-data, dataset: catalogue, location: EU, bucket: acme-firesink }
    firestore: [{ project: acme-apis }]
collections:
  - { collection: apis, schema: apis.json }
`;

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

  test.each([
    ['a schema that is not there', undefined, /firesink\.yaml:\d+: .*apis\.json/],
    [
      'a type that no column may have',
      '[{"name":"age","type":"INTERVAL"}]',
      /apis\.json.*INTERVAL/s,
    ],
  ])('check names %s, with its file', async (_, schema, error) => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'firesink.yaml');
    writeFileSync(path, ONE_COLLECTION);
    if (schema !== undefined) writeFileSync(join(folder.path, 'apis.json'), schema);
    const { exitCode, stderr, stdout } = await command('--config', path, 'config', 'check');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(error);
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
