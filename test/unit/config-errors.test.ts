// Everything a configuration can get wrong, each with the text that the person who wrote it will read.

import { readConfig } from '@firesink/shared/config/load.ts';
import { ConfigError } from '@firesink/shared/config/problems.ts';
import { FiresinkError } from '@firesink/shared/errors.ts';
import { describe, test } from 'vitest';

/** The error's text for this YAML, or "fine". */
async function check(yaml: string, files: Record<string, string> = {}): Promise<string> {
  const read = async (location: string) => {
    if (location === 'firesink.yaml') return yaml;
    const text = files[location.slice(location.lastIndexOf('/') + 1)];
    if (text !== undefined) return text;
    throw new FiresinkError({
      outcome: 'refused',
      code: 'no-config',
      what: 'there is no such file',
      where: 'schemas/x.json',
    });
  };
  try {
    await readConfig({ path: 'firesink.yaml', read, env: {} });
    return 'fine';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return `${error.outcome} ${error.code}: ${error.message}`;
  }
}

const WAREHOUSE = '{ project: acme-data, dataset: catalogue, location: EU, bucket: acme-firesink }';
const SOURCES = '[{ project: shop-11 }]';

/** Line 3 is the warehouse, 4 the sources, 5 `rest`. */
const environment = (sources: string, rest = '# nothing') =>
  `environments:\n  dev-uk:\n    warehouse: ${WAREHOUSE}\n    firestore: ${sources}\n    ${rest}\n`;

/** Line 7 is the first collection. */
const collections = (...lines: string[]) =>
  `${environment(SOURCES)}collections:\n${lines.map((line) => `  - ${line}\n`).join('')}`;

test('a good configuration is fine', async ({ expect }) => {
  expect(await check(collections('{ collection: apis }'))).toBe('fine');
});

describe('an option', () => {
  test.for([
    [
      'that does not exist names the nearest one',
      '{ collection: apis, budjet: 5 }',
      'firesink.yaml:7: collections[0].budjet is not an option. Did you mean budget?',
    ],
    [
      'that is nothing like any names all',
      '{ collection: apis, zzzzzzz: 5 }',
      'firesink.yaml:7: collections[0].zzzzzzz is not an option. There are collection, group, name, sources, ' +
        'schema, table, columns, redact, data, where, budget, maxShrink',
    ],
    [
      'without a value is called empty',
      '{ collection: apis, budget: }',
      'firesink.yaml:7: collections[0].budget is empty: give it a value or leave it out',
    ],
    [
      'of the wrong type shows what it must be',
      '{ collection: apis, budget: many }',
      'firesink.yaml:7: collections[0].budget must be a number, not "many"',
    ],
    [
      'that must be a whole number shows it',
      '{ collection: apis, budget: 1.5 }',
      'firesink.yaml:7: collections[0].budget must be a whole number, not 1.5',
    ],
    [
      'that is too small shows its value',
      '{ collection: apis, budget: 0 }',
      'firesink.yaml:7: collections[0].budget 0 is not a number of documents',
    ],
    [
      'with a fixed set of values lists them',
      '{ collection: apis, data: most }',
      'firesink.yaml:7: collections[0].data must be "full" or "rest", not "most"',
    ],
    [
      'that must be true or false says so',
      '{ collection: apis, group: yes }',
      'firesink.yaml:7: collections[0].group must be true or false, not "yes"',
    ],
    [
      'that must be a list says so',
      '{ collection: apis, sources: shop-11 }',
      'firesink.yaml:7: collections[0].sources must be a list, not "shop-11"',
    ],
    [
      'that is required is called missing',
      '{ name: apis }',
      'firesink.yaml:7: collections[0].collection is missing',
    ],
    [
      'maxShrink takes no number of percent',
      '{ collection: apis, maxShrink: 50 }',
      'firesink.yaml:7: collections[0].maxShrink must be a share, such as 50% or 0.5, not 50',
    ],
    [
      'maxShrink takes no words',
      '{ collection: apis, maxShrink: half }',
      'firesink.yaml:7: collections[0].maxShrink must be a share, such as 50% or 0.5, not "half"',
    ],
    [
      'redact takes field paths only',
      '{ collection: apis, redact: [owner..email] }',
      'firesink.yaml:7: collections[0].redact[0] "owner..email" is not a field path, such as owner.team or `a.b`.c',
    ],
    [
      'where takes field paths only',
      '{ collection: apis, where: { owner..email: x } }',
      'firesink.yaml:7: collections[0].where names "owner..email", which is not a field path',
    ],
    [
      'where takes no lists',
      '{ collection: apis, where: { status: [a, b] } }',
      'firesink.yaml:7: collections[0].where.status must be text, a number, true, false or null, not a list',
    ],
    [
      'table takes no other table reference',
      '{ collection: apis, table: catalogue.apis }',
      'firesink.yaml:7: collections[0].table "catalogue.apis" is not a table id: letters, digits, _ and -',
    ],
  ] as const)('%s', async ([, line, problem], { expect }) => {
    expect(await check(collections(line))).toBe(`refused bad-config: ${problem}`);
  });
});

