// jobs.*: one record a job, taken once by its id, run in its turn, ended in the transaction that writes
// its rows: after a kill -9 a job has its rows and says so, or has neither.
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Transaction } from './database.ts';
import { ApiError, duplicate, invalid, notFound, toApiError } from './errors.ts';
import type { JsonMap } from './json-body.ts';
import { isMultiRegion } from './location.ts';
import type { JobRecord } from './records.ts';
import { jobKey, type Store } from './store.ts';

/** @see REST JobReference */
const JOB_ID = /^[A-Za-z0-9_-]{1,1024}$/;

/** What a job does; times, state and errors are kept by `Jobs`. */
export interface JobWork {
  run(job: RunningJob): Promise<void>;
}

export interface RunningJob {
  record: JobRecord;
  signal: AbortSignal;
  /** PENDING → RUNNING. */
  start(): void;
  /** Within the transaction that changes rows, as its last statement. */
  finish(transaction: Transaction): Promise<void>;
}

interface NewJob {
  project: string;
  location: string;
  /** Undefined: BigQuery makes one up. */
  jobId: string | undefined;
  configuration: JsonMap;
  work: JobWork;
}

/** Requests are repeated within minutes; far fewer than these come meanwhile. */
const MAX_REQUESTS = 10_000;

interface Active {
  done: Promise<void>;
  controller: AbortController;
}

export class Jobs {
  readonly #store: Store;
  readonly #active = new Map<string, Active>();
  readonly #byRequest = new Map<string, Promise<JobRecord>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Ends what the last process left behind. */
  async recover(): Promise<void> {
    for (const job of this.#store.jobs.values()) {
      if (job.state === 'DONE') continue;
      const message =
        'The job encountered an internal error during execution and was unable to complete successfully.';
      this.#end(job, new ApiError('backendError', message));
      await this.#store.updateJob(job);
    }
  }

  /** @returns once it is written down that the id is taken */
  async insert({ project, location, jobId, configuration, work }: NewJob): Promise<JobRecord> {
    if (jobId !== undefined && !JOB_ID.test(jobId)) {
      throw invalid(
        `Invalid job ID "${jobId}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
      );
    }
    const store = this.#store;
    const job: JobRecord = {
      sequence: store.nextId(),
      project,
      location,
      jobId: jobId ?? `job_${randomBytes(21).toString('base64url')}`,
      state: 'PENDING',
      configuration,
      creationTimeMs: store.clock(),
      statistics: {},
    };
    const key = jobKey(job);
    if (store.jobs.has(key)) throw duplicate(`Job ${key}`);
    // Taken before the first await: of many with one id exactly one goes on.
    store.jobs.set(key, job);
    await store.insertJob(job);
    const controller = new AbortController();
    this.#active.set(key, { controller, done: this.#run(job, work, controller.signal) });
    return job;
  }

  /** The job that a request of this id made, within this process; else a new one (REST jobs.query, `requestId`). */
  once(requestId: string | undefined, create: () => Promise<JobRecord>): Promise<JobRecord> {
    if (requestId === undefined) return create();
    const known = this.#byRequest.get(requestId);
    if (known !== undefined) return known;
    const created = create();
    this.#byRequest.set(requestId, created);
    created.catch(() => this.#byRequest.delete(requestId));
    const [oldest] = this.#byRequest.keys();
    if (this.#byRequest.size > MAX_REQUESTS && oldest !== undefined) this.#byRequest.delete(oldest);
    return created;
  }

  /** @param location  undefined: where jobs without one are looked for */
  get(project: string, jobId: string, location: string | undefined): JobRecord {
    const candidates =
      location === undefined
        ? [...this.#store.jobs.values()].filter(
            (job) => job.project === project && job.jobId === jobId && isMultiRegion(job.location),
          )
        : [this.#store.jobs.get(jobKey({ project, jobId, location }))];
    const [found] = candidates;
    if (found !== undefined) return found;
    const where = location === undefined ? '' : `${location}.`;
    throw notFound(`Job ${project}:${where}${jobId}`);
  }

  /** Resolves when the job is DONE, or after `timeoutMs`. */
  async wait(job: JobRecord, timeoutMs: number): Promise<void> {
    const active = this.#active.get(jobKey(job));
    if (active === undefined || timeoutMs <= 0) return;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([active.done, timeout]);
    clearTimeout(timer);
  }

  cancel(job: JobRecord): void {
    const reason = new ApiError(
      'stopped',
      'Job execution was cancelled: User requested cancellation',
    );
    this.#active.get(jobKey(job))?.controller.abort(reason);
  }

  async idle(): Promise<void> {
    while (this.#active.size > 0) {
      await Promise.all([...this.#active.values()].map(({ done }) => done));
    }
  }

  /** Cancels everything and waits for it. */
  async stop(): Promise<void> {
    const reason = new ApiError('backendError', 'The stand-in was stopped.');
    for (const { controller } of this.#active.values()) controller.abort(reason);
    await this.idle();
  }

  async #run(job: JobRecord, work: JobWork, signal: AbortSignal): Promise<void> {
    const store = this.#store;
    let finished: JobRecord | undefined;
    const running: RunningJob = {
      record: job,
      signal,
      start: () => {
        if (job.state !== 'PENDING') return;
        job.state = 'RUNNING';
        job.startTimeMs = store.clock();
      },
      finish: async (transaction) => {
        signal.throwIfAborted();
        finished = { ...job, state: 'DONE', endTimeMs: store.clock() };
        finished.startTimeMs ??= finished.endTimeMs ?? store.clock();
        await store.updateJob(finished, transaction);
      },
    };
    try {
      // Whoever inserted the job is answered first, as with the real service.
      await setImmediate();
      signal.throwIfAborted();
      await work.run(running);
      if (finished === undefined) throw new Error('a job ended without its end being written');
      Object.assign(job, finished);
    } catch (error) {
      this.#end(job, signal.aborted ? signal.reason : error);
      await store.updateJob(job);
    } finally {
      this.#active.delete(jobKey(job));
    }
  }

  #end(job: JobRecord, error: unknown): void {
    const apiError = toApiError(error);
    job.state = 'DONE';
    job.endTimeMs = this.#store.clock();
    job.startTimeMs ??= job.endTimeMs;
    job.errorResult = apiError.toProto();
    job.errors = [job.errorResult, ...apiError.details];
  }
}
