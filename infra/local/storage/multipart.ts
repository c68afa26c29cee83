// multipart/related as Cloud Storage's clients send it: a JSON part with the resource, then the media, read
// as a stream. Node's client ends lines with CRLF, gcloud's with LF alone and quotes the boundary with '.
import { invalid } from './errors.ts';

export interface Multipart {
  /** The first part, as text. */
  resource: string;
  /** Headers of the second part, names in lower case. */
  mediaHeaders: Map<string, string>;
  /** The second part. Must be read to its end, which throws where the closing boundary is missing. */
  media: AsyncIterable<Buffer>;
}

/** Bytes before the media: far above any resource. */
const MAX_HEAD_BYTES = 1024 * 1024;

const malformed = (what: string) => invalid(`Malformed multipart body: ${what}.`);

/** @throws {StorageError} 400 */
export async function readMultipart(
  contentType: string | undefined,
  body: AsyncIterable<Buffer>,
): Promise<Multipart> {
  const chunks = body[Symbol.asyncIterator]();
  const delimiter = Buffer.from(`--${parseBoundary(contentType)}`);
  let head = Buffer.alloc(0);
  for (;;) {
    const parts = parseHead(head, delimiter);
    if (parts !== undefined) return { ...parts, media: mediaUpTo(parts.rest, chunks, parts.end) };
    if (head.length > MAX_HEAD_BYTES) throw malformed('the resource is too large');
    const { value, done } = await chunks.next();
    if (done) throw malformed('it has no media part');
    head = Buffer.concat([head, value]);
  }
}

function parseBoundary(contentType = ''): string {
  const [, quoted, bare] = /;\s*boundary=(?:["']([^"']+)["']|([^\s;"']+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (!/^multipart\/related\b/i.test(contentType) || boundary === undefined) {
    throw malformed('the content type is not multipart/related with a boundary');
  }
  return boundary;
}

interface Head {
  resource: string;
  mediaHeaders: Map<string, string>;
  /** The media's first bytes. */
  rest: Buffer;
  /** What ends the media. */
  end: Buffer;
}

/** undefined while the media has not begun. */
function parseHead(head: Buffer, delimiter: Buffer): Head | undefined {
  const lineEnd = head.indexOf('\n', delimiter.length);
  if (lineEnd === -1) return undefined;
  const newline = head[lineEnd - 1] === 0x0d ? '\r\n' : '\n';
  const first = partAt(head, head.indexOf(delimiter), newline);
  const second = first && partAt(head, head.indexOf(delimiter, first.start), newline);
  if (first === undefined || second === undefined) return undefined;
  return {
    resource: head.toString('utf8', first.start, second.delimiterAt),
    mediaHeaders: parseHeaders(second.headers),
    rest: head.subarray(second.start),
    end: Buffer.concat([Buffer.from(newline), delimiter]),
  };
}

interface Part {
  delimiterAt: number;
  headers: string;
  /** Where the body begins. */
  start: number;
}

/** The part behind the delimiter that begins at `delimiterAt`, once its headers are there. */
function partAt(head: Buffer, delimiterAt: number, newline: string): Part | undefined {
  if (delimiterAt === -1) return undefined;
  const headersAt = head.indexOf(newline, delimiterAt);
  const blank = headersAt === -1 ? -1 : head.indexOf(newline + newline, headersAt);
  if (blank === -1) return undefined;
  const headers = head.toString('utf8', headersAt, blank);
  return { delimiterAt, headers, start: blank + 2 * newline.length };
}

function parseHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0)
      headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

async function* mediaUpTo(
  rest: Buffer,
  chunks: AsyncIterator<Buffer>,
  end: Buffer,
): AsyncGenerator<Buffer> {
  let window = rest;
  for (;;) {
    const at = window.indexOf(end);
    if (at !== -1) {
      if (at > 0) yield window.subarray(0, at);
      await drain(chunks);
      return;
    }
    // The last bytes may be the beginning of the end.
    const safe = Math.max(window.length - end.length + 1, 0);
    if (safe > 0) yield window.subarray(0, safe);
    const { value, done } = await chunks.next();
    if (done) throw malformed('the closing boundary is missing');
    window = safe === window.length ? value : Buffer.concat([window.subarray(safe), value]);
  }
}

/** The epilogue, so that the connection can be used again. */
async function drain(chunks: AsyncIterator<Buffer>): Promise<void> {
  while (!(await chunks.next()).done);
}
