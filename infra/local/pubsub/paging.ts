// Pages of a listing, in the order of names. The token is the name the next page begins with.
import { checkBounds, invalidArgument } from './errors.ts';
import type { PageRequest } from './wire.ts';

const DEFAULT_PAGE_SIZE = 100;
const LARGEST_PAGE_SIZE = 1000;

export interface Page<T> {
  items: T[];
  /** Empty after the last page. */
  nextPageToken: string;
}

export function page<T>(
  items: Iterable<T>,
  nameOf: (item: T) => string,
  request: PageRequest,
): Page<T> {
  checkBounds('page_size', request.pageSize, { min: 0, max: Number.POSITIVE_INFINITY });
  const size = Math.min(request.pageSize || DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE);
  const from = parseToken(request.pageToken);
  const sorted = [...items]
    .filter((item) => nameOf(item) >= from)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const next = sorted[size];
  return { items: sorted.slice(0, size), nextPageToken: next ? formatToken(nameOf(next)) : '' };
}

const formatToken = (name: string) => Buffer.from(name).toString('base64url');

function parseToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (formatToken(name) !== token) throw invalidArgument(`Invalid page token (token=${token}).`);
  return name;
}
