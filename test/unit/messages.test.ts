// Messages of the three topics against a configuration: what is asked for, or why it is refused.
import type { Environment } from '@firesink/shared/config/environment.ts';
import { loadConfig } from '@firesink/shared/config/load.ts';
import { configReader } from '@firesink/shared/config/reader.ts';
import type { PubsubEvent, StorageEvent } from '@firesink/shared/messages/event.ts';
import { formatExportMessage, parseExportMessage } from '@firesink/shared/messages/export.ts';
import { formatLoadMessage, parseLoadEvent } from '@firesink/shared/messages/load.ts';
import { parseScheduleMessage } from '@firesink/shared/messages/schedule.ts';
import { beforeAll, describe, test } from 'vitest';

const NOW = Date.UTC(2026, 10, 23, 23, 0, 30);
const PUBLISHED = Date.UTC(2026, 10, 23, 23, 0, 1, 749);

let environment: Environment;
beforeAll(async () => {
  const read = configReader({ storage: () => Promise.reject(new Error('on disk')) });
  const config = await loadConfig({
    path: 'test/fixtures/config/firesink.yaml',
    read,
    env: {},
    environment: 'dev-uk',
  });
  environment = config.environment;
});

const message = (data: unknown, rest: Partial<PubsubEvent> = {}): PubsubEvent => ({
  kind: 'pubsub',
  messageId: '2070443601311540',
  publishTimeMs: PUBLISHED,
  data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
  attributes: {},
  ...rest,
});

const exportOf = (data: unknown, rest?: Partial<PubsubEvent>) => {
  const { source, runMs, allowEmpty, allowShrink, ...task } = parseExportMessage(
    message(data, rest),
    environment,
    NOW,
  );
  const target = task.origin === 'firestore' ? task.collection.name : task.kind;
  return [
    `${task.origin}/${source.name}/${target}`,
    new Date(runMs).toISOString(),
    allowEmpty,
    allowShrink,
  ];
};

