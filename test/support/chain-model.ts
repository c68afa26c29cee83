// The load chain searched exhaustively: every interleaving of workers, jobs, crashes, failures, duplicate
// events, stale reads and hands in the table, over the very function that decides in production.
//
// Checked in every state: the slice never goes back, never two jobs at once, nobody stuck; and when all is
// quiet, the slice shows the newest snapshot that BigQuery can take.
import {
  type Answer,
  type Claim,
  type decide as Decide,
  type JobState,
  type Knowledge,
  START,
} from '@firesink/shared/warehouse/chain.ts';

export interface ModelOptions {
  decide: typeof Decide;
  snapshots?: number;
  workers?: number;
  /** Events that come twice. */
  duplicates?: number;
  crashes?: number;
  /** Jobs that fail for a passing reason. */
  failures?: number;
  /** How often somebody empties the slice by hand. */
  tampers?: number;
  /** The first read of a handler may show any snapshot the slice ever showed. */
  staleReads?: boolean;
  /** Numbers of snapshots that BigQuery cannot take. */
  bad?: readonly number[];
  /** Numbers of snapshots without rows, which are allowed to delete. */
  empty?: readonly number[];
  /** False: BigQuery would run two jobs of one id. */
  claims?: boolean;
  maxStates?: number;
}

export interface ModelResult {
  violation: string | undefined;
  states: number;
  /** The steps that lead to the violation. */
  trace: string[];
}

type JobStatus = 'running' | 'committed' | 'done' | 'failed' | 'bad';

interface ModelJob {
  target: number;
  status: JobStatus;
}

interface Worker {
  event: number;
  known: Knowledge;
}

interface State {
  visible: readonly number[];
  /** Events waiting, by snapshot number. */
  events: readonly number[];
  jobs: ReadonlyMap<string, ModelJob>;
  shown: number;
  workers: readonly (Worker | null)[];
  crashes: number;
  failures: number;
  duplicates: number;
  tampers: number;
}

type Move = [label: string, next: State];

export function searchChain(options: ModelOptions): ModelResult {
  const model = new Model(options);
  const start = model.start();
  const parents = new Map<string, { parent: string; label: string } | null>([[keyOf(start), null]]);
  let frontier: State[] = [start];
  const traceTo = (key: string): string[] => {
    const step = parents.get(key);
    return step ? [...traceTo(step.parent), step.label] : [];
  };
  const result = (violation: string | undefined, key = '', last: string[] = []): ModelResult => ({
    violation,
    states: parents.size,
    trace: key === '' ? [] : [...traceTo(key), ...last],
  });
  while (frontier.length > 0) {
    const next: State[] = [];
    for (const state of frontier) {
      const key = keyOf(state);
      const moves = model.moves(state);
      const wrong = model.violation(state, moves);
      if (wrong) return result(wrong, key);
      for (const [label, reached] of moves) {
        if (model.wentBack(state, reached, label)) {
          return result(`went back from ${state.shown} to ${reached.shown}`, key, [label]);
        }
        const reachedKey = keyOf(reached);
        if (parents.has(reachedKey)) continue;
        parents.set(reachedKey, { parent: key, label });
        next.push(reached);
      }
      if (parents.size > (options.maxStates ?? 3_000_000)) return result('too many states');
    }
    frontier = next;
  }
  return result(undefined);
}

const stemOf = (snapshot: number): string => `${snapshot}`;

function keyOf(state: State): string {
  const jobs = [...state.jobs]
    .map(([id, { target, status }]) => `${id}>${target}${status[0]}`)
    .sort();
  const workers = state.workers.map((worker) =>
    worker ? `${worker.event}:${knownKey(worker.known)}` : '-',
  );
  return [
    state.visible.toSorted().join(''),
    state.events.join(''),
    jobs.join(','),
    state.shown,
    workers.join('|'),
    state.crashes,
    state.failures,
    state.duplicates,
    state.tampers,
  ].join(';');
}

const keys = new WeakMap<Knowledge, string>();

