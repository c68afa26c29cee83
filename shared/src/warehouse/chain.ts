// The chain: how a slice moves from one snapshot to the next with no lock, lease or ledger.
//
// BigQuery lets a job id be used once. The job that moves a slice on from snapshot v is named after v and
// an attempt number, so only one job can ever follow v, whoever tries and however often. A handler walks
// from what the slice shows along the jobs that exist to the end of the chain, and there either finds
// everything as it should be or claims the next link by inserting the job with that name.
//
// Why it holds, in plain words:
// - One at a time: a link's successor is inserted only by someone who saw that link's job done; two who
//   both did claim the same id, and one gets 409 and walks on from the other's job.
// - Never back: a link's target is the newest snapshot listed after its predecessor was seen, and is newer
//   than v, or v itself (a repair), so targets only grow along the chain.
// - Always forward: snapshots are immutable and every one has an event that is redelivered until a handler
//   has seen the end of the chain, read the slice a second time, and found nothing newer than it shows.
//
// This file only decides: what is known goes in, what to do next comes out. `follow.ts` has the hands.

/** What stands for "no snapshot" in a job's id. */
export const NONE = 'none';

/** A snapshot as the listing of its folder shows it. */
export interface Listed {
  /** `<run>[_upload_<hash>]`, sorts as text in the order of time. */
  stem: string;
  rows: number;
  /** Its message said that an empty result may replace rows. */
  allowEmpty: boolean;
  /** Its message said that `maxShrink` does not matter this time. */
  allowShrink: boolean;
}

/** What the slice of the table holds. */
export interface Shown {
  /** `_run` of its rows; undefined where it has none. */
  stem: string | undefined;
  rows: number;
  /** Only asked where it has no rows: the newest snapshot in the folder that a job has already followed. */
  followed?: string | undefined;
}

export type JobState =
  | { state: 'absent' }
  | { state: 'running' }
  /** @property complete  as many rows as its snapshot has */
  | { state: 'succeeded'; target: string; rows: number; complete: boolean }
  /**
   * - data: BigQuery could not take the snapshot as it is
   * - passing: a quota, or the service's own trouble; the same may succeed later
   * - final: a right or a thing is missing; only what a person mends helps
   */
  | {
      state: 'failed';
      target: string;
      because: 'data' | 'passing' | 'final';
      error: string;
      /** What a person can do. */
      hint?: string | undefined;
    };

export interface Link {
  from: string;
  attempt: number;
}

export interface Claim extends Link {
  target: string;
  /** 0 deletes the slice's rows instead of loading. */
  rows: number;
}

export type Refusal = { why: 'empty'; shownRows: number } | { why: 'shrunken'; shownRows: number };

export type End =
  /** The slice shows the newest snapshot that is neither bad nor refused. */
  | { state: 'settled'; shows: string | undefined; rows: number }
  | {
      state: 'failed';
      error: string;
      code: 'job-failed' | 'rows-differ' | 'snapshot-gone';
      hint?: string | undefined;
    };

export type Action =
  | { do: 'read' }
  | { do: 'get'; link: Link }
  | { do: 'wait'; link: Link }
  | { do: 'list'; from: string }
  /** @property failures  how many attempts in a row have failed for a passing reason: back off first */
  | { do: 'insert'; claim: Claim; failures: number }
  | { do: 'end'; end: End };

export type Answer =
  | { to: 'read'; shown: Shown }
  | { to: 'get' | 'wait'; job: JobState }
  | { to: 'list'; snapshots: readonly Listed[] }
  /** Inserted, taken by somebody, or no clear answer: the walk finds out. */
  | { to: 'insert' };

/** What one handler has found out so far. */
export interface Knowledge {
  readonly next: Action;
  readonly from: string;
  readonly attempt: number;
  /** Rows in the slice as far as known. */
  readonly rows: number;
  /** Whether the job at hand was seen before it ended; only then its final failure is this event's. */
  readonly waited: boolean;
  readonly failures: number;
  /** How many jobs in a row have loaded `from` with a wrong number of rows. */
  readonly short: number;
  /** Whether this handler has just seen `from` being loaded: then the job's count is the newest there is. */
  readonly fresh: boolean;
  readonly bad: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, Refusal>;
  readonly snapshots: readonly Listed[];
  /** Set once the slice is being read for the second time. */
  readonly verifying: boolean;
}

export interface Rules {
  /** Share of rows, 0 to 1, that a snapshot may have fewer than the slice shows; undefined: any. */
  maxShrink?: number | undefined;
}

export const START: Knowledge = {
  next: { do: 'read' },
  from: NONE,
  attempt: 0,
  rows: 0,
  waited: false,
  failures: 0,
  short: 0,
  fresh: false,
  bad: new Map(),
  refused: new Map(),
  snapshots: [],
  verifying: false,
};

/** The decision: what is known and the answer to the last question, to the next question. Pure. */
export function decide(known: Knowledge, answer: Answer, rules: Rules = {}): Knowledge {
  switch (answer.to) {
    case 'read':
      return known.verifying ? verify(known, answer.shown) : start(known, answer.shown);
    case 'get':
    case 'wait':
      return walk(known, answer.job);
    case 'list':
      return choose({ ...known, snapshots: answer.snapshots }, rules);
    case 'insert':
      return look({ ...known, waited: true });
  }
}

