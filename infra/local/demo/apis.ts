// The sample's collection `apis`, and the subcollections `versions` below some of them.
import { createHash } from 'node:crypto';
import { FieldValue, GeoPoint } from '@google-cloud/firestore';
import type { SampleContext, SampleDocument } from './documents.ts';
import { backendServices } from './platform.ts';
import { timestampAt } from './times.ts';

const LIFECYCLES = ['design', 'beta', 'live', 'live', 'live', 'deprecated', 'retired'] as const;
const VISIBILITIES = ['internal', 'internal', 'partner', 'public'] as const;
const TAGS = [
  'core',
  'pci',
  'gdpr',
  'batch',
  'realtime',
  'mobile',
  'legacy',
  'événement',
  '🚀 new',
];
const DATA_CENTRES = [
  { latitude: 51.5074, longitude: -0.1278 },
  { latitude: 53.3498, longitude: -6.2603 },
  { latitude: 50.1109, longitude: 8.6821 },
  { latitude: -33.8688, longitude: 151.2093 },
] as const;

/** `orders-v1` … in every source, so that the same id exists more than once in the table. */
export function* apis(context: SampleContext): Generator<SampleDocument> {
  const { source } = context;
  const services = backendServices(source).map(({ id }) => id);
  for (let index = 0; index < source.counts.apis; index += 1) {
    const id = apiId(context, index);
    const data = { ...api(context, id, services), ...misfit(index) };
    yield { path: `apis/${id}`, data };
  }
}

export function* versions(context: SampleContext): Generator<SampleDocument> {
  const { source, random } = context;
  for (let index = 0; index < source.counts.versions; index += 1) {
    const parent = apiId(context, Math.floor(index / 4) % source.counts.apis);
    const number = `${1 + Math.floor(index / 4 / source.counts.apis)}.${index % 4}.0`;
    yield {
      path: `apis/${parent}/versions/${number}`,
      data: {
        number,
        released_at: timestampAt(random),
        breaking: random.once(5),
        changes: random.some(['fields added', 'faster', 'pagination', 'clearer errors'], 2),
        specification_bytes: random.integer(4_000, 900_000),
      },
    };
  }
}

export function apiId({ source }: Pick<SampleContext, 'source'>, index: number): string {
  const resource = source.resources[index % source.resources.length] ?? 'platform';
  return `${resource}-v${1 + Math.floor(index / source.resources.length)}`;
}

function api(
  { firestore, random, source }: SampleContext,
  id: string,
  services: readonly string[],
): SampleDocument['data'] {
  const lifecycle = random.pick(LIFECYCLES);
  const { latitude, longitude } = random.pick(DATA_CENTRES);
  return {
    display_name: `${id.replace(/^./, (first) => first.toUpperCase())} API`,
    description: random.once(10) ? null : `Everything about ${id}, for the ${source.domain} teams.`,
    version: `${random.integer(1, 9)}.${random.integer(0, 20)}.${random.integer(0, 99)}`,
    lifecycle,
    visibility: random.pick(VISIBILITIES),
    base_path: `/${source.domain}/${id}`,
    owner: owner(source.domain, random.integer(1, 12)),
    backend_services: random.some(services, random.integer(1, 3)),
    tags: random.some(TAGS, random.integer(0, 3)),
    operations: operations(id, random.integer(1, 4)),
    rate_limit_per_minute: random.pick([60, 600, 6_000, 60_000]),
    // Some counters have outgrown the integers a double can hold.
    calls_total: random.once(20)
      ? 9_007_199_254_740_993n + BigInt(random.integer(0, 1_000_000))
      : random.integer(0, 2_000_000_000),
    error_ratio: random.once(40) ? Number.NaN : random.fraction() / 50,
    deprecated: lifecycle === 'deprecated' || lifecycle === 'retired',
    published_on: `202${random.integer(0, 5)}-0${random.integer(1, 9)}-${random.integer(10, 28)}`,
    created_at: timestampAt(random),
    deployed_at: timestampAt(random),
    specification_sha256: createHash('sha256').update(`${source.name}/${id}`).digest(),
    data_centre: new GeoPoint(latitude, longitude),
    successor: lifecycle === 'deprecated' ? firestore.doc(`apis/${id}-next`) : null,
    settings: {
      cache: { ttl_seconds: random.integer(0, 3600) },
      cors: random.once(2),
      weights: [1, 0.5],
    },
    embedding: FieldValue.vector(Array.from({ length: 4 }, () => random.fraction() - 0.5)),
    // Without a column of its own: kept in `_data`.
    internal_notes: random.once(3) ? `Reviewed by ${source.domain} architects` : null,
  };
}

const owner = (domain: string, team: number) => ({
  team: `${domain}-${team}`,
  email: `${domain}-${team}@acme.example`,
  cost_centre: 4_000 + team,
});

const operations = (id: string, count: number) =>
  [
    { method: 'GET', path: `/${id}`, scopes: ['read'], deprecated: false },
    { method: 'POST', path: `/${id}`, scopes: ['write'], deprecated: false },
    { method: 'GET', path: `/${id}/{id}`, scopes: ['read'], deprecated: false },
    { method: 'DELETE', path: `/${id}/{id}`, scopes: ['write', 'admin'], deprecated: true },
  ].slice(0, count);

/** What people really write into a database without a schema: each is one `_row_errors` entry. */
const MISFITS: readonly SampleDocument['data'][] = [
  { rate_limit_per_minute: 'unlimited' },
  { error_ratio: 'n/a' },
  { published_on: '2026-02-30' },
  { owner: 'the platform team' },
  { tags: ['core', null, 'pci'] },
  { created_at: 'yesterday' },
  { calls_total: 12.5 },
  { data_centre: { latitude: 51.5, longitude: -0.13 } },
  { operations: 'see the wiki' },
  { specification_sha256: 'not base64!' },
  { deprecated: 'no' },
];

/** Every fiftieth document breaks its schema, each kind of mistake in turn. */
function misfit(index: number): SampleDocument['data'] {
  if (index % 50 !== 49) return {};
  return MISFITS[Math.floor(index / 50) % MISFITS.length] ?? {};
}
