import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Status } from '@firesink/shared/stages/status.ts';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { firesink, statusOf } from '../../support/pipeline.ts';
import type { Command } from './exit-codes.ts';

const SLICE = ['acme-logistics', 'capextchannels'];

export function uploadCommandTests(system: () => LocalSystem, command: Command): void {
  function file(name: string, contents: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'firesink-upload-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  }

  test('loads the file in place of the rows', async () => {
    const path = file('channels.json', '[{"id":"driver-app","name":"Driver app"},{"name":"Desk"}]');
    const { exitCode, stdout, stderr } = await command('--json', 'upload', path, ...SLICE);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ slices: [{ state: 'loaded', rows: 2 }] });
    const names = 'SELECT _document_id, name FROM firestore_capextchannels ORDER BY name';
    const { stdout: rows } = await command('--json', 'query', `${names} LIMIT 2`);
    expect(JSON.parse(rows)).toHaveLength(2);
  });

  test('beside the load function, which sees the same file, loads it once', async () => {
    const path = file('beside.ndjson', '{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n');
    const { exitCode, stdout } = await firesink(system(), ['upload', path, ...SLICE]);
    expect(exitCode, stdout).toBe(0);
    await system().idle();
    const { slices } = await statusOf(system(), ...SLICE);
    expect(slices).toMatchObject([{ state: 'loaded', rows: 3, error: null }]);
  });

  test('tells of a large file in its log alone: each line on stderr is JSON', async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, id) => `{"id":${id},"text":"${'x'.repeat(50)}"}`,
    );
    const path = file('large.ndjson', lines.join('\n'));
    const { exitCode, stdout, stderr } = await command('--json', 'upload', path, ...SLICE);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ slices: [{ state: 'loaded', rows: 20_000 }] });
    const messages = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).message);
    expect(messages).toEqual(['load: exported', 'load: loaded']);
  });

  test('exits with 1 for a bad file, naming line and reason; the table stays as it was', async () => {
    const path = file('channels.ndjson', '{"id":"a"}\n{"id":"b"}\n{"id":\n');
    const { exitCode, stdout } = await command('--json', 'upload', path, ...SLICE);
    expect(exitCode).toBe(1);
    const refused = { failed: 1, slices: [{ state: 'refused', rows: 20_000 }] };
    expect(JSON.parse(stdout)).toMatchObject(refused);
    const { slices }: Status = JSON.parse(stdout);
    expect(slices[0]?.error).toContain('channels.ndjson: line 3: ');
    const status = await command('--json', 'status', ...SLICE);
    expect(JSON.parse(status.stdout)).toMatchObject(refused);
  });

  test('exits with 2 and says so where there is no such file', async () => {
    const { exitCode, stderr } = await command('upload', '/nowhere/channels.ndjson', ...SLICE);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('/nowhere/channels.ndjson');
  });
}
