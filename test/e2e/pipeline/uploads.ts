import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { gcloudEnvironment } from '../../support/gcloud.ts';
import { temporaryFolder } from '../../support/local.ts';
import {
  bucketOf,
  publish,
  type Row,
  rowsOf,
  snapshotsOf,
  statusOf,
  takeDeadLetters,
  upload,
  withoutRun,
} from '../../support/pipeline.ts';
import { missing } from '../../support/tools.ts';

const TABLE = 'firestore_backendservices';
const SOURCE = 'acme-retail';
const FOLDER = `uploads/firestore/${SOURCE}/backendservices`;

const SERVICE = {
  cluster: 'apps-eu',
  namespace: 'retail',
  port: 8080,
  tls: true,
  depends_on: ['orders-api'],
  colour: 'green',
};

/** What SERVICE looks like in the table, as `id`. */
const serviceRow = (id: string) => ({
  _source: SOURCE,
  _document_id: id,
  _document_path: `backendservices/${id}`,
  _create_time: null,
  cluster: 'apps-eu',
  namespace: 'retail',
  workload: null,
  port: 8080n,
  tls: true,
  depends_on: ['orders-api'],
  _data:
    '{"cluster":"apps-eu","colour":"green","depends_on":["orders-api"],"namespace":"retail","port":8080,"tls":true}',
  _row_errors: [],
});

/** Lines of a snapshot, without what says when it was made, and in whose words a value does not fit. */
const linesOf = (snapshot: Buffer): string[] =>
  snapshot
    .toString()
    .replaceAll(/"_(run|read_time)":"[^"]*"/g, '"_$1":""')
    .replaceAll(/"reason":"[^"]*"/g, '"reason":""')
    .split('\n');

const document = (id: string) => JSON.stringify({ _document_id: id, ...SERVICE });

