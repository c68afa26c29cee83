// Page tokens: opaque to the client, the last thing of the page before for us.
import { invalidArgument } from './errors.ts';

export const formatPageToken = (last: string, micros: number): string =>
  Buffer.from(JSON.stringify([last, micros])).toString('base64url');

/** @throws INVALID_ARGUMENT for a token this server did not make. */
export function parsePageToken(token: string): { last: string; micros: number } | undefined {
  if (token === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parsed)) {
      const [last, micros]: unknown[] = parsed;
      if (typeof last === 'string' && typeof micros === 'number') return { last, micros };
    }
  } catch {
    // Whatever is wrong with it, the answer is the same.
  }
  throw invalidArgument('invalid page token');
}

/** @param size  0 where the client leaves it to the server */
export function parsePageSize(size: number, standard: number, most: number): number {
  if (size < 0) throw invalidArgument('Page size must be nonnegative.');
  return Math.min(size || standard, most);
}
