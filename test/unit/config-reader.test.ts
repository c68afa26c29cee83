// Configuration files from disk and from a bucket, read with the official client.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStorage } from '@firesink/local/storage/server.ts';
import { loadConfig } from '@firesink/shared/config/load.ts';
import { configReader } from '@firesink/shared/config/reader.ts';
import { Storage } from '@google-cloud/storage';
import { describe, test } from 'vitest';

describe('a file on disk', () => {
  test('is read again each time', async ({ expect, onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'firesink-config-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const read = configReader({ storage: () => Promise.reject(new Error('not asked for')) });
    const file = join(folder, 'firesink.yaml');

    await writeFile(file, 'first');
    expect(await read(file)).toBe('first');
    await writeFile(file, 'second');
    expect(await read(file)).toBe('second');
  });

  test.for([
    ['missing.yaml', 'missing.yaml: there is no such file'],
    ['test', 'test: cannot be read: EISDIR: illegal operation on a directory, read'],
    [
      'gs://acme-config',
      'gs://acme-config: there is no such file. In Cloud Storage it is gs://bucket/object',
    ],
  ] as const)('that cannot be read is refused: %s', async ([file, message], { expect }) => {
    const read = configReader({ storage: () => Promise.reject(new Error('not asked for')) });

    await expect(read(file)).rejects.toMatchObject({
      outcome: 'refused',
      code: 'no-config',
      message,
    });
  });
});

describe('a file in a bucket', () => {
  const YAML = (dataset: string) => `environments:
  dev-uk:
    warehouse: { project: acme-data, dataset: ${dataset}, location: EU, bucket: acme-firesink }
    firestore: [{ project: acme-apis-dev }]
collections:
  - { collection: apis, schema: schemas/apis.json }
`;
  const LOCATION = 'gs://acme-config/team/firesink.yaml';

  /** A bucket with a configuration, and the requests that the reader's client makes. */
  async function setUp() {
    const standIn = await startStorage({ port: 0 });
    const apiEndpoint = `http://${standIn.host}`;
    const owner = new Storage({ apiEndpoint, projectId: 'acme-data' });
    const [bucket] = await owner.createBucket('acme-config');
    await bucket.file('team/firesink.yaml').save(YAML('catalogue'));
    await bucket.file('team/schemas/apis.json').save('[{"name":"title","type":"STRING"}]');
    const storage = new Storage({
      apiEndpoint,
      projectId: 'acme-data',
      retryOptions: { autoRetry: false },
    });
    const requests = { downloads: 0 };
    storage.interceptors.push({
      request: (options) => {
        if (JSON.stringify(options).includes('"media"')) requests.downloads++;
        return { uri: '', ...options };
      },
    });
    return { standIn, bucket, requests, read: configReader({ storage: () => storage }) };
  }

  test('is downloaded once, and again when it has changed', async ({ expect }) => {
    const { standIn, bucket, read, requests } = await setUp();
    await using _ = standIn;
    const load = () => loadConfig({ path: LOCATION, read, env: {} });

    const { environment } = await load();
    expect(environment.warehouse.dataset).toBe('catalogue');
    expect(environment.collections[0]?.schema).toEqual([
      { name: 'title', type: 'STRING', mode: 'NULLABLE' },
    ]);
    await load();
    expect(requests.downloads).toBe(2);

    await bucket.file('team/firesink.yaml').save(YAML('catalogue_2'));
    expect((await load()).environment.warehouse.dataset).toBe('catalogue_2');
    expect(requests.downloads).toBe(3);
  });

  test('that is not there is refused', async ({ expect }) => {
    const { standIn, read } = await setUp();
    await using _ = standIn;

    await expect(read('gs://acme-config/other.yaml')).rejects.toMatchObject({
      outcome: 'refused',
      code: 'no-config',
      message: 'gs://acme-config/other.yaml: there is no such object',
    });
  });

  test('whose schema is not there is a bad configuration, with the line', async ({ expect }) => {
    const { standIn, bucket, read } = await setUp();
    await using _ = standIn;
    await bucket.file('team/schemas/apis.json').delete();

    await expect(loadConfig({ path: LOCATION, read, env: {} })).rejects.toMatchObject({
      code: 'bad-config',
      message: `${LOCATION}:6: collections[0].schema: gs://acme-config/team/schemas/apis.json: there is no such object`,
    });
  });

  test('that cannot be reached may be reached later', async ({ expect }) => {
    const { standIn, read } = await setUp();
    await standIn[Symbol.asyncDispose]();

    await expect(read(LOCATION)).rejects.toMatchObject({
      outcome: 'retry',
      code: 'config-unavailable',
    });
  });
});
