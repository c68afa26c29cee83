// One page of a bucket's objects: a pure function of all its names.
import { invalid } from './errors.ts';
import { compareNames, firstIndex } from './names.ts';

export interface ListingQuery {
  prefix: string;
  /** Names that have it after the prefix are shown as one prefix up to and with it. */
  delimiter: string;
  /** First name, included. */
  startOffset: string;
  /** Last name, excluded; empty for none. */
  endOffset: string;
  /** Also show, as an object, a name that ends with its first delimiter. */
  includeTrailingDelimiter: boolean;
  /** Objects and prefixes together. */
  maxResults: number;
  /** The last entry of the page before. */
  after: Entry | undefined;
}

export interface Entry {
  kind: 'object' | 'prefix';
  name: string;
}

export interface Listing {
  entries: Entry[];
  /** Whether there are more. */
  more: boolean;
}

/** @param names  in the order of `compareNames` */
export function listNames(names: readonly string[], query: ListingQuery): Listing {
  const entries: Entry[] = [];
  for (let index = startIndex(names, query); ; ) {
    const name = names[index];
    if (name === undefined || isPastEnd(name, query)) return { entries, more: false };
    if (entries.length >= query.maxResults) return { entries, more: true };
    const group = groupOf(name, query);
    entries.push(...entriesFor(name, group, query));
    index = group === undefined ? index + 1 : afterGroup(names, group);
  }
}

function startIndex(
  names: readonly string[],
  { prefix, startOffset, after }: ListingQuery,
): number {
  const from = compareNames(prefix, startOffset) > 0 ? prefix : startOffset;
  const first = firstIndex(names, (name) => compareNames(name, from) < 0);
  if (after === undefined) return first;
  const resumed =
    after.kind === 'prefix'
      ? afterGroup(names, after.name)
      : firstIndex(names, (name) => compareNames(name, after.name) <= 0);
  return Math.max(first, resumed);
}

const isPastEnd = (name: string, { prefix, endOffset }: ListingQuery): boolean =>
  !name.startsWith(prefix) || (endOffset !== '' && compareNames(name, endOffset) >= 0);

function groupOf(name: string, { prefix, delimiter }: ListingQuery): string | undefined {
  const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : name.slice(0, at + delimiter.length);
}

const afterGroup = (names: readonly string[], group: string): number =>
  firstIndex(names, (name) => compareNames(name, group) < 0 || name.startsWith(group));

function entriesFor(name: string, group: string | undefined, query: ListingQuery): Entry[] {
  if (group === undefined) return [{ kind: 'object', name }];
  const prefix: Entry = { kind: 'prefix', name: group };
  const both = query.includeTrailingDelimiter && name === group;
  return both ? [{ kind: 'object', name }, prefix] : [prefix];
}

/** Cloud Storage docs, "Objects: list": the default, and more is cut to it. */
const MAX_PAGE = 1000;

/** 0 and more than a page mean a page. */
export function parseMaxResults(text: string | null): number {
  if (text === null) return MAX_PAGE;
  if (!/^\d+$/.test(text)) throw invalid(`Invalid value for maxResults: '${text}'.`);
  return Math.min(Number(text) || MAX_PAGE, MAX_PAGE);
}

/** Page tokens are opaque to clients; ours name the last entry shown. */
export const formatPageToken = ({ kind, name }: Entry): string =>
  Buffer.from(`${kind}:${name}`).toString('base64url');

/** undefined for a token that was not ours. */
export function parsePageToken(token: string): Entry | undefined {
  const text = Buffer.from(token, 'base64url').toString();
  const [, kind, name] = /^(object|prefix):(.*)$/s.exec(text) ?? [];
  return (kind === 'object' || kind === 'prefix') && name !== undefined
    ? { kind, name }
    : undefined;
}
