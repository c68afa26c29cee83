// The configuration as the design shows it, and what each option comes to.
import { readFile } from 'node:fs/promises';
import { loadConfig, readConfig } from '@firesink/shared/config/load.ts';
import { configReader } from '@firesink/shared/config/reader.ts';
import { describe, test } from 'vitest';

const FILE = 'test/fixtures/config/firesink.yaml';

const read = configReader({
  storage: () => {
    throw new Error('a configuration on disk needs no client');
  },
});

describe('a whole configuration', () => {
  test('fills in every default', async ({ expect }) => {
    const { environment } = await loadConfig({ path: FILE, read, env: {}, environment: 'prod-uk' });

    expect(environment).toEqual({
      name: 'prod-uk',
      prefix: 'firesink-prod',
      warehouse: {
        project: 'acme-data',
        dataset: 'catalogue_prod',
        location: 'EU',
        bucket: 'acme-firesink-prod',
      },
      sources: [
        {
          kind: 'firestore',
          name: 'acme-apis--orders',
          project: 'acme-apis',
          database: 'orders',
          slice: 6560,
        },
      ],
      clusters: [],
      collections: [
        expect.objectContaining({ name: 'apis', table: 'firestore_apis' }),
        {
          name: 'products',
          path: 'products',
          group: false,
          sources: ['acme-apis--orders'],
          table: 'firestore_products',
          schema: [],
          columns: new Map(),
          redact: [],
          data: 'full',
          where: [],
        },
      ],
    });
  });

  test('takes every option of sources, clusters and schedule', async ({ expect }) => {
    const { environment } = await loadConfig({ path: FILE, read, env: {}, environment: 'dev-uk' });

    expect(environment.schedule).toEqual({ cron: '0 23 * * *', timeZone: 'Europe/London' });
    expect(environment.prefix).toBe('firesink');
    expect(
      environment.sources.map(({ name, project, database }) => [name, project, database]),
    ).toEqual([
      ['acme-apis-dev', 'acme-apis-dev', '(default)'],
      ['orders-dev', 'acme-apis-dev', 'orders'],
    ]);
    expect(environment.clusters).toEqual([
      {
        kind: 'gke',
        name: 'apps',
        project: 'acme-gke',
        location: 'europe-west2',
        cluster: 'apps',
        endpoint: 'dns',
        slice: 5242,
      },
    ]);
  });

  test('takes every option of a collection', async ({ expect }) => {
    const { environment } = await loadConfig({ path: FILE, read, env: {}, environment: 'dev-uk' });
    const [apis, products, versions, acme] = environment.collections;

    expect(apis).toEqual({
      name: 'apis',
      path: 'apis',
      group: false,
      sources: ['acme-apis-dev', 'orders-dev'],
      table: 'firestore_apis',
      schema: [
        { name: 'title', type: 'STRING', mode: 'NULLABLE' },
        { name: 'calls', type: 'INT64', mode: 'NULLABLE' },
        { name: 'owner_team', type: 'STRING', mode: 'NULLABLE' },
        { name: 'backend_services', type: 'STRING', mode: 'REPEATED' },
      ],
      columns: new Map([['owner_team', ['owner', 'team']]]),
      redact: [
        ['owner', 'email'],
        ['a.b', 'secret'],
      ],
      data: 'rest',
      where: [
        { path: ['status'], value: 'live' },
        { path: ['limits', 'calls'], value: 9007199254740993n },
      ],
      budget: 1_000_000,
      maxShrink: 0.5,
    });
    expect(products).toMatchObject({ name: 'products', sources: ['acme-apis-dev', 'orders-dev'] });
    expect(versions).toMatchObject({ name: 'versions', group: true, sources: ['acme-apis-dev'] });
    expect(acme).toMatchObject({ name: 'acme-apis', path: 'tenants/acme/apis', table: 'acme' });
  });

  test('gives a source the slice of its name, CRC32C modulo 10,000', async ({ expect }) => {
    const { environment } = await loadConfig({ path: FILE, read, env: {}, environment: 'dev-uk' });

    // CRC32C of "acme-apis-dev" is 0x4ab5469c, of "orders-dev" 0x2c4562ce.
    expect(environment.sources.map(({ slice }) => slice)).toEqual([4076, 4782]);
  });

  test('merges what YAML anchors share', async ({ expect }) => {
    const text = await readFile(FILE, 'utf8');
    const shared = text
      .replace('- { collection: products }', '- &plain { collection: products, data: rest }')
      .replace('- { collection: versions,', '- { <<: *plain, collection: versions,');

    const { environments } = await readConfig({
      path: FILE,
      read: (location) => (location === FILE ? Promise.resolve(shared) : read(location)),
      env: {},
    });

    expect(environments[0]?.collections[2]).toMatchObject({ name: 'versions', data: 'rest' });
  });
});

