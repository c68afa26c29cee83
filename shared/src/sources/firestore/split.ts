// Splits a collection into parts of about the same size, each counted, so that they can be read side by
// side and one after the other. The service's own cuts come first (partitions.ts). A part that is still
// too big, or all of it where the service makes no cuts, is cut further (halving.ts).
import { mapConcurrently } from '../../concurrency.ts';
import { FiresinkError } from '../../errors.ts';
import type { Caller } from './call.ts';
import { COUNT_TIMEOUT, countDocuments } from './count.ts';
import { CONCURRENCY, Halving, type Part } from './halving.ts';
import { listCuts } from './partitions.ts';
import type { Scope } from './requests.ts';

export interface SplitOptions {
  /** Documents of a part, about. */
  documentsPerPart: number;
  /** Reads this may cost beside those of counting. Default 256. */
  maxProbes?: number;
}

/** A part this much bigger than asked for is cut. */
const TOLERANCE = 1.5;
const MAX_PROBES = 256;
/** For a collection too big to be counted at once, nobody knows how big. */
const MOST_CUTS = 255;

/** @returns parts in the order of names, without gap or overlap; one, if that is enough */
export async function splitCollection(
  caller: Caller,
  scope: Scope,
  { documentsPerPart, maxProbes = MAX_PROBES }: SplitOptions,
): Promise<Part[]> {
  const documents = await countIfPossible(caller, scope);
  const limit = documentsPerPart * TOLERANCE;
  const range = scope.range ?? {};
  if (documents !== undefined && documents <= limit) return [{ range, documents }];
  const wanted = documents === undefined ? MOST_CUTS : Math.ceil(documents / documentsPerPart) - 1;
  const cuts = await listCuts(caller, scope, wanted);
  const first = { start: range.start, end: cuts[0] ?? range.end };
  const ranges = [
    first,
    ...cuts.map((start, index) => ({ start, end: cuts[index + 1] ?? range.end })),
  ];
  const counted = await mapConcurrently(ranges, CONCURRENCY, async (each) => ({
    range: each,
    documents:
      cuts.length === 0 && documents !== undefined
        ? documents
        : await countDocuments(caller, { ...scope, range: each }),
  }));
  const halving = new Halving(caller, scope, maxProbes);
  return merge(await halving.refine(counted, limit), limit);
}

async function countIfPossible(caller: Caller, scope: Scope): Promise<number | undefined> {
  try {
    return await countDocuments(caller, scope);
  } catch (error) {
    if (error instanceof FiresinkError && error.code === COUNT_TIMEOUT) return undefined;
    throw error;
  }
}

/** Neighbours that are not too big together become one. */
function merge(parts: readonly Part[], limit: number): Part[] {
  const merged: Part[] = [];
  for (const part of parts) {
    const before = merged.at(-1);
    if (before && before.documents + part.documents <= limit) {
      before.documents += part.documents;
      before.range = { start: before.range.start, end: part.range.end };
    } else {
      merged.push({ ...part });
    }
  }
  return merged;
}