describe('a collection', () => {
  test.for([
    [
      "that would write firesink's own table",
      '{ collection: apis, table: sync_events }',
      'firesink.yaml:7: collections[0].table "sync_events" is a table of firesink itself: name another',
    ],
    [
      "that would write a cluster's table",
      '{ collection: apis, table: gke_pods }',
      'firesink.yaml:7: collections[0].table "gke_pods" is a table of firesink itself: name another',
    ],
    [
      'that is the path of a document',
      '{ collection: tenants/acme }',
      'firesink.yaml:7: collections[0].collection "tenants/acme" is not a collection: an id, or a path such as tenants/acme/apis',
    ],
    [
      "with one of Firestore's reserved ids",
      '{ collection: __meta__ }',
      'firesink.yaml:7: collections[0].collection "__meta__" is not a collection: an id, or a path such as tenants/acme/apis',
    ],
    [
      'whose id cannot be a name',
      '{ collection: my apis }',
      'firesink.yaml:7: collections[0] would be named "my apis", which holds more than letters, digits, _ and -. Give it a name: line',
    ],
    [
      'whose name is none',
      '{ collection: apis, name: my apis }',
      'firesink.yaml:7: collections[0].name "my apis" may hold only letters, digits, _ and - (at most 128)',
    ],
    [
      'that is a group with a path',
      '{ collection: tenants/acme/apis, group: true }',
      'firesink.yaml:7: collections[0] is a group, but its collection tenants/acme/apis is a path. A group is named by its id alone',
    ],
    [
      'of a source that does not exist',
      '{ collection: apis, sources: [shop-1l] }',
      'firesink.yaml:7: collections[0].sources[0] shop-1l is not a Firestore source. Did you mean shop-11? There is shop-11',
    ],
    [
      'without a schema has no columns to fill',
      '{ collection: apis, columns: { team: owner.team } }',
      'firesink.yaml:7: collections[0].columns.team is not a column of the schema. Add it to the schema file',
    ],
    [
      'whose schema cannot be read',
      '{ collection: apis, schema: schemas/x.json }',
      'firesink.yaml:7: collections[0].schema: schemas/x.json: there is no such file',
    ],
  ] as const)('%s', async ([, line, problem], { expect }) => {
    expect(await check(collections(line))).toBe(`refused bad-config: ${problem}`);
  });

  test('whose schema has a type firesink cannot check names the line of the schema', async ({
    expect,
  }) => {
    const yaml = collections('{ collection: apis, schema: schemas/apis.json }');
    const schema = '[\n  { "name": "calls", "type": "INTERVAL" }\n]';

    expect(await check(yaml, { 'apis.json': schema })).toMatch(
      /^refused bad-config: firesink\.yaml:7: collections\[0\]\.schema: schemas\/apis\.json:2: .*INTERVAL/,
    );
  });

  test('that maps a column its schema does not have names the nearest', async ({ expect }) => {
    const yaml = collections(
      '{ collection: apis, schema: apis.json, columns: { owner_taem: owner.team } }',
    );
    const schema = '[{ "name": "owner_team", "type": "STRING" }]';

    expect(await check(yaml, { 'apis.json': schema })).toBe(
      'refused bad-config: firesink.yaml:7: collections[0].columns.owner_taem is not a column of the schema. Did you mean owner_team?',
    );
  });
});

