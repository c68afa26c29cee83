// Resumable uploads: a session collects an object's bytes over any number of requests, and the object
// appears with the last of them. Cloud Storage docs, "Resumable uploads" and "Perform resumable uploads".
// Sessions outlive the process: what was kept is on disk, in whole units of 256 KiB.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BlobWriter } from './blobs.ts';
import { type Call, header, type Reply, unpackedBody } from './call.ts';
import { type ContentRange, parseContentRange } from './content-range.ts';
import { invalid, noSuchUpload, required, uploadGap, uploadLength } from './errors.ts';
import { checkHashes, parseHashHeader } from './hashes.ts';
import { checkWrite } from './preconditions.ts';
import type { ObjectRecord, SessionRecord, Upload } from './records.ts';
import { objectResource } from './resources.ts';
import type { Store } from './store.ts';

/** Milliseconds. Cloud Storage docs, "Resumable uploads": sessions expire after one week. */
const SESSION_MS = 7 * 24 * 3_600_000;

interface Session {
  record: SessionRecord;
  writer: BlobWriter;
  /** The request that is being served. */
  request: IncomingMessage | undefined;
  /** Settles when no request is being served. */
  free: Promise<void>;
}

export class Sessions {
  readonly #store: Store;
  readonly #open = new Map<string, Promise<Session>>();

  constructor(store: Store) {
    this.#store = store;
    for (const record of store.sessions.values()) {
      if (record.createdMs + SESSION_MS < store.now()) store.endSession(record);
    }
  }

  start({ baseUrl }: Call, upload: Upload): Reply {
    const { bucket, name, preconditions } = upload;
    checkWrite(preconditions, this.#store.live(bucket, name));
    const id = randomBytes(24).toString('base64url');
    const writer = this.#store.blobs.create();
    const record = { ...upload, id, blob: writer.blob, createdMs: this.#store.now() };
    this.#store.keepSession(record);
    // The session's own hold, made by keepSession, replaces the writer's.
    this.#store.blobs.release([writer]);
    const session = { record, writer, request: undefined, free: Promise.resolve() };
    this.#open.set(id, Promise.resolve(session));
    const query = new URLSearchParams({ uploadType: 'resumable', name, upload_id: id });
    const location = `${baseUrl}/upload/storage/v1/b/${bucket}/o?${query}`;
    return { status: 200, headers: { location, 'x-guploader-uploadid': id } };
  }

  /** One PUT of a session: bytes, or only a question how many are there. */
  async put(call: Call): Promise<Reply> {
    const id = uploadId(call);
    const finished = this.#store.finished.get(id);
    if (finished !== undefined) return this.#finishedReply(call, finished);
    const session = await this.#find(id);
    const release = await takeTurn(session, call.request);
    try {
      // The request before may have brought the last byte.
      const object = this.#store.finished.get(id);
      if (object !== undefined) return this.#finishedReply(call, object);
      if (!this.#store.sessions.has(id)) throw noSuchUpload();
      return await this.#receive(call, session);
    } finally {
      // A disk that failed: nobody knows what is on it.
      if (session.writer.isBroken) this.#end(session);
      release();
    }
  }

  /** Ends a session; what it received is gone. */
  async cancel(call: Call): Promise<Reply> {
    const session = await this.#find(uploadId(call));
    const release = await takeTurn(session, call.request);
    this.#end(session);
    release();
    return { status: 499 };
  }

  async #receive(call: Call, session: Session): Promise<Reply> {
    const { record, writer } = session;
    const range = parseContentRange(header(call.headers, 'content-range'));
    checkTotal(range.total, record.size);
    if (range.first === undefined) {
      const complete = range.total === writer.keptBytes;
      return complete ? await this.#finish(call, session) : incomplete(call, writer);
    }
    if (range.first > writer.keptBytes) throw uploadGap(range.first, writer.keptBytes);
    const end = range.first + (await receiveBytes(unpackedBody(call), writer, range));
    if (!isLast(range, end)) {
      await writer.pause();
      return incomplete(call, writer);
    }
    try {
      checkTotal(end, range.total ?? record.size);
      // Less than was there before: the client has lost count.
      checkTotal(end, writer.receivedBytes);
    } catch (error) {
      await writer.pause();
      throw error;
    }
    return await this.#finish(call, session);
  }

  async #finish(call: Call, session: Session): Promise<Reply> {
    const { record, writer } = session;
    const { expected, bucket, name, attributes, preconditions } = record;
    try {
      const content = await writer.finish();
      checkHashes(content, { ...expected, ...parseHashHeader(call.headers['x-goog-hash']) });
      const created = { bucket, name, attributes, preconditions, content, session: record };
      return this.#finishedReply(call, this.#store.createObject(created));
    } finally {
      this.#end(session);
    }
  }

  #finishedReply({ baseUrl }: Call, object: ObjectRecord): Reply {
    return { status: 200, json: objectResource(object, baseUrl) };
  }