/** Asks for the job at the place reached. */
const look = (known: Knowledge): Knowledge => ({
  ...known,
  verifying: false,
  next: { do: 'get', link: { from: known.from, attempt: known.attempt } },
});

const start = (known: Knowledge, shown: Shown): Knowledge =>
  look({ ...known, from: shown.stem ?? shown.followed ?? NONE, attempt: 0, rows: shown.rows });

function walk(known: Knowledge, job: JobState): Knowledge {
  switch (job.state) {
    case 'absent':
      return { ...known, next: { do: 'list', from: known.from } };
    case 'running':
      return {
        ...known,
        waited: true,
        next: { do: 'wait', link: { from: known.from, attempt: known.attempt } },
      };
    case 'succeeded':
      return walkOn(known, job);
    case 'failed':
      return walkPast(known, job);
  }
}

function walkOn(known: Knowledge, job: Extract<JobState, { state: 'succeeded' }>): Knowledge {
  const repaired = job.target === known.from;
  return look({
    ...known,
    from: job.target,
    attempt: repaired ? known.attempt + 1 : 0,
    rows: job.rows,
    waited: false,
    failures: 0,
    short: job.complete ? 0 : repaired ? known.short + 1 : 1,
    fresh: known.waited,
  });
}

function walkPast(known: Knowledge, job: Extract<JobState, { state: 'failed' }>): Knowledge {
  if (job.because === 'final' && known.waited) {
    return fail(known, 'job-failed', job.error, job.hint);
  }
  return look({
    ...known,
    attempt: known.attempt + 1,
    waited: false,
    failures: job.because === 'passing' ? known.failures + 1 : 0,
    bad: job.because === 'data' ? new Map([...known.bad, [job.target, job.error]]) : known.bad,
  });
}

function choose(known: Knowledge, rules: Rules): Knowledge {
  const refused = new Map<string, Refusal>();
  for (const snapshot of known.snapshots.toSorted((a, b) => (a.stem < b.stem ? 1 : -1))) {
    if (snapshot.stem <= known.from && known.from !== NONE) break;
    if (known.bad.has(snapshot.stem)) continue;
    const refusal = refusalOf(snapshot, known.rows, rules);
    if (refusal) refused.set(snapshot.stem, refusal);
    // A slice without rows shows every empty snapshot: nothing to do but look again.
    else if (snapshot.rows === 0 && known.rows === 0) break;
    else return claim({ ...known, refused }, snapshot);
  }
  return { ...known, refused, verifying: true, next: { do: 'read' } };
}

/** Why a snapshot may not replace so many rows; undefined where it may. */
export function refusalOf(
  snapshot: Pick<Listed, 'rows' | 'allowEmpty' | 'allowShrink'>,
  shownRows: number,
  rules: Rules,
): Refusal | undefined {
  if (snapshot.rows === 0) {
    return shownRows > 0 && !snapshot.allowEmpty ? { why: 'empty', shownRows } : undefined;
  }
  const { maxShrink } = rules;
  if (maxShrink === undefined || snapshot.allowShrink) return undefined;
  return snapshot.rows < shownRows * (1 - maxShrink) ? { why: 'shrunken', shownRows } : undefined;
}

const claim = (known: Knowledge, { stem: target, rows }: Listed): Knowledge => ({
  ...known,
  next: {
    do: 'insert',
    claim: { from: known.from, attempt: known.attempt, target, rows },
    failures: known.failures,
  },
});

/** Nothing newer was found. The slice is read a second time, for somebody may have changed it by hand. */
function verify(known: Knowledge, shown: Shown): Knowledge {
  const { from } = known;
  const own = known.snapshots.find(({ stem }) => stem === from);
  const sameRun = shown.stem === (own?.rows === 0 || from === NONE ? undefined : from);
  if (sameRun && hasAllRows(known, own, shown)) return settle(known, shown);
  // Rows that no job of ours brought while nothing was ever loaded: whose they are is checked on reading.
  if (from === NONE && shown.stem !== undefined) {
    return start({ ...known, verifying: false }, shown);
  }
  if (sameRun && (known.short > 1 || !own)) {
    const error = `${from} was loaded with ${shown.rows} rows, not those it has`;
    return fail(known, 'rows-differ', error);
  }
  if (!own) return withoutObject(known, shown);
  const error = known.bad.get(from);
  return error === undefined ? claim(known, own) : fail(known, 'job-failed', error);
}

function hasAllRows({ short, fresh, rows }: Knowledge, own: Listed | undefined, shown: Shown) {
  return own ? own.rows === (fresh ? rows : shown.rows) : short === 0;
}

function withoutObject(known: Knowledge, shown: Shown): Knowledge {
  if (shown.stem === undefined && known.rows === 0) return settle(known, shown);
  const error = `the slice shows ${shown.stem ?? 'nothing'}, not ${known.from}, whose object is gone`;
  return fail(known, 'snapshot-gone', error);
}

const settle = (known: Knowledge, shown: Shown): Knowledge => ({
  ...known,
  rows: shown.rows,
  next: { do: 'end', end: { state: 'settled', shows: shown.stem, rows: shown.rows } },
});

const fail = (
  known: Knowledge,
  code: Extract<End, { state: 'failed' }>['code'],
  error: string,
  hint?: string,
): Knowledge => ({ ...known, next: { do: 'end', end: { state: 'failed', code, error, hint } } });