describe('two collections', () => {
  test.for([
    [
      'of one table for the same source',
      ['{ collection: apis }', '{ collection: products, table: firestore_apis }'],
      'firesink.yaml:8: collections[1] writes firestore_apis for source shop-11, as does collections[0]. Give one of them a table: line',
    ],
    [
      'of one name for the same source',
      ['{ collection: apis }', '{ collection: tenants/acme/apis }'],
      'firesink.yaml:8: collections[1] is named apis for source shop-11, as is collections[0]. Give one of them a name: line',
    ],
    [
      'of one name but different tables',
      ['{ collection: apis }', '{ collection: tenants/acme/apis, table: acme }'],
      'firesink.yaml:8: collections[1] is named apis for source shop-11, as is collections[0]. Give one of them a name: line',
    ],
  ] as const)('%s', async ([, lines, problem], { expect }) => {
    expect(await check(collections(...lines))).toBe(`refused bad-config: ${problem}`);
  });

  const twoSources = (...lines: string[]) =>
    `${environment('[{ project: shop-1 }, { project: shop-2 }]')}collections:\n${lines.join('\n')}`;

  test('of one table for different sources are fine', async ({ expect }) => {
    const yaml = twoSources(
      '  - { collection: apis, sources: [shop-1] }',
      '  - { collection: services, table: firestore_apis, sources: [shop-2] }',
    );

    expect(await check(yaml)).toBe('fine');
  });

  test('of one table need one schema', async ({ expect }) => {
    const yaml = twoSources(
      '  - { collection: apis, sources: [shop-1] }',
      '  - { collection: apis, schema: apis.json, sources: [shop-2] }',
    );

    expect(await check(yaml, { 'apis.json': '[{"name":"calls","type":"INT64"}]' })).toBe(
      'refused bad-config: firesink.yaml:8: collections[1] writes firestore_apis with another schema than ' +
        'collections[0]. Give both the same schema, or one of them a table: line',
    );
  });
});

describe('a source', () => {
  test.for([
    [
      'whose project cannot be a name',
      '[{ project: "example.com:shop" }]',
      'firesink.yaml:4: environments.dev-uk.firestore[0] would be named example.com:shop, which holds more than letters, digits, _ and -. Give it a name: line',
    ],
    [
      'whose project is no project id',
      '[{ project: Shop }]',
      'firesink.yaml:4: environments.dev-uk.firestore[0].project "Shop" is not a project id: lower case letters, digits and -',
    ],
    [
      'that comes twice',
      '[{ project: shop-1 }, { project: shop-1, name: again }]',
      'firesink.yaml:4: environments.dev-uk.firestore[1] is database (default) of shop-1, as is environments.dev-uk.firestore[0]. Remove one of them',
    ],
    [
      'that has the name of another',
      '[{ project: shop-1 }, { project: shop-2, name: shop-1 }]',
      'firesink.yaml:4: environments.dev-uk.firestore[1] is named shop-1, as is environments.dev-uk.firestore[0]. Give one of them another name',
    ],
    [
      'whose slice is out of range',
      '[{ project: shop-1, slice: 10000 }]',
      'firesink.yaml:4: environments.dev-uk.firestore[0].slice 10000 is not a slice: 0 to 9999',
    ],
    [
      'whose slice is that of one before it',
      '[{ project: shop-11 }, { project: shop-58 }]',
      'firesink.yaml:4: source shop-58 has slice 8963, as has shop-11 (line 4). Give shop-58 one of its own: add slice: 8964',
    ],
    [
      'whose slice was given and is taken',
      '[{ project: shop-1, slice: 7 }, { project: shop-2, slice: 8 }, { project: shop-3, slice: 7 }]',
      'firesink.yaml:4: source shop-3 has slice 7, as has shop-1 (line 4). Give shop-3 one of its own: add slice: 9',
    ],
  ] as const)('%s', async ([, sources, problem], { expect }) => {
    expect(await check(environment(sources))).toBe(`refused bad-config: ${problem}`);
  });

  test('that follows the advice about its slice is fine', async ({ expect }) => {
    const yaml = environment('[{ project: shop-11 }, { project: shop-58, slice: 8964 }]');

    expect(await check(yaml)).toBe('fine');
  });

  test('collides with a cluster too, for they may share a dataset', async ({ expect }) => {
    const yaml = environment(
      '[{ project: shop-11 }]',
      'clusters: [{ project: acme-gke, location: europe-west2, cluster: shop-58 }]',
    );

    expect(await check(yaml)).toBe(
      'refused bad-config: firesink.yaml:5: source shop-58 has slice 8963, as has shop-11 (line 4). ' +
        'Give shop-58 one of its own: add slice: 8964',
    );
  });
});

