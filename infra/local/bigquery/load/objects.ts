// Reading gs:// objects from the Cloud Storage stand-in, with node:http: `fetch` costs six times the CPU.
import { get, type IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, invalid, notFound } from '../errors.ts';
import { isObject } from '../json-body.ts';

export interface SourceObject {
  /** `gs://bucket/name` */
  uri: string;
  bucket: string;
  name: string;
  generation: string;
  sizeBytes: number;
}

const URI = /^gs:\/\/([^/*]+)\/(.+)$/s;

/** @throws {ApiError} for what is no object in Cloud Storage, or has more than one wildcard */
export function parseUri(uri: string): { bucket: string; name: string } {
  const [, bucket, name] = URI.exec(uri) ?? [];
  if (bucket === undefined || name === undefined) {
    throw invalid(
      `Source URI must be a Google Cloud Storage location: ${uri}. Use the form gs://bucket/object`,
    );
  }
  if (name.split('*').length > 2) {
    throw invalid(`Source URI can contain at most one wildcard '*' character: ${uri}`);
  }
  // "Consecutive slashes are collapsed" (docs, "Batch loading data", Cloud Storage URI).
  return { bucket, name: name.replaceAll(/\/{2,}/g, '/') };
}

/** The objects of a URI, sorted by name. @throws {ApiError} where there is none */
export async function findObjects(storageUrl: string, uri: string): Promise<SourceObject[]> {
  const { bucket, name } = parseUri(uri);
  if (!name.includes('*')) {
    const metadata = await getJson(objectUrl(storageUrl, bucket, name), uri);
    return [toSourceObject(bucket, metadata)];
  }
  const [prefix = '', suffix = ''] = name.split('*');
  const found: SourceObject[] = [];
  let pageToken: string | undefined;
  do {
    const query = new URLSearchParams({
      prefix,
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    const page = await getJson(
      `${storageUrl}/storage/v1/b/${encodeURIComponent(bucket)}/o?${query}`,
      uri,
    );
    const items: unknown[] = Array.isArray(page.items) ? page.items : [];
    found.push(...items.filter(isObject).map((item) => toSourceObject(bucket, item)));
    pageToken = typeof page.nextPageToken === 'string' ? page.nextPageToken : undefined;
  } while (pageToken !== undefined);
  const matching = found.filter(
    (object) => object.name.length >= prefix.length + suffix.length && object.name.endsWith(suffix),
  );
  if (matching.length === 0) throw notFound(`Uris ${uri}`);
  return matching;
}

const objectUrl = (storageUrl: string, bucket: string, name: string): string =>
  `${storageUrl}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;

function toSourceObject(bucket: string, metadata: Record<string, unknown>): SourceObject {
  const name = String(metadata.name);
  return {
    uri: `gs://${bucket}/${name}`,
    bucket,
    name,
    generation: String(metadata.generation),
    sizeBytes: Number(metadata.size),
  };
}

/** The object's bytes as stored, of the generation found. */
export function openObject(storageUrl: string, object: SourceObject): Promise<IncomingMessage> {
  const url = `${objectUrl(storageUrl, object.bucket, object.name)}?alt=media&generation=${object.generation}`;
  return retrying(object.uri, () => request(url, object.uri));
}

async function getJson(url: string, uri: string): Promise<Record<string, unknown>> {
  const body = await retrying(uri, async () => {
    const response = await request(url, uri);
    const text = await readText(response);
    return JSON.parse(text) as unknown;
  });
  if (isObject(body)) return body;
  throw new ApiError('backendError', `Cloud Storage answered oddly for ${uri}`, { location: uri });
}

const RETRY_DELAYS_MS = [50, 200, 800];

/** Tries again where the connection or Cloud Storage failed; what it answers clearly is final. */
async function retrying<T>(uri: string, attempt: () => Promise<T>): Promise<T> {
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof ApiError && error.reason !== 'backendError') throw error;
    }
    await sleep(delayMs);
  }
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError('backendError', `Cloud Storage cannot be reached to read ${uri}`, {
      location: uri,
      cause: error,
    });
  }
}

async function request(url: string, uri: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // Without `gzip` here Cloud Storage unpacks what was uploaded with contentEncoding gzip.
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject);
  });
  if (response.statusCode === 200) return response;
  response.resume();
  if (response.statusCode === 404) throw notFound(`URI ${uri}`);
  if (response.statusCode === 401 || response.statusCode === 403) {
    throw new ApiError('accessDenied', `Access Denied: File ${uri}: Access Denied`, {
      location: uri,
    });
  }
  throw new ApiError('backendError', `Cloud Storage answered ${response.statusCode} for ${uri}`, {
    location: uri,
  });
}
