// The text of a configuration file or schema, from disk or from Cloud Storage. A function reads its
// configuration for every event, so that a change needs no deployment: from a bucket it asks for the
// generation each time, and for the text only when that has changed.
import { readFile } from 'node:fs/promises';
import type { Storage } from '@google-cloud/storage';
import { FiresinkError } from '../errors.ts';
import type { ReadText } from './load.ts';

export interface ReaderServices {
  /** Called for `gs://` locations only: a configuration on disk needs no client. */
  storage: () => Storage | Promise<Storage>;
}

/** Reads for one process: what it has read from Cloud Storage it keeps, by generation. */
export function configReader({ storage }: ReaderServices): ReadText {
  const cache = new Map<string, { generation: string; text: string }>();
  return async (location) => {
    const [, bucket, object] = /^gs:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
    if (bucket === undefined || object === undefined) return readLocal(location);
    try {
      const file = (await storage()).bucket(bucket).file(object);
      const [metadata] = await file.getMetadata();
      const generation = `${metadata.generation}`;
      const known = cache.get(location);
      if (known?.generation === generation) return known.text;
      const [content] = await file.bucket.file(object, { generation }).download();
      const text = content.toString();
      cache.set(location, { generation, text });
      return text;
    } catch (cause) {
      throw remoteError(location, cause);
    }
  };
}

async function readLocal(location: string): Promise<string> {
  try {
    return await readFile(location, 'utf8');
  } catch (cause) {
    const missing = codeOf(cause) === 'ENOENT';
    throw new FiresinkError({
      outcome: 'refused',
      code: 'no-config',
      what: missing ? 'there is no such file' : `cannot be read: ${messageOf(cause)}`,
      where: location,
      ...(location.startsWith('gs:') ? { hint: 'In Cloud Storage it is gs://bucket/object' } : {}),
      cause,
    });
  }
}

function remoteError(location: string, cause: unknown): FiresinkError {
  const code = codeOf(cause);
  if (code === 404) {
    return new FiresinkError({
      outcome: 'refused',
      code: 'no-config',
      what: 'there is no such object',
      where: location,
      cause,
    });
  }
  if (code === 401 || code === 403) {
    return new FiresinkError({
      outcome: 'refused',
      code: 'no-config',
      what: `cannot be read: ${messageOf(cause)}`,
      where: location,
      hint: 'Give the account that runs firesink the role roles/storage.objectViewer on that bucket',
      cause,
    });
  }
  return new FiresinkError({
    outcome: 'retry',
    code: 'config-unavailable',
    what: `cannot be read now: ${messageOf(cause)}`,
    where: location,
    cause,
  });
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
