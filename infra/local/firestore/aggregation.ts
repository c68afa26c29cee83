// RunAggregationQuery: count(). Sums and averages are not served.
import { invalidArgument, unimplemented } from './errors.ts';
import { parseParent } from './names.ts';
import { type Cost, planQuery, runQuery } from './query.ts';
import type { Aggregation, RunAggregationQueryRequest } from './requests.ts';
import type { FirestoreStore } from './store.ts';
import type { ReadView } from './transactions.ts';
import { encodeValue } from './values.ts';

interface Count {
  alias: string;
  upTo: number;
}

/** Index entries counted for the price of one document read. */
const ENTRIES_PER_READ = 1000;

/** The counts, each an encoded google.firestore.v1.Value under its alias. */
export function runAggregation(
  store: FirestoreStore,
  request: RunAggregationQueryRequest,
  view: ReadView,
  cost: Cost,
): Record<string, Buffer> {
  const { structuredQuery, aggregations = [] } = request.structuredAggregationQuery ?? {};
  if (!structuredQuery) throw invalidArgument('only structured queries are supported');
  const counts = parseCounts(aggregations);
  const plan = planQuery(structuredQuery, parseParent(request.parent));
  const most = Math.max(...counts.map(({ upTo }) => upTo));

  const scanned: Cost = { reads: 0 };
  let total = 0;
  if (most > 0) {
    for (const _row of runQuery(store, plan, view.micros, scanned)) {
      total += 1;
      if (total >= most) break;
    }
  }
  cost.reads += Math.max(1, Math.ceil(scanned.reads / ENTRIES_PER_READ));
  return Object.fromEntries(
    counts.map(({ alias, upTo }) => [
      alias,
      encodeValue({ type: 'integer', value: BigInt(Math.min(total, upTo)) }),
    ]),
  );
}

function parseCounts(aggregations: readonly Aggregation[]): Count[] {
  if (aggregations.length === 0) throw invalidArgument('Aggregations can not be empty.');
  if (aggregations.length > 5) {
    throw invalidArgument(
      'The maximum number of aggregations allowed in an aggregation query is 5.',
    );
  }
  const aliases = new Set<string>();
  return aggregations.map((aggregation, at) => {
    const alias = aggregation.alias || `field_${at + 1}`;
    if (aliases.has(alias)) {
      throw invalidArgument(`Aggregation aliases contain duplicate alias: ${alias}.`);
    }
    aliases.add(alias);
    return { alias, upTo: parseUpTo(aggregation) };
  });
}

function parseUpTo({ operator, count }: Aggregation): number {
  if (!operator) throw invalidArgument('Operator field in Aggregation is not set.');
  if (operator !== 'count') throw unimplemented(`the aggregation ${operator}`);
  if (!count?.upTo) return Infinity;
  const upTo = Number(count.upTo.value);
  if (upTo < 0) {
    throw invalidArgument(
      'The `up_to` value in a COUNT aggregation must be greater than or equal to zero.',
    );
  }
  return upTo;
}
