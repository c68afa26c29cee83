// The slice of a source: its partition in every table of the dataset (DESIGN section 9). It follows from the
// name, so that neither order nor number of sources matter; where two collide, the later in the file must
// say its own, so that no slice ever moves because a source was added.
import { crc32c } from '@node-rs/crc32';
import type { Path } from './document.ts';
import type { Issue } from './issues.ts';

/** Partitions of a table, RANGE 0 to 10,000 step 1. */
const SLICES = 10_000;

/** Integer from 0 to 9999. */
export function sliceOf(name: string): number {
  return crc32c(name) % SLICES;
}

export interface SlicedSource {
  name: string;
  slice: number;
  /** Where its options stand in the file. */
  path: Path;
  /** 1-based, for the error text. */
  line: number;
}

/**
 * Sources that share a slice with one before them.
 * @param sources  of one dataset, in the order of the file; those of the same name are the same slice on purpose
 */
export function findCollisions(sources: readonly SlicedSource[]): Issue[] {
  const owners = new Map<number, SlicedSource>();
  const taken = new Set(sources.map(({ slice }) => slice));
  const issues: Issue[] = [];
  for (const source of sources) {
    const owner = owners.get(source.slice);
    if (owner === undefined) owners.set(source.slice, source);
    else if (owner.name !== source.name) {
      const free = nextFree(source.slice, taken);
      taken.add(free);
      issues.push({
        path: source.path,
        what: `source ${source.name} has slice ${source.slice}, as has ${owner.name} (line ${owner.line})`,
        hint: `Give ${source.name} one of its own: add slice: ${free}`,
      });
    }
  }
  return issues;
}

function nextFree(slice: number, taken: ReadonlySet<number>): number {
  for (let step = 1; step < SLICES; step++) {
    const candidate = (slice + step) % SLICES;
    if (!taken.has(candidate)) return candidate;
  }
  return slice;
}
