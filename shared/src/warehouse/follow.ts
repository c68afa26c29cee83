// The hands of the chain: asks BigQuery and Cloud Storage what `decide` wants to know, and does what it says.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Patience } from '../bigquery-reasons.ts';
import { FiresinkError } from '../errors.ts';
import type { Folder } from '../messages/object-name.ts';
import type { Column } from '../rows/column.ts';
import type { Services } from '../services.ts';
import { listSnapshots, type Snapshot } from '../snapshots/list.ts';
import { formatSnapshotName } from '../snapshots/names.ts';
import {
  type Action,
  type Answer,
  type Claim,
  decide as decideAction,
  type JobState,
  type Knowledge,
  type Link,
  type Listed,
  NONE,
  type Shown,
  START,
} from './chain.ts';
import { formatJobId, getJob, insertJob } from './jobs.ts';
import { formatSlice, readSlice, type SliceAddress } from './slice.ts';
import { ensureTable } from './tables.ts';

/** A slice, and the folder whose newest snapshot it is to show. */
export interface SliceTarget {
  address: SliceAddress;
  folder: Folder;
  columns: readonly Column[];
  maxShrink?: number | undefined;
}

export interface Settled {
  /** The snapshot that the slice shows; undefined where it has no rows. */
  shows: string | undefined;
  rows: number;
  /** What was found on the way, with why. */
  bad: Knowledge['bad'];
  refused: Knowledge['refused'];
  /** The job this handler inserted or waited for last. */
  jobId: string | undefined;
}

export interface FollowOptions {
  /** Clock time after which to give up waiting; the job goes on, and a redelivery finds it. */
  deadlineMs: number;
  /** What tests take a guard out of, to see that they notice. */
  decide?: typeof decideAction;
}

/** Milliseconds. A load job seldom takes less than a second or two on the real service. */
const POLL_MS = { first: 100, longest: 3_000 };
/** Where no job says otherwise: the id is taken and its job not to be seen, or a request got no clear answer. */
const BACK_OFF_MS: Patience = { first: 1_000, longest: 30_000 };

/**
 * Brings the slice to its newest snapshot.
 * @throws {FiresinkError} retry `still-loading`, `backing-off`, `paced` at the deadline; failed `job-failed`,
 *   `rows-differ`, `snapshot-gone`; refused `foreign-slice`, `schema-change`
 */
export async function followChain(
  services: Services,
  target: SliceTarget,
  { deadlineMs, decide = decideAction }: FollowOptions,
): Promise<Settled> {
  const hands = new Hands(services, target, deadlineMs);
  let known = START;
  while (known.next.do !== 'end') {
    known = decide(known, await hands.do(known.next, known), { maxShrink: target.maxShrink });
  }
  const { end } = known.next;
  const where = formatSlice(target.address);
  if (end.state === 'failed') {
    const { code, error: what, hint = 'Resync the collection once the cause is mended' } = end;
    throw new FiresinkError({ outcome: 'failed', code, where, what, hint });
  }
  return {
    shows: end.shows,
    rows: end.rows,
    bad: known.bad,
    refused: known.refused,
    jobId: hands.jobId,
  };
}

class Hands {
  readonly #services: Services;
  readonly #target: SliceTarget;
  readonly #deadlineMs: number;
  #claims = 0;
  /** Of the failure seen last. */
  #patience = BACK_OFF_MS;
  #trouble = '';
  jobId: string | undefined;

  constructor(services: Services, target: SliceTarget, deadlineMs: number) {
    this.#services = services;
    this.#target = target;
    this.#deadlineMs = deadlineMs;
  }

