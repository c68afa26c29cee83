// The chain's decision with one guard left out: what tests hand to the model and to the loader, to see that
// each is found out.
import { type Answer, decide, type Knowledge } from '@firesink/shared/warehouse/chain.ts';

const asFailed = (answer: Answer, state: 'succeeded' | 'running'): Answer =>
  (answer.to === 'get' || answer.to === 'wait') && answer.job.state === state
    ? { ...answer, job: { state: 'failed', target: '', because: 'passing', error: '' } }
    : answer;

/** Takes a job that has succeeded for one that failed. */
export const withoutWalk: typeof decide = (known, answer, rules) =>
  decide(known, asFailed(answer, 'succeeded'), rules);

/** Takes a job that is running for one that failed. */
export const withoutWait: typeof decide = (known, answer, rules) =>
  decide(known, asFailed(answer, 'running'), rules);

/** Believes that the slice shows what the chain says. */
export const withoutSecondLook: typeof decide = (known, answer, rules): Knowledge => {
  if (answer.to !== 'read' || !known.verifying) return decide(known, answer, rules);
  const own = known.snapshots.find(({ stem }) => stem === known.from);
  const believed =
    own && own.rows > 0 ? { stem: own.stem, rows: own.rows } : { stem: undefined, rows: 0 };
  return decide(known, { to: 'read', shown: believed }, rules);
};

/** Gives each job an id of its own. */
export const withoutClaim: typeof decide = (known, answer, rules) => {
  const { next, ...rest } = decide(known, answer, rules);
  if (next.do !== 'insert') return { ...rest, next };
  const attempt = Math.floor(Math.random() * 1e9);
  return { ...rest, attempt, next: { ...next, claim: { ...next.claim, attempt } } };
};

/** By the name of the guard that is left out. */
export const GUARDS = {
  claim: withoutClaim,
  wait: withoutWait,
  walk: withoutWalk,
  'second-look': withoutSecondLook,
} as const;

export type Guard = keyof typeof GUARDS;
