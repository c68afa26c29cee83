// objects.compose: up to 32 objects of a bucket one after the other as a new one. No byte is moved: the new
// object points at its sources' files, and its checksum follows from theirs.
import { checkObjectName, parseAttributes } from './attributes.ts';
import { isRecord, ok, param, readJson } from './call.ts';
import { conditionNotMet, invalid, noSuchSource, notServed, required } from './errors.ts';
import { combineCrc32c } from './hashes.ts';
import { parseGeneration, parsePreconditions } from './preconditions.ts';
import type { Content, ObjectRecord } from './records.ts';
import { objectResource } from './resources.ts';
import type { Operation } from './services.ts';
import type { Store } from './store.ts';

/** Cloud Storage docs, "Composite objects". */
const MAX_SOURCES = 32;

export const composeObject: Operation = async (call, { store }) => {
  const { sourceObjects, destination, deleteSourceObjects } = await readJson(call);
  if (deleteSourceObjects || call.query.get('deleteSourceObjects') === 'true') {
    throw notServed('deleteSourceObjects');
  }
  const bucket = param(call, 'bucket');
  const name = param(call, 'object');
  checkObjectName(name);
  store.bucket(bucket);
  const sources = parseSources(sourceObjects).map((source) => findSource(store, bucket, source));
  const object = store.createObject({
    bucket,
    name,
    content: composeContent(sources),
    attributes: parseAttributes(isRecord(destination) ? destination : {}),
    preconditions: parsePreconditions(call.query),
  });
  return ok(objectResource(object, call.baseUrl));
};

interface Source {
  name: string;
  generation?: number;
  ifGenerationMatch?: number;
}

function parseSources(value: unknown): Source[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('You must provide at least one source component.');
  }
  if (value.length > MAX_SOURCES) {
    throw invalid(
      `The number of source components provided (${value.length}) exceeds the maximum (${MAX_SOURCES})`,
    );
  }
  return value.map(parseSource);
}

function parseSource(value: unknown): Source {
  const { name, generation, objectPreconditions } = isRecord(value) ? value : {};
  if (typeof name !== 'string') throw required('sourceObjects.name');
  const { ifGenerationMatch } = isRecord(objectPreconditions) ? objectPreconditions : {};
  return {
    name,
    ...numeric('generation', generation),
    ...numeric('ifGenerationMatch', ifGenerationMatch),
  };
}

/** Node's client sends generations as numbers, others as strings. */
const numeric = (name: string, value: unknown): Record<string, number> =>
  value === undefined || value === null ? {} : { [name]: parseGeneration(name, String(value)) };

function findSource(
  store: Store,
  bucket: string,
  { name, generation, ifGenerationMatch }: Source,
): ObjectRecord {
  const object = store.live(bucket, name);
  if (object === undefined || (generation ?? object.generation) !== object.generation) {
    throw noSuchSource(name, generation);
  }
  if ((ifGenerationMatch ?? object.generation) !== object.generation) throw conditionNotMet();
  return object;
}

function composeContent(sources: readonly ObjectRecord[]): Content {
  const composed = sources
    .map(({ content }) => content)
    .reduce((before, next) => ({
      segments: [...before.segments, ...next.segments],
      size: before.size + next.size,
      crc32c: combineCrc32c(before.crc32c, next.crc32c, next.size),
      componentCount: (before.componentCount ?? 1) + (next.componentCount ?? 1),
    }));
  // Even of one source: the service never knows the md5 of what it composed.
  const { segments, size, crc32c, componentCount = 1 } = composed;
  return { segments, size, crc32c, componentCount };
}