  async do(action: Exclude<Action, { do: 'end' }>, known: Knowledge): Promise<Answer> {
    switch (action.do) {
      case 'read':
        return { to: 'read', shown: await this.#read(known.verifying) };
      case 'get':
        return { to: 'get', job: await this.#get(action.link) };
      case 'wait':
        return { to: 'wait', job: await this.#wait(action.link) };
      case 'list':
        return { to: 'list', snapshots: await this.#list(action.from) };
      case 'insert':
        await this.#insert(action.claim, action.failures);
        return { to: 'insert' };
    }
  }

  async #read(again: boolean): Promise<Shown> {
    const { address, folder } = this.#target;
    const head = await readSlice(await this.#services.bigquery(), address, folder.source);
    if (again || head.stem !== undefined) return head;
    return { ...head, followed: await this.#newestFollowed() };
  }

  /** Only a snapshot that was once shown can have been followed: one with rows, or one that may delete them. */
  async #newestFollowed(): Promise<string | undefined> {
    const snapshots = await listSnapshots(await this.#services.bucket(), this.#target.folder);
    const candidates = snapshots.filter(({ rows, allowEmpty }) => rows > 0 || allowEmpty).reverse();
    for (const { stem } of candidates) {
      const job = await this.#get({ from: stem, attempt: 0 });
      if (job.state !== 'absent') return stem;
    }
    return undefined;
  }

  async #get(link: Link): Promise<JobState> {
    const bigquery = await this.#services.bigquery();
    const job = await getJob(bigquery, formatJobId(this.#target.address, link));
    if (job.state === 'failed') {
      this.#patience = job.backOffMs ?? BACK_OFF_MS;
      this.#trouble = job.error;
    }
    return job;
  }

  async #wait(link: Link): Promise<JobState> {
    this.jobId = formatJobId(this.#target.address, link);
    for (let delayMs = POLL_MS.first; ; delayMs = Math.min(delayMs * 1.5, POLL_MS.longest)) {
      await this.#pause(delayMs, 'still-loading', `job ${this.jobId} is still running`);
      const job = await this.#get(link);
      if (job.state !== 'running') return job;
    }
  }

  async #list(from: string): Promise<Listed[]> {
    const bucket = await this.#services.bucket();
    const snapshots: Snapshot[] =
      from === NONE
        ? await listSnapshots(bucket, this.#target.folder)
        : await listSnapshots(bucket, this.#target.folder, from);
    return snapshots;
  }

  async #insert(claim: Claim, failures: number): Promise<void> {
    const { address, folder } = this.#target;
    const bigquery = await this.#services.bigquery();
    const jobId = formatJobId(address, claim);
    await this.#backOff(failures + (this.jobId === jobId ? ++this.#claims : 0));
    this.jobId = jobId;
    const uri = `gs://${this.#services.environment.warehouse.bucket}/${formatSnapshotName(folder, claim.target)}`;
    const configuration = claim.rows === 0 ? deletion(address) : await this.#loading(uri);
    await this.#paced(jobId);
    const request = { jobId, target: claim.target, rows: claim.rows, configuration };
    const unclear = await insertJob(bigquery, request);
    if (unclear) this.#trouble = unclear.message;
  }

  async #loading(uri: string): Promise<object> {
    const { address, columns } = this.#target;
    const { project: projectId, dataset: datasetId, table, slice } = address;
    const bigquery = await this.#services.bigquery();
    const fields = await ensureTable(bigquery, { dataset: datasetId, table, columns });
    return {
      load: {
        sourceUris: [uri],
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        destinationTable: { projectId, datasetId, tableId: `${table}$${slice}` },
        createDisposition: 'CREATE_NEVER',
        writeDisposition: 'WRITE_TRUNCATE',
        ...(fields && { schema: { fields }, schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'] }),
      },
    };
  }

  async #backOff(failures: number): Promise<void> {
    if (failures === 0) return;
    const { first, longest } = this.#patience;
    const ceilingMs = Math.min(first * 2 ** (failures - 1), longest);
    const why = `attempt ${failures} has failed, and the next one waits: ${this.#trouble}`;
    await this.#pause(ceilingMs * (0.5 + Math.random() / 2), 'backing-off', why);
  }

  /** Hundreds of sources may be loaded into one table. */
  async #paced(jobId: string): Promise<void> {
    const { project, dataset, table } = this.#target.address;
    const nowMs = this.#services.clock();
    const name = `${project}.${dataset}.${table}`;
    const startMs = this.#services.pace.grant(name, jobId, nowMs, this.#deadlineMs);
    const waitMs = (startMs ?? Number.POSITIVE_INFINITY) - nowMs;
    if (waitMs > 0) await this.#pause(waitMs, 'paced', 'too many loads into the table at once');
  }

  async #pause(ms: number, code: string, what: string): Promise<void> {
    if (this.#services.clock() + ms > this.#deadlineMs) {
      const where = formatSlice(this.#target.address);
      throw new FiresinkError({ outcome: 'retry', code, where, what });
    }
    await sleep(ms);
  }
}

const deletion = ({ project, dataset, table, slice }: SliceAddress): object => ({
  query: {
    query: `DELETE FROM \`${project}.${dataset}.${table}\` WHERE _slice = ${slice}`,
    useLegacySql: false,
  },
});
