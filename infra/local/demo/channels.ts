// The sample's collection `capextchannels`: the external channels through which a capability is used.

import { apiId } from './apis.ts';
import type { SampleContext, SampleDocument } from './documents.ts';
import { timestampAt } from './times.ts';

const KINDS = ['web', 'mobile', 'branch', 'partner', 'machine'] as const;
const CAPABILITIES = ['browse', 'buy', 'pay', 'track', 'return', 'complain'] as const;
const AUDIENCES = ['customers', 'merchants', 'couriers', 'staff'] as const;
const COUNTRIES = ['GB', 'IE', 'FR', 'DE', 'ES', 'PL', 'AU', 'JP'];

export function* channels(context: SampleContext): Generator<SampleDocument> {
  const { source } = context;
  for (let index = 0; index < source.counts.capextchannels; index += 1) {
    const id = `channel-${String(index + 1).padStart(4, '0')}`;
    yield { path: `capextchannels/${id}`, data: { ...channel(context, id), ...misfit(index) } };
  }
}

function channel(context: SampleContext, id: string): SampleDocument['data'] {
  const { random, source } = context;
  const kind = random.pick(KINDS);
  const capability = random.pick(CAPABILITIES);
  return {
    name: `${capability} by ${kind} (${source.domain})`,
    kind,
    capability,
    audience: random.pick(AUDIENCES),
    apis: Array.from({ length: random.integer(1, 4) }, () =>
      apiId(context, random.integer(0, source.counts.apis - 1)),
    ),
    countries: random.some(COUNTRIES, random.integer(1, 5)),
    opens_at: random.pick(['06:00:00', '08:30:00', '00:00:00']),
    closes_at: random.pick(['20:00:00', '22:15:00', '23:59:59.999999']),
    goes_live_at: `2026-0${random.integer(1, 9)}-15 09:00:00`,
    monthly_budget: random.integer(100, 900_000) / 4,
    rating: random.integer(0, 50) / 10,
    active: !random.once(4),
    external: kind === 'partner' || kind === 'machine',
    contact: {
      name: random.pick(['Zoë Ångström', 'O’Neill & Sons', '山田 太郎', 'Ada Lovelace']),
      email: `${id}@acme.example`,
      phone: `+44 20 7946 0${random.integer(100, 999)}`,
    },
    configuration: { theme: random.pick(['light', 'dark']), features: { beta: random.once(3) } },
    updated_at: timestampAt(random),
  };
}

const MISFITS: readonly SampleDocument['data'][] = [
  { opens_at: '25:00:00' },
  { monthly_budget: '1,200.00' },
  { contact: { phone: '+44 20 7946 0000 extension 1234' } },
  { countries: 'GB' },
  { active: 1 },
];

/** Every twentieth document breaks its schema, each kind of mistake in turn. */
function misfit(index: number): SampleDocument['data'] {
  if (index % 20 !== 19) return {};
  return MISFITS[Math.floor(index / 20) % MISFITS.length] ?? {};
}