describe('an export message', () => {
  test.for([
    [
      'by project: its (default) database',
      { project: 'acme-apis-dev', collection: 'apis' },
      'firestore/acme-apis-dev/apis',
    ],
    [
      'by project and database',
      { project: 'acme-apis-dev', database: 'orders', collection: 'apis' },
      'firestore/orders-dev/apis',
    ],
    ['by source', { source: 'orders-dev', collection: 'apis' }, 'firestore/orders-dev/apis'],
    [
      'by the name of a collection',
      { source: 'orders-dev', collection: 'acme-apis' },
      'firestore/orders-dev/acme-apis',
    ],
    ['by cluster and kind', { cluster: 'apps', kind: 'pods' }, 'gke/apps/pods'],
  ] as const)('%s', ([, data, slice], { expect }) => {
    expect(exportOf(data)).toEqual([slice, '2026-11-23T23:00:01.750Z', false, false]);
  });

  test('takes a run and what it allows', ({ expect }) => {
    expect(
      exportOf({
        source: 'orders-dev',
        collection: 'apis',
        run: '20261123T010000.000Z',
        allowEmpty: true,
        allowShrink: true,
      }),
    ).toEqual(['firestore/orders-dev/apis', '2026-11-23T01:00:00.000Z', true, true]);
  });

  test.for([
    ['{"source":"orders-dev","collection":"apis","run":"20261123T230001.750Z"}'],
    [
      '{"source":"orders-dev","collection":"apis","run":"20261123T230001.750Z","allowEmpty":true,"allowShrink":true}',
    ],
    ['{"cluster":"apps","kind":"pods","run":"20261123T230001.750Z"}'],
  ])('is written as it is read: %s', ([text = ''], { expect }) => {
    expect(formatExportMessage(parseExportMessage(message(text), environment, NOW))).toBe(text);
  });

  const FORMS =
    'names no slice. Name one by {"project","collection"}, {"project","database","collection"}, {"source","collection"} or {"cluster","kind"}';

  test.for<[string, unknown, string, string]>([
    [
      'that is no JSON',
      'apis',
      'bad-message',
      `the data is not JSON: Unexpected token 'a', "apis" is not valid JSON`,
    ],
    [
      'that is cut',
      '{"source":',
      'bad-message',
      'the data is not JSON: Unexpected end of JSON input',
    ],
    ['that is a list', [], 'bad-message', 'it must be a map of options, not a list'],
    ['that is null', 'null', 'bad-message', 'it is empty: give it a value or leave it out'],
    [
      'with an unknown option',
      { source: 'orders-dev', colection: 'apis' },
      'bad-message',
      'colection is not an option (Did you mean collection?)',
    ],
    [
      'with an option of the wrong type',
      { source: 'orders-dev', collection: 'apis', allowEmpty: 'yes' },
      'bad-message',
      'allowEmpty must be true or false, not "yes"',
    ],
    [
      'with two mistakes',
      { source: 7, collection: 'apis', force: true },
      'bad-message',
      'source must be text, not 7; force is not an option (There are project, database, source, collection, cluster, kind, run, allowEmpty, allowShrink)',
    ],
    [
      'with a kind that is not read',
      { cluster: 'apps', kind: 'secrets' },
      'bad-message',
      'kind must be "pods" or "nodes" or "clusters", not "secrets"',
    ],
    ['with nothing', {}, 'bad-message', FORMS],
    ['with no collection', { source: 'orders-dev' }, 'bad-message', FORMS],
    [
      'with a database of no project',
      { database: 'orders', collection: 'apis' },
      'bad-message',
      FORMS,
    ],
    [
      'with two sources',
      { source: 'orders-dev', project: 'acme-apis-dev', collection: 'apis' },
      'bad-message',
      FORMS,
    ],
    [
      'with a database of a source',
      { source: 'orders-dev', database: 'orders', collection: 'apis' },
      'bad-message',
      FORMS,
    ],
    [
      'with a cluster and a collection',
      { cluster: 'apps', kind: 'pods', collection: 'apis' },
      'bad-message',
      FORMS,
    ],
    ['with a cluster alone', { cluster: 'apps' }, 'bad-message', FORMS],
    [
      'with a kind of a source',
      { source: 'orders-dev', collection: 'apis', kind: 'pods' },
      'bad-message',
      FORMS,
    ],
  ])('%s is refused', ([, data, code, text], { expect }) => {
    expect(() => exportOf(data)).toThrow(
      expect.objectContaining({
        outcome: 'refused',
        code,
        message: `message 2070443601311540: ${text}`,
      }),
    );
  });

  test.for<[string, unknown, string, string]>([
    [
      'a source',
      { source: 'order-dev', collection: 'apis' },
      'unknown-source',
      'order-dev is not a Firestore source of dev-uk. Did you mean orders-dev? There are acme-apis-dev, orders-dev',
    ],
    [
      'a project',
      { project: 'acme-apis-prod', collection: 'apis' },
      'unknown-source',
      'acme-apis-prod is not a Firestore source of dev-uk. Did you mean acme-apis-dev? There are acme-apis-dev, acme-apis-dev with database orders',
    ],
    [
      'a database',
      { project: 'acme-apis-dev', database: 'order', collection: 'apis' },
      'unknown-source',
      'acme-apis-dev with database order is not a Firestore source of dev-uk. ' +
        'Did you mean acme-apis-dev with database orders? There are acme-apis-dev, acme-apis-dev with database orders',
    ],
    [
      'a collection',
      { source: 'acme-apis-dev', collection: 'api' },
      'unknown-collection',
      'api is not a collection of source acme-apis-dev. Did you mean apis? There are apis, products, versions',
    ],
    [
      'a collection of another source',
      { source: 'orders-dev', collection: 'versions' },
      'unknown-collection',
      'versions is not a collection of source orders-dev. There are apis, products, acme-apis',
    ],
    [
      'a cluster',
      { cluster: 'app', kind: 'pods' },
      'unknown-source',
      'app is not a cluster of dev-uk. Did you mean apps? There is apps',
    ],
  ])('for %s that is not configured is refused', ([, data, code, text], { expect }) => {
    expect(() => exportOf(data)).toThrow(
      expect.objectContaining({ outcome: 'refused', code, message: text }),
    );
  });

  test('that carries only attributes is refused, saying so', ({ expect }) => {
    const attributes = { project: 'acme-apis-dev', collection: 'apis' };

    expect(() => exportOf('', { attributes, subscription: 'projects/p/subscriptions/s' })).toThrow(
      expect.objectContaining({
        outcome: 'refused',
        code: 'bad-message',
        message:
          'message 2070443601311540 of projects/p/subscriptions/s: the message carries no data, only attributes ' +
          '(project, collection). firesink reads the data: put the JSON there',
      }),
    );
  });

  test('that is not UTF-8 is refused', ({ expect }) => {
    const data = Buffer.from([0x22, 0xff, 0x22]);

    expect(() => parseExportMessage(message('', { data }), environment, NOW)).toThrow(
      /the data is not JSON/,
    );
  });

  test('without a publish time needs a run', ({ expect }) => {
    const data = { source: 'orders-dev', collection: 'apis' };
    const { publishTimeMs: _, ...untimed } = message({ ...data, run: '20261123T010000.000Z' });
    const { publishTimeMs: __, ...neither } = message(data);

    expect(parseExportMessage(untimed, environment, NOW).runMs).toBe(Date.UTC(2026, 10, 23, 1));
    expect(() => parseExportMessage(neither, environment, NOW)).toThrow(
      expect.objectContaining({ outcome: 'refused', code: 'no-publish-time' }),
    );
  });
});

