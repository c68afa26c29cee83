// The platform the sample describes: which sources there are, and which backend services each runs, in
// which cluster and namespace. Plain data without any client, so that samples of other systems (Kubernetes)
// can show the very same workloads.
import { createRandom } from './random.ts';

export interface SampleSource {
  /** As in firesink.yaml beside this file. */
  name: string;
  project: string;
  database: string;
  /** Business domain: begins the names of its services, and names the namespace they run in. */
  domain: string;
  resources: readonly string[];
  /** Documents per collection; `versions` lie under some of the APIs. */
  counts: {
    apis: number;
    capextchannels: number;
    backendservices: number;
    products: number;
    versions: number;
  };
}

export interface BackendService {
  /** Document id in `backendservices`, e.g. `orders-pricing`. */
  id: string;
  cluster: string;
  namespace: string;
  /** Pods are named `<workload>-…`. */
  workload: string;
  workloadKind: 'Deployment' | 'StatefulSet';
  replicas: number;
}

export const SAMPLE_SOURCES: readonly SampleSource[] = [
  {
    name: 'acme-retail',
    project: 'acme-retail',
    database: '(default)',
    domain: 'retail',
    resources: ['orders', 'baskets', 'prices', 'stock', 'offers', 'reviews', 'stores', 'returns'],
    counts: { apis: 600, capextchannels: 120, backendservices: 240, products: 300, versions: 1200 },
  },
  {
    name: 'acme-payments',
    project: 'acme-payments',
    database: '(default)',
    domain: 'payments',
    resources: ['cards', 'refunds', 'invoices', 'mandates', 'payouts', 'disputes', 'wallets'],
    counts: { apis: 400, capextchannels: 80, backendservices: 160, products: 200, versions: 700 },
  },
  {
    name: 'acme-logistics',
    project: 'acme-logistics',
    database: '(default)',
    domain: 'logistics',
    resources: ['shipments', 'routes', 'depots', 'vehicles', 'labels', 'customs'],
    // No channels yet: an empty collection is normal, and the summary shows how that looks.
    counts: { apis: 250, capextchannels: 0, backendservices: 100, products: 150, versions: 0 },
  },
  {
    name: 'logistics-partners',
    project: 'acme-logistics',
    database: 'partners',
    domain: 'partners',
    resources: ['carriers', 'contracts', 'tariffs', 'claims'],
    counts: { apis: 120, capextchannels: 40, backendservices: 60, products: 0, versions: 0 },
  },
];

const ROLES = [
  'api',
  'search',
  'pricing',
  'events',
  'ledger',
  'notifier',
  'import',
  'export',
  'rules',
  'cache',
  'audit',
  'gateway',
] as const;

/** In the order of their ids' making: always the same ones for the same source. */
export function backendServices(source: SampleSource): BackendService[] {
  const random = createRandom(`${source.name}/backendservices`);
  return Array.from({ length: source.counts.backendservices }, (_, index) => {
    const workload = workloadName(source, index);
    const stateful = workload.includes('ledger') || workload.includes('cache');
    return {
      id: workload,
      cluster: random.pick(['apps-eu', 'apps-eu', 'apps-us']),
      namespace: source.domain,
      workload,
      workloadKind: stateful ? 'StatefulSet' : 'Deployment',
      replicas: random.integer(1, 6),
    };
  });
}

/** `orders-api`, `orders-search`, …, then `baskets-api`, …; numbered once every pair was used. */
function workloadName({ resources }: SampleSource, index: number): string {
  const pair = Math.floor(index / ROLES.length);
  const resource = resources[pair % resources.length] ?? 'platform';
  const round = Math.floor(pair / resources.length);
  const role = ROLES[index % ROLES.length] ?? 'api';
  return round === 0 ? `${resource}-${role}` : `${resource}-${role}-${round + 1}`;
}
