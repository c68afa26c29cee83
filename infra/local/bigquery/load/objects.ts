// Reading gs:// objects from the Cloud Storage stand-in, with node:http: `fetch` costs six times the CPU.
import { get, type IncomingMessage } from 'node:http';
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
  return request(url, object.uri);
}

async function getJson(url: string, uri: string): Promise<Record<string, unknown>> {
  const response = await request(url, uri);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (!isObject(body))
    throw new ApiError('backendError', `Cloud Storage answered oddly for ${uri}`);
  return body;
}

async function request(url: string, uri: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // Without `gzip` here Cloud Storage unpacks what was uploaded with contentEncoding gzip.
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject);
  }).catch((error: unknown) => {
    throw new ApiError('backendError', `Cloud Storage cannot be reached to read ${uri}`, {
      location: uri,
      cause: error,
    });
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
