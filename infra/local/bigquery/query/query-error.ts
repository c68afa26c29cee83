// What is wrong with a query, in the form of BigQuery's messages: `… at [line:column]`.
import { ApiError } from '../errors.ts';

export class QueryError extends Error {
  override readonly name = 'QueryError';
  /** Offset in the query's text. */
  readonly at: number | undefined;
  constructor(message: string, at?: number) {
    super(message);
    this.at = at;
  }
}

/** For GoogleSQL that BigQuery would run and this stand-in will not. */
export const unserved = (what: string, at?: number): QueryError =>
  new QueryError(`${what} is not served by firesink's local BigQuery stand-in`, at);

export function toInvalidQuery(error: QueryError, query: string): ApiError {
  const position = error.at === undefined ? '' : ` at ${formatPosition(query, error.at)}`;
  return new ApiError('invalidQuery', `${error.message}${position}`, {
    location: 'query',
    cause: error,
  });
}

/** `[1:8]` */
function formatPosition(query: string, at: number): string {
  const before = query.slice(0, at).split('\n');
  return `[${before.length}:${(before.at(-1)?.length ?? 0) + 1}]`;
}
