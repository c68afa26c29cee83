// The sample's collection `backendservices`: what runs behind the APIs, and in which cluster.
import type { SampleContext, SampleDocument } from './documents.ts';
import { type BackendService, backendServices } from './platform.ts';
import { timestampAt } from './times.ts';

export function* services(context: SampleContext): Generator<SampleDocument> {
  const all = backendServices(context.source);
  const ids = all.map(({ id }) => id);
  for (const [index, service] of all.entries()) {
    const data = { ...describe(context, service, ids), ...misfit(index) };
    yield { path: `backendservices/${service.id}`, data };
  }
}

function describe(
  { random, source }: SampleContext,
  service: BackendService,
  ids: readonly string[],
): SampleDocument['data'] {
  return {
    cluster: service.cluster,
    namespace: service.namespace,
    workload: service.workload,
    workload_kind: service.workloadKind,
    protocol: random.pick(['http', 'http', 'grpc']),
    port: random.pick([8080, 8443, 9090]),
    replicas: service.replicas,
    timeout_ms: random.pick([500, 2_000, 30_000]),
    tls: !random.once(10),
    availability_target: random.pick([0.99, 0.999, 0.9995]),
    depends_on: random.some(
      ids.filter((id) => id !== service.id),
      random.integer(0, 2),
    ),
    health_check: { path: '/healthz', interval_seconds: 10, threshold: random.integer(1, 5) },
    image: `europe-docker.pkg.dev/acme/${source.domain}/${service.workload}:${random.integer(1, 400)}`,
    on_call: `${source.domain}-on-call@acme.example`,
    labels: { app: service.workload, 'app.kubernetes.io/part-of': source.domain },
    deployed_at: timestampAt(random),
  };
}

const MISFITS: readonly SampleDocument['data'][] = [
  { port: 'https' },
  { replicas: { min: 2, max: 6 } },
  { depends_on: 'orders-api' },
];

/** Every fortieth document breaks its schema, each kind of mistake in turn. */
function misfit(index: number): SampleDocument['data'] {
  if (index % 40 !== 39) return {};
  return MISFITS[Math.floor(index / 40) % MISFITS.length] ?? {};
}
