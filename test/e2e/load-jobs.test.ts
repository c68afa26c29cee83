// What BigQuery says of a load job, and what the load stage makes of it: over the real protocol, with a door
// in front of the stand-in that answers in its place.
import { FiresinkError } from '@firesink/shared/errors.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DoorRequest, Fault } from '../support/http-door.ts';
import { type LoadWorld, openLoadWorld } from '../support/load-world.ts';

const PASSING = [
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'jobRateLimitExceeded',
  'notFound',
  'quotaExceeded',
  'rateLimitExceeded',
  'resourceInUse',
  'resourcesExceeded',
  'stopped',
  'tableUnavailable',
  'timeout',
  'aReasonNobodyHasHeardOf',
];

const DATA = [
  'attributeError',
  'badRequest',
  'invalid',
  'invalidQuery',
  'notImplemented',
  'responseTooLarge',
];

const RIGHTS =
  'Give the account firesink runs as the role that the message names; the next run tries again';

const FINAL: [string, string][] = [
  ['accessDenied', RIGHTS],
  ['billingNotEnabled', 'Enable billing for the project; the next run tries again'],
  ['billingTierLimitExceeded', 'Raise the billing tier of the project'],
  ['blocked', 'Google has blocked the operation for a while: ask its support'],
  ['invalidUser', RIGHTS],
  ['proxyAuthenticationRequired', 'Give the proxy its credentials; the next run tries again'],
];

const FAULTY = [
  'insert503',
  'insertReset',
  'insertCut',
  'insertLost',
  'get500',
  'list500',
  'denied',
];
const REASONS = [...PASSING, ...DATA, ...FINAL.map(([reason]) => reason)];
const COLLECTIONS = [...REASONS, ...FAULTY, 'fifty', 'order', 'shrinks', 'empties', 'short'];

const FIRST_RUN = Date.UTC(2026, 10, 1, 23);
const run = (hour: number): number => FIRST_RUN + hour * 3_600_000;

let world: LoadWorld;
/** What the door does, by collection; what it has seen, by collection. */
const faults = new Map<string, (request: DoorRequest) => Fault | undefined>();
const failedJobs = new Map<string, object>();

/** The collection a request is about: jobs name it in their source, and are then asked for by id. */
const owners = new Map<string, string>();

