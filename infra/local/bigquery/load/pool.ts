// Worker threads for parsing: a load job keeps its thread busy for seconds, and the server must answer
// meanwhile. Threads are started when first needed (30 ms, 15 MB each) and kept.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ApiError } from '../errors.ts';
import type { ParseResult, ParseTask } from './parse.ts';
import type { WorkerAnswer } from './worker.ts';

interface Waiting {
  task: ParseTask;
  signal: AbortSignal;
  started: () => void;
  resolve: (result: ParseResult) => void;
  reject: (error: unknown) => void;
}

const MAX_WORKERS = 4;

export class ParsePool implements AsyncDisposable {
  readonly #size = Math.min(availableParallelism(), MAX_WORKERS);
  readonly #idle: Worker[] = [];
  readonly #busy = new Set<Worker>();
  readonly #waiting: Waiting[] = [];

  /**
   * @param signal  ends the work at once, with its thread
   * @param started  called when a thread takes it
   */
  parse(task: ParseTask, signal: AbortSignal, started: () => void): Promise<ParseResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, signal, started, resolve, reject });
      this.#next();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const workers = [...this.#idle.splice(0), ...this.#busy];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#busy.size >= this.#size) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    if (job.signal.aborted) {
      job.reject(job.signal.reason);
      this.#next();
      return;
    }
    const worker = this.#idle.pop() ?? startWorker();
    this.#busy.add(worker);
    job.started();
    void run(worker, job).then((reusable) => {
      this.#busy.delete(worker);
      if (reusable) this.#idle.push(worker);
      this.#next();
    });
  }
}

function startWorker(): Worker {
  // Flags of this process, such as --input-type, are not for the thread.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [] });
  worker.unref();
  return worker;
}

/** @returns whether the thread can take another job */
async function run(worker: Worker, job: Waiting): Promise<boolean> {
  const { task, signal, resolve, reject } = job;
  const ended = new AbortController();
  try {
    const stopped = once(signal, 'abort', { signal: ended.signal }).then(() => {
      throw signal.reason;
    });
    const exited = once(worker, 'exit', { signal: ended.signal }).then(() => {
      throw new ApiError('backendError', 'The parser ended before its work was done');
    });
    const answered = once(worker, 'message', { signal: ended.signal });
    worker.postMessage(task);
    const [answer]: WorkerAnswer[] = await Promise.race([answered, exited, stopped]);
    if (answer !== undefined && 'result' in answer) resolve(answer.result);
    else if (answer !== undefined) reject(toError(answer));
    return true;
  } catch (error) {
    void worker.terminate();
    reject(error);
    return false;
  } finally {
    ended.abort();
  }
}

function toError({ error, details }: Extract<WorkerAnswer, { error: unknown }>): ApiError {
  return new ApiError(error.reason, error.message, {
    ...(error.location === undefined ? {} : { location: error.location }),
    details,
  });
}