function knownKey(known: Knowledge): string {
  const cached = keys.get(known);
  if (cached !== undefined) return cached;
  const {
    next,
    from,
    attempt,
    rows,
    waited,
    failures,
    short,
    fresh,
    bad,
    refused,
    snapshots,
    verifying,
  } = known;
  const seen = snapshots.map(({ stem }) => stem).sort();
  const parts = [
    next,
    from,
    attempt,
    rows,
    waited,
    failures,
    short,
    fresh,
    [...bad.keys()],
    [...refused.keys()],
    seen,
    verifying,
  ];
  const key = JSON.stringify(parts);
  keys.set(known, key);
  return key;
}

class Model {
  readonly #options: Required<ModelOptions>;

  constructor(options: ModelOptions) {
    this.#options = {
      snapshots: 3,
      workers: 2,
      duplicates: 1,
      crashes: 1,
      failures: 1,
      tampers: 0,
      staleReads: false,
      bad: [],
      empty: [],
      claims: true,
      maxStates: 3_000_000,
      ...options,
    };
  }

  start(): State {
    const { snapshots, workers, crashes, failures, duplicates, tampers } = this.#options;
    return {
      visible: [],
      events: Array.from({ length: snapshots + 1 }, () => 0),
      jobs: new Map(),
      shown: 0,
      workers: Array.from({ length: workers }, () => null),
      crashes,
      failures,
      duplicates,
      tampers,
    };
  }

  moves(state: State): Move[] {
    return [
      ...this.#outside(state),
      ...[...state.jobs].flatMap(([id, job]) => this.#jobMoves(state, id, job)),
      ...state.workers.flatMap((worker, index) =>
        worker ? this.#workerMoves(state, worker, index) : this.#takes(state, index),
      ),
    ];
  }

  violation(state: State, moves: readonly Move[]): string | undefined {
    const running = [...state.jobs.values()].filter(({ status }) => status === 'running');
    if (running.length > 1) return 'two jobs at once';
    const { snapshots, bad } = this.#options;
    const quiet =
      state.visible.length === snapshots &&
      state.events.every((count) => count === 0) &&
      state.workers.every((worker) => worker === null) &&
      [...state.jobs.values()].every(
        ({ status }) => status !== 'running' && status !== 'committed',
      );
    if (quiet) {
      const good = state.visible.filter((snapshot) => !bad.includes(snapshot));
      const wanted = this.#shows(Math.max(0, ...good));
      if (state.shown !== wanted) return `in the end the slice shows ${state.shown}, not ${wanted}`;
    } else if (moves.length === 0) return 'stuck';
    return undefined;
  }

  wentBack(before: State, after: State, label: string): boolean {
    if (after.shown >= before.shown || label === 'emptied by hand') return false;
    return !(after.shown === 0 && this.#options.empty.length > 0);
  }

  /** A snapshot without rows is shown as none. */
  #shows(snapshot: number): number {
    return this.#options.empty.includes(snapshot) ? 0 : snapshot;
  }

  #rows(snapshot: number): number {
    return snapshot === 0 || this.#options.empty.includes(snapshot) ? 0 : 10 * snapshot;
  }

  #outside(state: State): Move[] {
    const { snapshots } = this.#options;
    const all = Array.from({ length: snapshots }, (_, index) => index + 1);
    const moves: Move[] = [];
    for (const snapshot of all) {
      const isVisible = state.visible.includes(snapshot);
      if (!isVisible) {
        const visible = [...state.visible, snapshot];
        moves.push([`finalize ${snapshot}`, { ...withEvent(state, snapshot, 1), visible }]);
      } else if (state.duplicates > 0 && state.events[snapshot] === 0) {
        const duplicates = state.duplicates - 1;
        moves.push([`again ${snapshot}`, { ...withEvent(state, snapshot, 1), duplicates }]);
      }
    }
    if (state.tampers > 0 && state.shown > 0) {
      // A sweep comes later: an event of the newest.
      const swept = withEvent(state, Math.max(...state.visible), 1);
      moves.push(['emptied by hand', { ...swept, shown: 0, tampers: state.tampers - 1 }]);
    }
    return moves;
  }

  #jobMoves(state: State, id: string, job: ModelJob): Move[] {
    const to = (status: JobStatus, change: Partial<State> = {}): Move => [
      `job ${id} → ${job.target} ${status}`,
      { ...state, ...change, jobs: new Map(state.jobs).set(id, { ...job, status }) },
    ];
    if (job.status === 'committed') return [to('done')];
    if (job.status !== 'running') return [];
    if (this.#options.bad.includes(job.target)) return [to('bad')];
    const commit = to('committed', { shown: this.#shows(job.target) });
    return state.failures > 0 ? [commit, to('failed', { failures: state.failures - 1 })] : [commit];
  }

  #takes(state: State, index: number): Move[] {
    return state.events.flatMap((count, event): Move[] =>
      count > 0
        ? [
            [
              `worker ${index} takes ${event}`,
              withWorker(withEvent(state, event, -1), index, { event, known: START }),
            ],
          ]
        : [],
    );
  }

  #workerMoves(state: State, worker: Worker, index: number): Move[] {
    const moves: Move[] = [];
    if (state.crashes > 0) {
      const again = withEvent(withWorker(state, index, null), worker.event, 1);
      moves.push([`worker ${index} dies`, { ...again, crashes: state.crashes - 1 }]);
    }
    const { next } = worker.known;
    if (next.do === 'end') {
      return [
        ...moves,
        [`worker ${index} acknowledges ${worker.event}`, withWorker(state, index, null)],
      ];
    }
    const label = `worker ${index} ${JSON.stringify(next)}`;
    for (const [answer, reached] of this.#answers(state, worker.known)) {
      const known = this.#options.decide(worker.known, answer, {});
      moves.push([label, withWorker(reached, index, { ...worker, known })]);
    }
    return moves;
  }

  #answers(state: State, { next, verifying }: Knowledge): [Answer, State][] {
    switch (next.do) {
      case 'read':
        return this.#reads(state, verifying).map((shown) => [{ to: 'read', shown }, state]);
      case 'get':
      case 'wait': {
        const job = this.#jobState(state.jobs.get(`${next.link.from}/${next.link.attempt}`));
        if (next.do === 'wait' && job.state === 'running') return [];
        return [[{ to: next.do, job }, state]];
      }
      case 'list': {
        const snapshots = state.visible.map((snapshot) => ({
          stem: stemOf(snapshot),
          rows: this.#rows(snapshot),
          allowEmpty: true,
          allowShrink: false,
        }));
        return [[{ to: 'list', snapshots }, state]];
      }
      case 'insert':
        return [[{ to: 'insert' }, this.#insert(state, next.claim)]];
      case 'end':
        return [];
    }
  }

  #reads(state: State, verifying: boolean) {
    const followed = state.visible.filter((snapshot) => state.jobs.has(`${stemOf(snapshot)}/0`));
    const newest = followed.length > 0 ? stemOf(Math.max(...followed)) : undefined;
    const read = (shown: number) =>
      shown === 0
        ? { stem: undefined, rows: 0, followed: newest }
        : { stem: stemOf(shown), rows: this.#rows(shown) };
    if (verifying || !this.#options.staleReads) return [read(state.shown)];
    const ever = [...state.jobs.values()].filter(
      ({ status }) => status === 'committed' || status === 'done',
    );
    return [...new Set([0, state.shown, ...ever.map(({ target }) => this.#shows(target))])].map(
      read,
    );
  }

  #jobState(job: ModelJob | undefined): JobState {
    if (!job) return { state: 'absent' };
    const target = stemOf(job.target);
    switch (job.status) {
      case 'running':
      case 'committed':
        return { state: 'running' };
      case 'done':
        return { state: 'succeeded', target, rows: this.#rows(job.target), complete: true };
      case 'failed':
        return { state: 'failed', target, because: 'passing', error: 'backendError' };
      case 'bad':
        return { state: 'failed', target, because: 'data', error: 'invalid' };
    }
  }

  #insert(state: State, { from, attempt, target }: Claim): State {
    let id = `${from}/${attempt}`;
    if (state.jobs.has(id)) {
      if (this.#options.claims) return state;
      for (let copy = 1; state.jobs.has(id); copy++) id = `${from}/${attempt}/${copy}`;
    }
    return {
      ...state,
      jobs: new Map(state.jobs).set(id, { target: Number(target), status: 'running' }),
    };
  }
}

const withEvent = (state: State, snapshot: number, by: number): State => ({
  ...state,
  events: state.events.map((count, index) => (index === snapshot ? count + by : count)),
});

const withWorker = (state: State, index: number, worker: Worker | null): State => ({
  ...state,
  workers: state.workers.map((each, place) => (place === index ? worker : each)),
});