describe('an environment', () => {
  test.for([
    [
      'without sources',
      environment('[]'),
      'firesink.yaml:2: environments.dev-uk has no sources. List Firestore databases under firestore: or clusters under clusters:',
    ],
    [
      'with half a warehouse',
      'environments:\n  dev-uk:\n    warehouse:\n      project: acme-data\n      dataset: catalogue\n      location: EU\n    firestore: [{ project: shop }]\n',
      'firesink.yaml:3: environments.dev-uk.warehouse.bucket is missing',
    ],
    [
      'with a cron expression of four fields',
      environment(SOURCES, "schedule: { cron: '0 23 * *' }"),
      'firesink.yaml:5: environments.dev-uk.schedule.cron "0 23 * *" is not a cron expression of five fields, such as 0 23 * * *',
    ],
    [
      'with a time zone that does not exist',
      environment(SOURCES, "schedule: { cron: '0 23 * * *', timeZone: Europe/Londn }"),
      'firesink.yaml:5: environments.dev-uk.schedule.timeZone "Europe/Londn" is not a time zone, such as Europe/London',
    ],
    [
      'whose prefix no function could have',
      environment(SOURCES, 'prefix: Fire_Sink'),
      'firesink.yaml:5: environments.dev-uk.prefix "Fire_Sink" is not a prefix: lower case letters, digits and -, at most 40, not beginning with goog',
    ],
    [
      'whose name is none',
      environment(SOURCES).replace('dev-uk', 'dev/uk'),
      'firesink.yaml:2: environments.dev/uk "dev/uk" may hold only letters, digits, _ and - (at most 128)',
    ],
    ['that is not there', 'environments: {}\n', 'firesink.yaml:1: environments names none'],
    ['in a file that is empty', '', 'firesink.yaml:1: environments is missing'],
    [
      'in a file that is a list',
      '- a\n',
      'firesink.yaml:1: it must be a map of options, not a list',
    ],
  ] as const)('%s', async ([, yaml, problem], { expect }) => {
    expect(await check(yaml)).toBe(`refused bad-config: ${problem}`);
  });
});