describe('a schedule message', () => {
  const planned = (data: unknown) => {
    const { runMs, pairs } = parseScheduleMessage(message(data), environment, NOW);
    return [
      new Date(runMs).toISOString(),
      ...pairs.map(({ source, collection }) => `${source.name}/${collection.name}`),
    ];
  };

  const ALL = [
    'acme-apis-dev/apis',
    'acme-apis-dev/products',
    'acme-apis-dev/versions',
    'orders-dev/apis',
    'orders-dev/products',
    'orders-dev/acme-apis',
  ];

  test.for<[string, unknown, string[]]>([
    ['from Cloud Scheduler', { trigger: 'scheduler' }, ['2026-11-23T23:00:00.000Z', ...ALL]],
    ['from a person', {}, ['2026-11-23T23:00:01.750Z', ...ALL]],
    ['with a run', { run: '20261123T220000.000Z' }, ['2026-11-23T22:00:00.000Z', ...ALL]],
    [
      'for sources',
      { sources: ['orders-dev'] },
      [
        '2026-11-23T23:00:01.750Z',
        'orders-dev/apis',
        'orders-dev/products',
        'orders-dev/acme-apis',
      ],
    ],
    [
      'for collections',
      { collections: ['apis'] },
      ['2026-11-23T23:00:01.750Z', 'acme-apis-dev/apis', 'orders-dev/apis'],
    ],
    [
      'for both',
      { sources: ['orders-dev'], collections: ['apis', 'acme-apis'] },
      ['2026-11-23T23:00:01.750Z', 'orders-dev/apis', 'orders-dev/acme-apis'],
    ],
  ])('%s', ([, data, expected], { expect }) => {
    expect(planned(data)).toEqual(expected);
  });

  test.for<[string, unknown, string]>([
    [
      'another trigger',
      { trigger: 'cron' },
      'message 2070443601311540: trigger must be "scheduler", not "cron"',
    ],
    [
      'an empty list',
      { sources: [] },
      'message 2070443601311540: sources a list names none: leave it out for all of them',
    ],
    [
      'an unknown option',
      { collection: 'apis' },
      'message 2070443601311540: collection is not an option (Did you mean collections?)',
    ],
    [
      'an unknown source',
      { sources: ['orders'] },
      'orders is not a Firestore source of dev-uk. There are acme-apis-dev, orders-dev',
    ],
    [
      'an unknown collection',
      { collections: ['apiz'] },
      'apiz is not a collection of dev-uk. Did you mean apis? There are apis, products, versions, acme-apis',
    ],
    [
      'a collection that the source does not have',
      { sources: ['orders-dev'], collections: ['versions'] },
      'versions is not a collection of orders-dev. There are apis, products, acme-apis',
    ],
  ])('with %s is refused', ([, data, text], { expect }) => {
    expect(() => planned(data)).toThrow(
      expect.objectContaining({ outcome: 'refused', message: text }),
    );
  });
});

