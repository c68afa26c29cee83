// Which request goes wrong, and how: by the seed of the run it belongs to, by what it asks for, and by how
// often that has been asked before. So a run meets the same faults again, as far as it asks the same again;
// in which order processes get to ask is the machine's.
import type { Decide, DoorRequest, Fault } from '../support/http-door.ts';
import { chance, choice } from './random.ts';

export interface FaultRates {
  /** Share of requests. */
  share: number;
  kinds: readonly ((seed: number, key: string) => Fault)[];
}

const answer = (status: number, reason: string, when: 'before' | 'after') => (): Fault => ({
  do: 'answer',
  when,
  status,
  body: { error: { code: status, message: `chaos: ${reason}`, errors: [{ reason }] } },
});

const delay = (seed: number, key: string): Fault => ({
  do: 'delay',
  ms: choice(seed, `${key} delay`, 600),
});

/** Of Cloud Storage and BigQuery. */
export const SERVICE_FAULTS: FaultRates = {
  share: 0.06,
  kinds: [
    () => ({ do: 'reset', when: 'before' }),
    () => ({ do: 'reset', when: 'after' }),
    () => ({ do: 'cut' }),
    answer(503, 'backendError', 'before'),
    answer(503, 'backendError', 'after'),
    answer(500, 'internalError', 'after'),
    answer(429, 'rateLimitExceeded', 'before'),
    delay,
    delay,
  ],
};

/** Of deliveries: lost, acknowledged in vain, late and so out of order, twice, and all of it at once. */
export const PUSH_FAULTS: FaultRates = {
  share: 0.35,
  kinds: [
    answer(429, 'rate', 'before'),
    () => ({ do: 'reset', when: 'before' }),
    () => ({ do: 'reset', when: 'after' }),
    answer(503, 'unavailable', 'after'),
    delay,
    delay,
    (seed, key) => ({ do: 'twice', ms: choice(seed, `${key} twice`, 400) }),
    () => ({ do: 'twice', ms: 0 }),
    () => ({ do: 'twice', ms: 0 }),
  ],
};

/** Objects are read slowly by BigQuery: so load jobs take a while, and meet. */
export const SLOW_READS: FaultRates = { share: 0.7, kinds: [delay] };

/** @param seedOf  the run a request belongs to; undefined for what belongs to none, which is left alone */
export function seededFaults(
  { share, kinds }: FaultRates,
  seedOf: (text: string) => number | undefined,
): Decide {
  const asked = new Map<string, number>();
  return (request) => {
    const key = keyOf(request);
    const seed = seedOf(key);
    if (seed === undefined) return undefined;
    const times = asked.get(key) ?? 0;
    asked.set(key, times + 1);
    const moment = `${key} ${times}`;
    if (chance(seed, moment) >= share) return undefined;
    return kinds[choice(seed, `${moment} kind`, kinds.length)]?.(seed, moment);
  };
}

/** What is asked for, without what differs from one time to the next. */
function keyOf({ method, url, body }: DoorRequest): string {
  const { pathname, searchParams } = new URL(url, 'http://door');
  const name = searchParams.get('name') ?? searchParams.get('prefix') ?? '';
  return `${method} ${decodeURIComponent(pathname)} ${name} ${posted(body)}`;
}

/** The job's id, the object's name, or the message's data. */
function posted(body: Buffer): string {
  const text = body.subarray(0, 20_000).toString('latin1');
  const job = /"jobId":"(\w+)"/.exec(text)?.[1];
  if (job !== undefined) return job;
  const message = /"data":"([\w+/=-]+)"/.exec(text)?.[1];
  if (message === undefined) return '';
  const data = Buffer.from(message, 'base64').toString();
  return /"name":"([^"]+)"/.exec(data)?.[1] ?? data;
}