  #end({ record }: Session): void {
    this.#open.delete(record.id);
    this.#store.endSession(record);
  }

  async #find(id: string): Promise<Session> {
    const record = this.#store.sessions.get(id);
    if (record === undefined || record.createdMs + SESSION_MS < this.#store.now()) {
      throw noSuchUpload();
    }
    const open = this.#open.get(id) ?? this.#reopen(record);
    this.#open.set(id, open);
    return await open;
  }

  async #reopen(record: SessionRecord): Promise<Session> {
    const writer = await this.#store.blobs.resume(record.blob);
    return { record, writer, request: undefined, free: Promise.resolve() };
  }
}

function uploadId({ query }: Call): string {
  const id = query.get('upload_id');
  if (id === null) throw required('upload_id');
  return id;
}

/**
 * Waits for the session. A client that comes again has given up its last request, which may still hang in
 * a connection that nobody told us is dead: it is ended.
 */
async function takeTurn(session: Session, request: IncomingMessage): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const before = session.free;
  session.request?.destroy();
  session.request = request;
  session.free = before.then(() => promise);
  await before;
  return () => {
    if (session.request === request) session.request = undefined;
    resolve();
  };
}

/** Writes what is new of the request's bytes; returns how many it had. */
async function receiveBytes(
  body: AsyncIterable<Buffer>,
  writer: BlobWriter,
  { first = 0, last }: ContentRange,
): Promise<number> {
  // Bytes kept once are never overwritten, the service ignores them too.
  let skip = writer.keptBytes - first;
  let received = 0;
  try {
    for await (const bytes of body) {
      received += bytes.length;
      if (bytes.length > skip) await writer.write(bytes.subarray(skip));
      skip = Math.max(skip - bytes.length, 0);
    }
  } catch (cut) {
    await writer.pause();
    throw cut;
  }
  if (last !== undefined && received !== last - first + 1) {
    await writer.pause();
    throw uploadLength(received, last - first + 1, first, last);
  }
  return received;
}

/** Whether a request that brought the bytes up to `end` was the upload's last. */
const isLast = ({ last, total }: ContentRange, end: number): boolean =>
  last === undefined || total === end;

function checkTotal(total: number | undefined, announced: number | undefined): void {
  if (total === undefined || announced === undefined || total === announced) return;
  throw invalid(
    `The upload has ${total} byte(s), but ${announced} byte(s) were announced for it before.`,
  );
}

function incomplete({ headers }: Call, { keptBytes }: BlobWriter): Reply {
  const range = keptBytes === 0 ? {} : { range: `bytes=0-${keptBytes - 1}` };
  // Go's client cannot follow 308, which others take for a redirect.
  return header(headers, 'x-guploader-no-308') === 'yes'
    ? { status: 200, headers: { ...range, 'x-http-status-code-override': 308 } }
    : { status: 308, headers: range };
}