describe('a load event', () => {
  const SNAPSHOT = 'firestore/orders-dev/apis/20261123T230000.000Z.ndjson';
  const FINALIZED = { eventType: 'OBJECT_FINALIZE', payloadFormat: 'JSON_API_V1' };
  const notified = (
    name: string,
    attributes: Record<string, string> = FINALIZED,
    bucket = 'acme-firesink',
  ) => parseLoadEvent(message({ bucket, name, generation: '17' }, { attributes }), environment);

  test('names the slice of a snapshot', ({ expect }) => {
    expect(notified(SNAPSHOT)).toMatchObject({
      origin: 'firestore',
      source: { name: 'orders-dev' },
      collection: { name: 'apis' },
      folder: { origin: 'firestore', source: 'orders-dev', collection: 'apis' },
      upload: false,
      stem: { runMs: Date.UTC(2026, 10, 23, 23) },
      object: { bucket: 'acme-firesink', name: SNAPSHOT, generation: '17' },
    });
  });

  test.for([
    ['of an upload', 'uploads/firestore/orders-dev/apis/by-hand.json', true, undefined],
    [
      'of an upload in a folder of its own',
      'uploads/firestore/orders-dev/apis/may/by-hand.ndjson.gz',
      true,
      undefined,
    ],
    ['of a file put among snapshots', 'firestore/orders-dev/apis/by-hand.ndjson', false, undefined],
    [
      'of a snapshot made of an upload',
      'firestore/orders-dev/apis/20261123T230000.000Z_upload_0f3a9c21d4e5.ndjson',
      false,
      { runMs: Date.UTC(2026, 10, 23, 23), upload: '0f3a9c21d4e5' },
    ],
  ] as const)('names the slice %s', ([, name, upload, stem], { expect }) => {
    expect(notified(name)).toMatchObject({
      source: { name: 'orders-dev' },
      collection: { name: 'apis' },
      upload,
      stem,
    });
  });

  test('names the kind of a cluster', ({ expect }) => {
    expect(notified('uploads/gke/apps/pods/pods.json')).toMatchObject({
      origin: 'gke',
      source: { name: 'apps' },
      kind: 'pods',
      upload: true,
    });
  });

  test('comes straight from Cloud Storage through Eventarc too', ({ expect }) => {
    const event: StorageEvent = {
      kind: 'storage',
      type: 'google.cloud.storage.object.v1.finalized',
      data: { bucket: 'acme-firesink', name: SNAPSHOT, generation: 17 },
    };

    expect(parseLoadEvent(event, environment)).toMatchObject({
      object: { name: SNAPSHOT, generation: '17' },
    });
  });

  test('is published by the sweep in the form of a notification', ({ expect }) => {
    const object = { bucket: 'acme-firesink', name: SNAPSHOT, generation: '17' };
    const { data, attributes } = formatLoadMessage(object);

    expect(parseLoadEvent(message(data, { attributes }), environment)).toMatchObject({ object });
    expect(attributes).toEqual({
      eventType: 'OBJECT_FINALIZE',
      payloadFormat: 'JSON_API_V1',
      bucketId: 'acme-firesink',
      objectId: SNAPSHOT,
      objectGeneration: '17',
    });
  });

  test("may be a person's, without attributes or generation", ({ expect }) => {
    const event = message({ bucket: 'acme-firesink', name: SNAPSHOT });

    expect(parseLoadEvent(event, environment)?.object).toEqual({
      bucket: 'acme-firesink',
      name: SNAPSHOT,
    });
  });

  test.for([
    ['parts', 'parts/firestore/orders-dev/apis/20261123T230000.000Z.ndjson/0001.ndjson', FINALIZED],
    ["the console's folders", 'uploads/firestore/orders-dev/apis/', FINALIZED],
    ['deletions', SNAPSHOT, { eventType: 'OBJECT_DELETE' }],
    ['changes of metadata', SNAPSHOT, { eventType: 'OBJECT_METADATA_UPDATE' }],
  ] as const)('is acknowledged in silence for %s', ([, name, attributes], { expect }) => {
    expect(notified(name, attributes)).toBeUndefined();
  });

  test('is acknowledged in silence for deletions through Eventarc', ({ expect }) => {
    const type = 'google.cloud.storage.object.v1.deleted';

    expect(parseLoadEvent({ kind: 'storage', type, data: {} }, environment)).toBeUndefined();
  });

  const HINT =
    'Put it under uploads/firestore/<source>/<collection>/ or uploads/gke/<cluster>/<kind>/';

  test.for([
    [
      'outside of the layout',
      'config/firesink.yaml',
      'bad-object-name',
      `is neither a snapshot nor an upload. ${HINT}`,
    ],
    [
      'that lies too high',
      'uploads/firestore/orders-dev/apis.ndjson',
      'bad-object-name',
      `is neither a snapshot nor an upload. ${HINT}`,
    ],
    [
      'of an unknown origin',
      'uploads/spanner/orders-dev/apis/a.ndjson',
      'bad-object-name',
      `is neither a snapshot nor an upload. ${HINT}`,
    ],
    [
      'of an unknown source',
      'uploads/firestore/orders/apis/a.json',
      'unknown-source',
      'orders is not a Firestore source of dev-uk. There are acme-apis-dev, orders-dev',
    ],
    [
      'of an unknown collection',
      'uploads/firestore/orders-dev/apiz/a.json',
      'unknown-collection',
      'apiz is not a collection of source orders-dev. Did you mean apis? There are apis, products, acme-apis',
    ],
    [
      'of an unknown cluster',
      'gke/appz/pods/a.json',
      'unknown-source',
      'appz is not a cluster of dev-uk. Did you mean apps? There is apps',
    ],
    [
      'of an unknown kind',
      'gke/apps/pod/a.json',
      'unknown-collection',
      'pod is not read of clusters. Did you mean pods? There are pods, nodes, clusters',
    ],
  ] as const)('for an object %s is refused', ([, name, code, text], { expect }) => {
    expect(() => notified(name)).toThrow(
      expect.objectContaining({
        outcome: 'refused',
        code,
        message: `gs://acme-firesink/${name}: ${text}`,
      }),
    );
  });

  test('of another bucket is refused', ({ expect }) => {
    expect(() => notified(SNAPSHOT, FINALIZED, 'other')).toThrow(
      expect.objectContaining({
        outcome: 'refused',
        code: 'bad-object-name',
        message: `gs://other/${SNAPSHOT}: dev-uk uses bucket acme-firesink, not this one`,
      }),
    );
  });

  test('without a payload is refused, saying what to change', ({ expect }) => {
    const attributes = {
      eventType: 'OBJECT_FINALIZE',
      payloadFormat: 'NONE',
      bucketId: 'b',
      objectId: SNAPSHOT,
    };

    expect(() => parseLoadEvent(message('', { attributes }), environment)).toThrow(
      expect.objectContaining({
        outcome: 'refused',
        code: 'bad-message',
        message:
          'message 2070443601311540: the notification was made without a payload. ' +
          'Create the notification again, with payload format JSON_API_V1',
      }),
    );
  });

  test('that describes no object is refused', ({ expect }) => {
    const type = 'google.cloud.storage.object.v1.finalized';

    expect(() =>
      parseLoadEvent({ kind: 'storage', type, data: { bucket: 'b' } }, environment),
    ).toThrow(`the event ${type} describes no object: name is missing`);
    expect(() => parseLoadEvent(message({ name: SNAPSHOT }), environment)).toThrow(
      'bucket is missing',
    );
  });
});