describe('where the configuration is found', () => {
  test('in the file that FIRESINK_CONFIG names, with schemas beside it', async ({ expect }) => {
    const config = await loadConfig({
      read,
      env: { FIRESINK_CONFIG: FILE },
      environment: 'dev-uk',
    });

    expect(config.location).toBe(FILE);
    expect(config.environments.map(({ name }) => name)).toEqual(['dev-uk', 'prod-uk']);
  });

  test('in the option rather than in FIRESINK_CONFIG', async ({ expect }) => {
    const config = await readConfig({ path: FILE, read, env: { FIRESINK_CONFIG: 'other.yaml' } });

    expect(config.location).toBe(FILE);
  });

  test('in firesink.yaml, where nothing names one', async ({ expect }) => {
    await expect(readConfig({ read, env: {} })).rejects.toMatchObject({
      outcome: 'refused',
      code: 'no-config',
      message: 'firesink.yaml: there is no such file',
    });
  });

  test('with schemas that are missing named as the user would', async ({ expect }) => {
    const text = (await readFile(FILE, 'utf8')).replace('schemas/firestore_apis', '../apis');

    await expect(
      readConfig({
        path: FILE,
        read: (location) => (location === FILE ? Promise.resolve(text) : read(location)),
        env: {},
      }),
    ).rejects.toThrow('collections[0].schema: test/fixtures/apis.json: there is no such file');
  });

  test('in a bucket, with schemas beside it', async ({ expect }) => {
    const files = new Map([
      ['gs://acme-config/team/firesink.yaml', await readFile(FILE, 'utf8')],
      [
        'gs://acme-config/team/schemas/firestore_apis.json',
        '[{"name":"owner_team","type":"STRING"}]',
      ],
    ]);
    const config = await loadConfig({
      path: 'gs://acme-config/team/firesink.yaml',
      read: async (location) => files.get(location) ?? `no ${location}`,
      env: {},
      environment: 'dev-uk',
    });

    expect(config.environment.collections[0]?.schema).toEqual([
      { name: 'owner_team', type: 'STRING', mode: 'NULLABLE' },
    ]);
  });
});

describe('the environment is chosen', () => {
  const choose = async (env: Record<string, string>, environment?: string) =>
    (await loadConfig({ path: FILE, read, env, environment })).environment.name;

  const dev = { API_AIBANG_ENV: 'dev', API_AIBANG_REGION: 'uk' };

  test("by the script's variables", async ({ expect }) => {
    expect(await choose(dev)).toBe('dev-uk');
  });

  test("by FIRESINK_ENVIRONMENT before the script's variables", async ({ expect }) => {
    expect(await choose({ ...dev, FIRESINK_ENVIRONMENT: 'prod-uk' })).toBe('prod-uk');
  });

  test('by --environment before all others', async ({ expect }) => {
    expect(await choose({ ...dev, FIRESINK_ENVIRONMENT: 'dev-uk' }, 'prod-uk')).toBe('prod-uk');
  });

  test('as if a variable without a value were not set', async ({ expect }) => {
    expect(await choose({ ...dev, FIRESINK_ENVIRONMENT: '' })).toBe('dev-uk');
  });

  test('without a word, where there is only one', async ({ expect }) => {
    const text = await readFile(FILE, 'utf8');
    const only = text.replace(/ {2}prod-uk:\n(?: {4}.*\n)*/, '');
    const config = await loadConfig({
      path: FILE,
      read: (location) => (location === FILE ? Promise.resolve(only) : read(location)),
      env: {},
    });

    expect(config.environment.name).toBe('dev-uk');
  });

  test.for([
    [
      {},
      'test/fixtures/config/firesink.yaml: no environment is chosen. ' +
        'Say --environment or set FIRESINK_ENVIRONMENT. There are dev-uk, prod-uk',
    ],
    [
      { FIRESINK_ENVIRONMENT: 'prd-uk' },
      'test/fixtures/config/firesink.yaml: FIRESINK_ENVIRONMENT asks for environment prd-uk, ' +
        'which does not exist. Did you mean prod-uk? There are dev-uk, prod-uk',
    ],
    [
      { API_AIBANG_ENV: 'test', API_AIBANG_REGION: 'hk' },
      'test/fixtures/config/firesink.yaml: API_AIBANG_ENV with API_AIBANG_REGION asks for ' +
        'environment test-hk, which does not exist. There are dev-uk, prod-uk',
    ],
  ] as const)('or else those that exist are listed: %j', async ([env, message], { expect }) => {
    await expect(choose(env)).rejects.toMatchObject({
      outcome: 'refused',
      code: 'unknown-environment',
      message,
    });
  });
});