describe('two environments', () => {
  const two = (
    first: { dataset: string; bucket: string; project?: string },
    second: { dataset: string; bucket: string; prefix: string; project?: string },
  ) => `environments:
  a:
    warehouse: { project: acme-data, dataset: ${first.dataset}, location: EU, bucket: ${first.bucket} }
    firestore: [{ project: ${first.project ?? 'shop-11'} }]
  b:
    prefix: ${second.prefix}
    warehouse: { project: acme-data, dataset: ${second.dataset}, location: EU, bucket: ${second.bucket} }
    firestore: [{ project: ${second.project ?? 'shop-11'} }]
collections:
  - { collection: apis }
`;
  const first = { dataset: 'one', bucket: 'bucket-1' };
  const second = { dataset: 'two', bucket: 'bucket-2', prefix: 'other' };

  test('with nothing in common are fine', async ({ expect }) => {
    expect(await check(two(first, second))).toBe('fine');
  });

  test.for([
    [
      'with one bucket',
      two(first, { ...second, bucket: 'bucket-1' }),
      "firesink.yaml:7: environments.b shares bucket bucket-1 with a: each would take the other's messages. Give b a bucket of its own",
    ],
    [
      'with one project and prefix',
      two(first, { ...second, prefix: 'firesink' }),
      "firesink.yaml:6: environments.b shares project acme-data and prefix firesink with a: each would take the other's messages. Give b a prefix of its own",
    ],
    [
      'that write the same rows of one dataset',
      two(first, { ...second, dataset: 'one' }),
      'firesink.yaml:10: collections[0] writes firestore_apis for source shop-11 both in a and in b, which share a dataset. ' +
        'Give one environment a dataset of its own, or one source another name',
    ],
    [
      'of one dataset whose sources share a slice',
      two(first, { ...second, dataset: 'one', project: 'shop-58' }),
      'firesink.yaml:8: source shop-58 has slice 8963, as has shop-11 (line 4). Give shop-58 one of its own: add slice: 8964',
    ],
  ] as const)('%s', async ([, yaml, problem], { expect }) => {
    expect(await check(yaml)).toBe(`refused bad-config: ${problem}`);
  });

  test('of one dataset with different sources are fine', async ({ expect }) => {
    expect(await check(two(first, { ...second, dataset: 'one', project: 'shop-1' }))).toBe('fine');
  });
});

describe('a file', () => {
  test('that is no YAML says where', async ({ expect }) => {
    expect(await check('environments:\n  dev-uk: { warehouse: [ }\n')).toMatch(
      /^refused bad-config: firesink\.yaml(:2)?: .+/,
    );
  });

  test('that stands for an anchor there is not says where', async ({ expect }) => {
    expect(
      await check(collections('{ collection: apis }', '{ <<: *plain, collection: products }')),
    ).toBe(
      'refused bad-config: firesink.yaml:8: *plain stands for nothing: there is no &plain before it',
    );
  });

  test('that says an option twice is refused', async ({ expect }) => {
    expect(await check(`${environment(SOURCES)}    firestore: []\n`)).toBe(
      'refused bad-config: firesink.yaml:6: Map keys must be unique',
    );
  });

  test('with several problems tells all of them, in the order of the file', async ({ expect }) => {
    const yaml = `${environment('[{ project: shop-11, databse: orders }]', 'prefx: a')}collections:
  - { collection: apis, data: most, budjet: 5 }
  - { collection: a/b }
  - { collection: my apis }
topics: []
`;

    expect(await check(yaml)).toBe(
      [
        'refused bad-config: firesink.yaml: 7 problems',
        '  firesink.yaml:4: environments.dev-uk.firestore[0].databse is not an option. Did you mean database?',
        '  firesink.yaml:5: environments.dev-uk.prefx is not an option. Did you mean prefix?',
        '  firesink.yaml:7: collections[0].data must be "full" or "rest", not "most"',
        '  firesink.yaml:7: collections[0].budjet is not an option. Did you mean budget?',
        '  firesink.yaml:8: collections[1].collection "a/b" is not a collection: an id, or a path such as tenants/acme/apis',
        '  firesink.yaml:9: collections[2] would be named "my apis", which holds more than letters, digits, _ and -. Give it a name: line',
        '  firesink.yaml:10: topics is not an option. There are environments, collections',
      ].join('\n'),
    );
  });

  test('whose schema cannot be read just now is no bad configuration', async ({ expect }) => {
    const unavailable = new FiresinkError({
      outcome: 'retry',
      code: 'config-unavailable',
      what: 'x',
    });
    const read = async (location: string) => {
      if (location === 'firesink.yaml') return collections('{ collection: apis, schema: a.json }');
      throw unavailable;
    };

    await expect(readConfig({ path: 'firesink.yaml', read, env: {} })).rejects.toBe(unavailable);
  });
});
