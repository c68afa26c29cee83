// How many documents there are at the run's instant, by the service's own counting: a read for every
// thousand of them. It gives up after a minute, so big collections are counted by ranges.
// Source: Firestore, "Summarize data with aggregation queries", limits.
import { FiresinkError } from '../../errors.ts';
import { ask, type Caller, FIRESTORE } from './call.ts';
import { describeFailure } from './failures.ts';
import { GrpcError } from './grpc-status.ts';
import { countRequest, type Scope } from './requests.ts';
import { countIn } from './responses.ts';

/** Code of the error for a range too big to be counted at once. */
export const COUNT_TIMEOUT = 'count-timeout';

/** @throws {FiresinkError} `count-timeout` (retry), and as `readCollection` */
export async function countDocuments(caller: Caller, scope: Scope): Promise<number> {
  const { source, collection, readTimeMs } = scope;
  const question = {
    path: `${FIRESTORE}/RunAggregationQuery`,
    source,
    what: collection.path,
    readTimeMs,
    request: countRequest(scope),
    final: ['DEADLINE_EXCEEDED'],
  } as const;
  const answers = await ask(caller, question).catch((error: unknown) => {
    throw isTimeout(error) ? tooBig(error) : error;
  });
  const count = answers.map(countIn).find((each) => each !== undefined);
  if (count !== undefined) return count;
  // No count is not a count of none.
  const error = new GrpcError('INTERNAL', 'an answer without a count');
  throw describeFailure(error, { ...question, nowMs: (caller.clock ?? Date.now)() });
}

const isTimeout = (error: unknown): error is FiresinkError =>
  error instanceof FiresinkError &&
  error.cause instanceof GrpcError &&
  error.cause.status === 'DEADLINE_EXCEEDED';

const tooBig = ({ what, where, cause }: FiresinkError): FiresinkError =>
  new FiresinkError({
    outcome: 'retry',
    code: COUNT_TIMEOUT,
    what,
    ...(where !== undefined && { where }),
    hint: 'Counting takes Firestore more than a minute: count smaller ranges',
    cause,
  });
