// The sweep: what no event ever told us about. A notification that got lost, a table dropped or restored, a
// slice changed by hand: each is a slice that does not show its newest snapshot, or not all of its rows. What
// has the same rows and the same run as its snapshot is taken for it.
import { mapConcurrently } from '../concurrency.ts';
import { type Pair, tasks } from '../config/lookup.ts';
import { toFiresinkError } from '../google-errors.ts';
import { formatLoadMessage } from '../messages/load.ts';
import { parseObjectName } from '../messages/object-name.ts';
import { formatStem, uploadMark } from '../messages/stem.ts';
import type { Services } from '../services.ts';
import { listSnapshots, type Snapshot } from '../snapshots/list.ts';
import { refusalOf } from '../warehouse/chain.ts';
import { readSlice, type SliceHead } from '../warehouse/slice.ts';
import { sliceTarget } from '../warehouse/targets.ts';
import { readUnconfigured } from '../warehouse/unconfigured.ts';

/** An object whose event is to come once more. */
interface Due {
  name: string;
  generation: string;
}

/** Slices asked at the same time. */
const CONCURRENCY = 50;

/**
 * Publishes an event for each slice of the environment that is not as it should be. What cannot be asked
 * about is left to the next sweep.
 * @returns names of the objects whose events were published
 */
export async function sweep(services: Services): Promise<string[]> {
  const newest = new Map<string, string>();
  const checked = await mapConcurrently(tasks(services.environment), CONCURRENCY, async (pair) => {
    try {
      const { due, stem } = await checkSlice(services, pair);
      if (stem !== undefined) newest.set(keyOf(pair.source.name, pair.collection.name), stem);
      return due ? [due] : [];
    } catch (cause) {
      const { code, message: error } = toFiresinkError(cause);
      const subject = { source: pair.source.name, collection: pair.collection.name };
      services.log.warn('sweep: a slice could not be checked', { ...subject, code, error });
      return [];
    }
  });
  const due = [...checked.flat(), ...(await forgottenUploads(services, newest))];
  const { bucket } = services.environment.warehouse;
  await mapConcurrently(due, CONCURRENCY, async (object) => {
    const { data, attributes } = formatLoadMessage({ bucket, ...object });
    await services.publish('load', { data: Buffer.from(data), attributes });
  });
  const names = due.map(({ name }) => name);
  services.log.info('sweep: done', { slices: checked.length, published: names });
  for (const slice of await readUnconfigured(services)) {
    services.log.warn(
      'sweep: rows of a source that is not configured; `firesink prune` removes them',
      { ...slice },
    );
  }
  return names;
}

/** The object to load where the slice does not show it as it is; undefined where all is well. */
export async function findDue(services: Services, pair: Pair): Promise<Due | undefined> {
  return (await checkSlice(services, pair)).due;
}

async function checkSlice(
  services: Services,
  pair: Pair,
): Promise<{ due: Due | undefined; stem: string | undefined }> {
  const { address, folder, maxShrink } = sliceTarget(services.environment, pair);
  const head = await readSlice(await services.bigquery(), address, folder.source);
  const snapshots = await listSnapshots(await services.bucket(), folder, head.stem);
  const due = dueOf(head, snapshots, maxShrink);
  return { due, stem: snapshots.at(-1)?.stem ?? head.stem };
}

function dueOf(
  head: SliceHead,
  snapshots: readonly Snapshot[],
  maxShrink: number | undefined,
): Snapshot | undefined {
  if (head.stem === undefined) {
    // Without rows it shows every empty snapshot, but none that was not allowed to take rows away.
    const last = snapshots.findLast(({ rows, allowEmpty }) => rows > 0 || allowEmpty);
    return last && last.rows > 0 ? last : undefined;
  }
  const newest = snapshots.findLast(
    (each) => each.stem === head.stem || !refusalOf(each, head.rows, { maxShrink }),
  );
  return newest?.stem === head.stem && newest.rows === head.rows ? undefined : newest;
}

/** Files under `uploads/` that are newer than all their slice has, and were not refused. */
async function forgottenUploads(
  services: Services,
  newest: ReadonlyMap<string, string>,
): Promise<Due[]> {
  const [files] = await (await services.bucket()).getFiles({ prefix: 'uploads/' });
  return files.flatMap(({ name, metadata }) => {
    const place = parseObjectName(name);
    if (place?.area !== 'uploads' || metadata.metadata?.firesink_error !== undefined) return [];
    const { source, collection } = place.folder;
    if (!isConfigured(services, source, collection)) return [];
    const generation = String(metadata.generation);
    const runMs = Date.parse(metadata.timeCreated ?? '');
    const stem = formatStem({ runMs, upload: uploadMark(name, generation) });
    const last = newest.get(keyOf(source, collection));
    return last === undefined || stem > last ? [{ name, generation }] : [];
  });
}

const keyOf = (source: string, collection: string): string => `${source}/${collection}`;

const isConfigured = ({ environment }: Services, source: string, collection: string): boolean =>
  tasks(environment).some(
    (pair) => pair.source.name === source && pair.collection.name === collection,
  );
