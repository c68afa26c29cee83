// The bytes of an upload as plain UTF-8: unpacked, whatever its name or headers say of it, and never more
// than the limit, so that a file that unpacks into terabytes stops there.
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { refusal } from '../config/refusal.ts';

export type ByteStream = AsyncIterable<Buffer>;

/** `gcloud storage cp -Z` packs what may be packed already. */
const MAX_GZIP_LAYERS = 2;

const GZIP = Buffer.from([0x1f, 0x8b]);
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const LONGEST_MAGIC_BYTES = 4;

const FOREIGN = [
  { magic: Buffer.from([0xff, 0xfe]), is: 'is UTF-16' },
  { magic: Buffer.from([0xfe, 0xff]), is: 'is UTF-16' },
  { magic: Buffer.from('PK\u0003\u0004'), is: 'is a zip archive' },
] as const;

/** @throws FiresinkError refused `bad-upload`, while it is read; and what the stream throws */
export async function* plainBytes(
  stream: ByteStream,
  name: string,
  limitBytes: number,
): ByteStream {
  let { head, whole } = await peek(stream);
  for (let layer = 0; layer < MAX_GZIP_LAYERS && startsWith(head, GZIP); layer++) {
    ({ head, whole } = await peek(gunzip(whole, name)));
  }
  const foreign = FOREIGN.find(({ magic }) => startsWith(head, magic));
  if (foreign !== undefined) {
    throw refusal('bad-upload', foreign.is, {
      where: name,
      hint: 'Upload it as UTF-8, gzipped or not',
    });
  }
  let skipBytes = startsWith(head, UTF8_BOM) ? UTF8_BOM.length : 0;
  let readBytes = 0;
  for await (const chunk of whole) {
    readBytes += chunk.length;
    if (readBytes > limitBytes) throw tooLarge(name, limitBytes);
    const skipped = Math.min(skipBytes, chunk.length);
    skipBytes -= skipped;
    yield skipped === 0 ? chunk : chunk.subarray(skipped);
  }
}

const startsWith = (head: Buffer, magic: Buffer): boolean =>
  head.subarray(0, magic.length).equals(magic);

const tooLarge = (name: string, limitBytes: number) =>
  refusal('bad-upload', `holds more than ${limitBytes / 2 ** 30} GiB`, {
    where: name,
    hint: 'An upload replaces a slice as a whole: shorten it, or let firesink read the database itself',
  });

/** The first bytes, and the stream as if they had not been taken. */
async function peek(stream: ByteStream): Promise<{ head: Buffer; whole: ByteStream }> {
  const iterator = stream[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < LONGEST_MAGIC_BYTES) {
    const { done, value } = await iterator.next();
    if (done) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  return { head, whole: rejoin(head, iterator) };
}

async function* rejoin(head: Buffer, rest: AsyncIterator<Buffer>): ByteStream {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const { done, value } = await rest.next();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    await rest.return?.();
  }
}

async function* gunzip(stream: ByteStream, name: string): ByteStream {
  const unpacked = createGunzip({ chunkSize: 256 * 1024 });
  // Its errors arrive where we read.
  pipeline(Readable.from(stream, { objectMode: false }), unpacked, () => {});
  try {
    for await (const chunk of unpacked) yield chunk as Buffer;
  } catch (cause) {
    throw isZlibError(cause) ? damaged(name, cause) : cause;
  }
}

const isZlibError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

function damaged(name: string, cause: Error & { code: string }) {
  const what =
    cause.code === 'Z_BUF_ERROR' ? 'its gzip data ends too early' : 'its gzip data is damaged';
  return refusal('bad-upload', what, { where: name, hint: 'Upload the file again', cause });
}