export function uploadTests(system: () => LocalSystem): void {
  const shown = (): Promise<Row[]> => rowsOf(system(), TABLE, SOURCE);

  test('of plain documents replaces its slice, and only that one', async () => {
    const others = await rowsOf(system(), TABLE, 'acme-payments');
    await upload(system(), `${FOLDER}/by-hand.ndjson`, `${document('a')}\n${document('b')}\n`);
    await system().idle();
    expect(await shown()).toMatchObject([serviceRow('a'), serviceRow('b')]);
    expect(await rowsOf(system(), TABLE, 'acme-payments')).toEqual(others);
    const { slices } = await statusOf(system(), SOURCE, 'backendservices');
    expect(slices).toMatchObject([{ state: 'loaded', documents: 2, rows: 2, error: null }]);
    expect(slices[0]?.run).toMatch(/^\d{8}T\d{6}\.\d{3}Z_upload_[0-9a-f]{12}$/);
  });

  // Names differ from case to case: the rows of one must not pass for the next one's.
  test.each([
    ['a .json array', 'array.json', `[${document('a1')},\n ${document('a2')}]`, ['a1', 'a2']],
    ['gzipped', 'gzip.ndjson.gz', gzipSync(`${document('g1')}\n${document('g2')}`), ['g1', 'g2']],
    ['gzipped, its name not', 'gzip.ndjson', gzipSync(`${document('n1')}\n`), ['n1']],
    ['lines as on Windows', 'crlf.ndjson', `\uFEFF${document('w')}\r\n`, ['w']],
  ])('may be %s', async (_, name, contents, ids) => {
    await upload(system(), `${FOLDER}/${name}`, contents);
    await system().idle();
    expect(await shown()).toMatchObject(ids.map(serviceRow));
  });

  test('of rows as firesink writes them brings exactly those rows back', async () => {
    const [oldest = ''] = await snapshotsOf(system(), SOURCE, 'backendservices');
    const bucket = await bucketOf(system());
    const [snapshot] = await bucket.file(oldest).download();
    await upload(system(), `${FOLDER}/yesterday.ndjson`, snapshot);
    await system().idle();
    const rows = await shown();
    expect(rows).toHaveLength(240);
    const [made = ''] = (await snapshotsOf(system(), SOURCE, 'backendservices')).slice(-1);
    const [remade] = await bucket.file(made).download();
    expect(linesOf(remade)).toEqual(linesOf(snapshot));
    expect(rows.filter(({ _row_errors }) => (_row_errors as unknown[]).length > 0)).toHaveLength(6);

    // Copied within the bucket, with our metadata, it is an upload too: the metadata is another object's.
    await bucket.file(oldest).copy(bucket.file(`${FOLDER}/copied.ndjson`));
    await system().idle();
    expect(withoutRun(await shown())).toEqual(withoutRun(rows));
    expect(await takeDeadLetters(system())).toEqual([]);
  });

  test('with a bad line 3 is refused, naming line and reason, and changes nothing', async () => {
    const before = await shown();
    const lines = [document('a'), document('b'), '{"_document_id":"c",', document('d'), '[]'];
    const name = await upload(system(), `${FOLDER}/bad.ndjson`, `${lines.join('\n')}\n`);
    await system().idle();
    expect(await shown()).toEqual(before);
    const [letter, ...more] = await takeDeadLetters(system());
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ code: 'bad-upload', function: 'load' });
    expect(letter?.error).toMatch(/bad\.ndjson: line 3: .+; line 5: is an array, not an object/);
    const bucket = await bucketOf(system());
    const [{ metadata }] = await bucket.file(name).getMetadata();
    expect(metadata?.firesink_error).toBe(letter?.error);
    const status = await statusOf(system(), SOURCE, 'backendservices');
    expect(status).toMatchObject({
      failed: 1,
      slices: [{ state: 'refused', rows: 240, error: expect.stringMatching(/line 3: /) }],
    });

    await upload(system(), name, `${document('mended')}\n`);
    await system().idle();
    const mended = await statusOf(system(), SOURCE, 'backendservices');
    expect(mended).toMatchObject({
      failed: 0,
      slices: [{ state: 'loaded', rows: 1, error: null }],
    });
  });

  test.each([
    ['empty', 'nothing.ndjson', '', 'holds no rows'],
    ['an empty array', 'nothing.json', '[]', 'holds no rows'],
    ['of another kind', 'table.csv', 'a,b\n1,2\n', 'is neither .ndjson nor .json'],
    ['cut off in its gzip', 'cut.ndjson.gz', gzipSync(document('a')).subarray(0, 60), ''],
    ['in UTF-16', 'utf16.ndjson', Buffer.from(`\uFEFF${document('a')}\n`, 'utf16le'), 'UTF-16'],
  ])('that is %s is refused', async (_, file, contents, reason) => {
    const before = await shown();
    const name = await upload(system(), `${FOLDER}/${file}`, contents);
    await system().idle();
    expect(await takeDeadLetters(system())).toMatchObject([
      { code: 'bad-upload', error: expect.stringContaining(name) },
    ]);
    expect(await shown()).toEqual(before);
    const [{ metadata }] = await (await bucketOf(system())).file(name).getMetadata();
    expect(metadata?.firesink_error).toContain(reason);
  });

  test('in a folder of snapshots is an upload as well', async () => {
    await upload(system(), `firestore/${SOURCE}/backendservices/mine.ndjson`, document('mine'));
    await system().idle();
    expect(await shown()).toMatchObject([serviceRow('mine')]);
  });

  describe.skipIf(missing('gcloud').length > 0)('by gcloud storage cp (needs gcloud)', () => {
    test('replaces its slice', async () => {
      using folder = temporaryFolder();
      const path = join(folder.path, 'services.ndjson');
      writeFileSync(path, `${document('from-gcloud')}\n`);
      const env = gcloudEnvironment({ storagePort: Number(new URL(system().storageUrl).port) });
      const args = ['storage', 'cp', path, `gs://acme-firesink/${FOLDER}/`];
      await promisify(execFile)('gcloud', args, { env });
      await system().idle();
      expect(await shown()).toMatchObject([serviceRow('from-gcloud')]);
      const { slices } = await statusOf(system(), SOURCE, 'backendservices');
      expect(slices).toMatchObject([{ state: 'loaded', rows: 1, error: null }]);
    });
  });

  test('that comes twice is loaded once', async () => {
    const name = await upload(system(), `${FOLDER}/twice.ndjson`, document('twice'));
    await system().idle();
    const before = await shown();
    const snapshots = await snapshotsOf(system(), SOURCE, 'backendservices');
    const [object] = await (await bucketOf(system())).file(name).getMetadata();
    for (const _ of [1, 2]) await publish(system(), 'load', object);
    await system().idle();
    expect(await shown()).toEqual(before);
    expect(await snapshotsOf(system(), SOURCE, 'backendservices')).toEqual(snapshots);
  });
}
