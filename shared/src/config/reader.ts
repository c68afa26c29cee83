// The text of a configuration file or schema, from disk or from Cloud Storage. A function reads its
// configuration for every event, so that a change needs no deployment: from a bucket it asks for the
// generation each time, and for the text only when that has changed.
import { readFile } from 'node:fs/promises';
import type { Storage } from '@google-cloud/storage';
import { FiresinkError } from '../errors.ts';
import type { ReadText } from './load.ts';
import { refusal } from './refusal.ts';

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
    const what = codeOf(cause) === 'ENOENT' ? 'there is no such file' : unreadable(cause);
    const hint = location.startsWith('gs:')
      ? 'In Cloud Storage it is gs://bucket/object'
      : undefined;
    throw refusal('no-config', what, { where: location, hint, cause });
  }
}

function remoteError(location: string, cause: unknown): FiresinkError {
  const code = codeOf(cause);
  const context = { where: location, cause };
  if (code === 404) return refusal('no-config', 'there is no such object', context);
  if (code === 401 || code === 403) {
    const hint =
      'Give the account that runs firesink the role roles/storage.objectViewer on that bucket';
    return refusal('no-config', unreadable(cause), { ...context, hint });
  }
  return new FiresinkError({
    outcome: 'retry',
    code: 'config-unavailable',
    what: unreadable(cause),
    ...context,
  });
}

const unreadable = (cause: unknown): string =>
  `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