function collectionOf({ url, body }: DoorRequest): string | undefined {
  const jobId = /\/jobs\/(firesink_\w+)/.exec(url)?.[1];
  if (jobId) return owners.get(jobId);
  const text = body.toString();
  const [, posted] = /"jobId":"(\w+)"/.exec(text) ?? [];
  const [, folder] =
    /(?:firestore\/shop\/|DELETE FROM `\w+\.\w+\.firestore_)(\w+)/.exec(text) ?? [];
  if (posted && folder) owners.set(posted, folder);
  return folder ?? /tables\/firestore_(\w+)/.exec(url)?.[1];
}

function door(request: DoorRequest): Fault | undefined {
  const collection = collectionOf(request);
  return collection === undefined ? undefined : faults.get(collection)?.(request);
}

const isInsert = ({ method, url }: DoorRequest) => method === 'POST' && /\/jobs(\?|$)/.test(url);
const isGet = ({ method, url }: DoorRequest) => method === 'GET' && /\/jobs\/firesink_/.test(url);

const answer = (status: number, reason: string, when: 'before' | 'after' = 'before'): Fault => ({
  do: 'answer',
  when,
  status,
  body: { error: { code: status, message: `made up: ${reason}`, errors: [{ reason }] } },
});

/** The first job of a collection fails for this reason, without the stand-in ever hearing of it. */
function failFirstJob(collection: string, reason: string): void {
  let jobId: string | undefined;
  faults.set(collection, (request) => {
    if (isInsert(request) && jobId === undefined) {
      const job = JSON.parse(request.body.toString());
      jobId = String(job.jobReference.jobId);
      const error = { reason, message: `made up: ${reason}` };
      const failed = { ...job, status: { state: 'DONE', errorResult: error, errors: [error] } };
      failedJobs.set(jobId, failed);
      return {
        do: 'answer',
        when: 'before',
        status: 200,
        body: { ...job, status: { state: 'PENDING' } },
      };
    }
    const [, asked = ''] = /\/jobs\/(firesink_\w+)/.exec(request.url) ?? [];
    const body = isGet(request) ? failedJobs.get(asked) : undefined;
    return body && { do: 'answer', when: 'before', status: 200, body };
  });
}

/** @returns how a load ended: an event's state, or outcome, code and hint of its error */
async function ended(work: Promise<{ state: string }>): Promise<object> {
  try {
    return { state: (await work).state };
  } catch (error) {
    if (!(error instanceof FiresinkError)) throw error;
    const { outcome, code, hint } = error;
    return { outcome, code, hint };
  }
}

beforeAll(async () => {
  const collections = COLLECTIONS.map((name) =>
    name === 'shrinks' ? `{ collection: ${name}, maxShrink: 0.5 }` : `{ collection: ${name} }`,
  );
  world = await openLoadWorld({ collections, bigquery: door });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function putAndLoad(collection: string, hour: number, ids: string[]): Promise<object> {
  const pair = world.pair(collection);
  const name = await world.put(pair, { runMs: run(hour), ids });
  return ended(world.load(pair, name));
}

const tail = (id: string): string => id.replace(/^firesink_[0-9a-f]+_/, '');

describe.concurrent('a job that fails for a reason which passes is followed by the next attempt', () => {
  test.for(PASSING)('%s', async (reason, { expect: expectHere }) => {
    failFirstJob(reason, reason);
    expectHere(await putAndLoad(reason, 0, ['a', 'b'])).toEqual({ state: 'loaded' });
    const pair = world.pair(reason);
    expectHere(await world.ids(pair)).toEqual(['a', 'b']);
    const jobs = await world.jobs(pair);
    expectHere(jobs.map(({ id }) => tail(id))).toEqual(['none_1']);
  });
});

describe.concurrent('a job that cannot take the snapshot leaves the table as it was', () => {
  test.for(DATA)('%s', async (reason, { expect: expectHere }) => {
    expectHere(await putAndLoad(reason, 0, ['a'])).toEqual({ state: 'loaded' });
    failFirstJob(reason, reason);
    expectHere(await putAndLoad(reason, 1, ['b'])).toMatchObject({
      outcome: 'failed',
      code: 'bad-snapshot',
    });
    expectHere(await world.ids(world.pair(reason))).toEqual(['a']);
    // The next snapshot is none the worse for it.
    expectHere(await putAndLoad(reason, 2, ['c'])).toEqual({ state: 'loaded' });
    expectHere(await world.ids(world.pair(reason))).toEqual(['c']);
  });
});

describe.concurrent('a job that only a person can help ends its event, with what to do', () => {
  test.for(FINAL)('%s', async ([reason, hint], { expect: expectHere }) => {
    failFirstJob(reason, reason);
    expectHere(await putAndLoad(reason, 0, ['a'])).toEqual({
      outcome: 'failed',
      code: 'job-failed',
      hint,
    });
    // The next event, of the sweep or of a resync, finds the cause mended.
    const name = await world.put(world.pair(reason), { runMs: run(0), ids: ['a'] });
    expectHere(await ended(world.load(world.pair(reason), name))).toEqual({ state: 'loaded' });
  });
});

describe.concurrent('an insert without a clear answer never becomes a second job', () => {
  const once = (fault: Fault) => {
    let left = 1;
    return (request: DoorRequest) => (isInsert(request) && left-- > 0 ? fault : undefined);
  };
  test.for<[string, Fault]>([
    ['insert503', answer(503, 'backendError', 'after')],
    ['insertReset', { do: 'reset', when: 'after' }],
    ['insertCut', { do: 'cut' }],
    ['insertLost', { do: 'reset', when: 'before' }],
  ])('%s', async ([collection, fault], { expect: expectHere }) => {
    faults.set(collection, once(fault));
    expectHere(await putAndLoad(collection, 0, ['a', 'b'])).toEqual({ state: 'loaded' });
    const jobs = await world.jobs(world.pair(collection));
    expectHere(jobs.map(({ id }) => tail(id))).toEqual(['none_0']);
    expectHere(await world.ids(world.pair(collection))).toEqual(['a', 'b']);
  });
});

describe.concurrent('a service that does not answer is asked again by the next delivery', () => {
  test('jobs.get', async () => {
    faults.set('get500', (request) => (isGet(request) ? answer(500, 'internalError') : undefined));
    expect(await putAndLoad('get500', 0, ['a'])).toMatchObject({ outcome: 'retry' });
    faults.delete('get500');
    expect(await putAndLoad('get500', 0, ['a'])).toEqual({ state: 'loaded' });
  });

  test('tabledata.list', async () => {
    faults.set('list500', ({ url }) =>
      url.includes('/data?') ? answer(503, 'backendError') : undefined,
    );
    expect(await putAndLoad('list500', 0, ['a'])).toMatchObject({ outcome: 'retry' });
    faults.delete('list500');
    expect(await putAndLoad('list500', 0, ['a'])).toEqual({ state: 'loaded' });
  });

  test('but an insert that is denied is final', async () => {
    faults.set('denied', (request) =>
      isInsert(request) ? answer(403, 'accessDenied') : undefined,
    );
    expect(await putAndLoad('denied', 0, ['a'])).toEqual({
      outcome: 'failed',
      code: 'access-denied',
      hint: RIGHTS,
    });
  });
});

test('fifty events of one snapshot at once: one job does the work', async () => {
  const pair = world.pair('fifty');
  const name = await world.put(pair, { runMs: run(0), ids: ['a', 'b', 'c'] });
  const events = Array.from({ length: 50 }, () => world.load(pair, name));
  const states = (await Promise.all(events)).map(({ state }) => state);
  expect(new Set(states)).toEqual(new Set(['loaded']));
  expect((await world.jobs(pair)).map(({ id }) => tail(id))).toEqual(['none_0']);
  expect(await world.ids(pair)).toEqual(['a', 'b', 'c']);
});

test('snapshots 1, 2, 3 delivered as 3, 1, 2, 1, 3: the table shows 3 all along', async () => {
  const pair = world.pair('order');
  const put = (hour: number, ids: string[]) => world.put(pair, { runMs: run(hour), ids });
  const first = await put(1, ['a']);
  const second = await put(2, ['a', 'b']);
  const third = await put(3, ['a', 'b', 'c']);
  const seen: string[][] = [];
  for (const name of [third, first, second, first, third]) {
    await world.load(pair, name);
    seen.push(await world.ids(pair));
  }
  expect(seen).toEqual(Array.from({ length: 5 }, () => ['a', 'b', 'c']));
  expect(await world.jobs(pair)).toHaveLength(1);
});

test('a load of fewer rows than the snapshot has is repeated once, and then told', async () => {
  const pair = world.pair('short');
  const name = await world.put(pair, { runMs: run(0), ids: ['a', 'b'], rows: 3 });
  expect(await ended(world.load(pair, name))).toMatchObject({
    outcome: 'failed',
    code: 'rows-differ',
  });
  expect((await world.jobs(pair)).map(({ id }) => tail(id))).toEqual([
    'none_0',
    '20261101T230000_000Z_0',
  ]);
});

test('a snapshot that lost more rows than maxShrink allows waits for a word', async () => {
  expect(await putAndLoad('shrinks', 0, ['a', 'b', 'c', 'd'])).toEqual({ state: 'loaded' });
  expect(await putAndLoad('shrinks', 1, ['a'])).toMatchObject({
    outcome: 'refused',
    code: 'shrunken-snapshot',
  });
  const pair = world.pair('shrinks');
  expect(await world.ids(pair)).toEqual(['a', 'b', 'c', 'd']);
  expect(await putAndLoad('shrinks', 2, ['a', 'b'])).toEqual({ state: 'loaded' });
  const name = await world.put(pair, { runMs: run(3), ids: [], allowShrink: true });
  expect(await ended(world.load(pair, name))).toMatchObject({ code: 'empty-snapshot' });
  const accepted = await world.put(pair, { runMs: run(4), ids: ['a'], allowShrink: true });
  await world.put(pair, { runMs: run(5), ids: ['x'], allowShrink: true });
  await world.load(pair, accepted);
  expect(await world.ids(pair)).toEqual(['x']);
});

test('an empty snapshot that was allowed to takes the rows away, and the next one brings some back', async () => {
  const pair = world.pair('empties');
  expect(await putAndLoad('empties', 0, ['a', 'b'])).toEqual({ state: 'loaded' });
  expect(await putAndLoad('empties', 1, [])).toMatchObject({
    outcome: 'refused',
    code: 'empty-snapshot',
    hint: 'If the collection is meant to be empty, resync it with "allowEmpty":true',
  });
  expect(await world.ids(pair)).toEqual(['a', 'b']);

  let inserts = 0;
  faults.set('empties', (request) =>
    isInsert(request) && inserts++ === 0 ? answer(503, 'backendError', 'after') : undefined,
  );
  const name = await world.put(pair, { runMs: run(2), ids: [], allowEmpty: true });
  expect(await ended(world.load(pair, name))).toEqual({ state: 'empty' });
  expect(inserts).toBeGreaterThan(0);
  expect(await world.ids(pair)).toEqual([]);
  // An event of what was there before does not bring it back.
  const [first] = await world.system.clients
    .storage()
    .then((storage) => storage.bucket('sink').getFiles({ prefix: 'firestore/shop/empties/' }));
  expect(await ended(world.load(pair, first?.[0]?.name ?? ''))).toEqual({ state: 'empty' });
  expect(await world.ids(pair)).toEqual([]);

  expect(await putAndLoad('empties', 3, ['c'])).toEqual({ state: 'loaded' });
  expect(await world.ids(pair)).toEqual(['c']);
});
