// One family of errors: what was wrong, where, what to do, and whether another try can help. Whoever ends
// a task (functions, command) decides by `outcome` alone whether to acknowledge or to retry.

/**
 * - `refused`: the input can never succeed as it is (a message, a configuration, a file).
 * - `expired`: the instant asked for is no longer kept by the service.
 * - `failed`: another try of this task cannot help, something outside must be mended first.
 * - `retry`: the same task may succeed later.
 */
export type Outcome = 'refused' | 'expired' | 'failed' | 'retry';

export interface Problem {
  outcome: Outcome;
  /** Stable word for machines and for the README's error reference, e.g. `unknown-collection`. */
  code: string;
  /** What was wrong, e.g. `"many" is not an INT64`. No full stop. */
  what: string;
  /** Where, from the outside in, e.g. `firestore/shop-eu/apis/by-hand.ndjson: line 12, column "calls"`. */
  where?: string;
  /** What to do about it, one sentence. */
  hint?: string;
  cause?: unknown;
}

export class FiresinkError extends Error {
  override readonly name = 'FiresinkError';
  readonly outcome: Outcome;
  readonly code: string;
  readonly what: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor({ outcome, code, what, where, hint, cause }: Problem) {
    super(`${where ? `${where}: ` : ''}${what}${hint ? `. ${hint}` : ''}`, { cause });
    this.outcome = outcome;
    this.code = code;
    this.what = what;
    this.where = where;
    this.hint = hint;
  }
}
