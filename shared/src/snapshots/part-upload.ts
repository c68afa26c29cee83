// Writes one object of unknown length to Cloud Storage while it is being made: resumable, in pieces, one
// on its way while the next one fills. The checksum is computed natively and compared with what the service
// reports (the client's own costs more than reading the documents: facts, 5,200 µs of CPU per MiB).
import { crc32c } from '@node-rs/crc32';
import { Backoff, type BackoffPolicy, type BackoffWorld } from '../backoff.ts';
import { formatCrc32c } from './crc32c.ts';
import {
  askState,
  dropSession,
  openSession,
  putPiece,
  type SessionState,
  type SessionTarget,
  type StoredObject,
} from './resumable-session.ts';
import { damaged, describeFailure, isTransient, lost } from './upload-failures.ts';

/** Bytes. A multiple of 256 KiB, as Cloud Storage's "Resumable uploads" asks of all pieces but the last. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** Below this average, segments are joined first: a write to the socket costs more than copying 16 KiB. */
const SMALL_SEGMENT_BYTES = 16 * 1024;
/** Cloud Storage, "Retry strategy": exponential, up to a minute; here about a minute and a half in all. */
const POLICY: BackoffPolicy = { firstDelayMs: 250, longestDelayMs: 32_000, tries: 10 };

export interface UploadOptions extends SessionTarget {
  /** A multiple of 256 KiB. Up to two of them are held in memory. Default 8 MiB. */
  pieceBytes?: number;
  world?: BackoffWorld;
}

export interface Upload extends AsyncDisposable {
  /** The chunk must not be changed afterwards. Resolves when more may be written. */
  write(chunk: Buffer): Promise<void>;
  /** Resolves when the object exists and its checksum has been compared. */
  finish(): Promise<StoredObject>;
  /** Gives the upload up; no object comes of it. Does nothing after `finish`. Never throws. */
  abort(): Promise<void>;
}

/**
 * @throws {FiresinkError} here, or from `write` and `finish`: `precondition` (retry: the object exists
 *   already, or is another generation), `checksum`, `upload-lost`, `storage-unavailable` (retry),
 *   `access-denied`, `bucket-not-found`, `storage-refused` (failed)
 */
export async function startUpload(options: UploadOptions): Promise<Upload> {
  const upload = new PartUpload(options);
  await upload.open();
  return upload;
}

class PartUpload implements Upload {
  readonly #target: SessionTarget;
  readonly #pieceBytes: number;
  readonly #backoff: Backoff;
  readonly #aborter = new AbortController();
  #session: URL | undefined;
  #segments: Buffer[] = [];
  #pendingBytes = 0;
  /** Where in the object the pending bytes begin. */
  #offset = 0;
  #crc = 0;
  #inFlight: Promise<unknown> | undefined;
  #over = false;

  constructor({ pieceBytes = PIECE_BYTES, world, ...target }: UploadOptions) {
    this.#target = target;
    this.#pieceBytes = pieceBytes;
    this.#backoff = new Backoff(POLICY, world);
  }

  async open(): Promise<void> {
    this.#session = await this.#retrying(() => openSession(this.#target));
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#over) throw new Error(`${this.#where}: written to after its end`);
    this.#segments.push(chunk);
    this.#pendingBytes += chunk.length;
    // Strictly more: the last piece must be sent as the last, and never be empty unless the object is.
    while (this.#pendingBytes > this.#pieceBytes) {
      await this.#inFlight;
      const piece = this.#take(this.#pieceBytes);
      this.#inFlight = this.#send(piece);
      // It is awaited by the next write; until then its failure is not an unhandled one.
      this.#inFlight.catch(() => {});
    }
  }

  async finish(): Promise<StoredObject> {
    await this.#inFlight;
    this.#over = true;
    const piece = this.#take(this.#pendingBytes);
    const sizeBytes = this.#offset;
    const state = await this.#send({ ...piece, totalBytes: sizeBytes });
    if (!state.complete) throw lost(this.#target, 'the service did not end it');
    const { object } = state;
    if (object.crc32c !== this.#crc || object.sizeBytes !== sizeBytes) {
      throw await this.#discard(object, sizeBytes);
    }
    this.#session = undefined;
    return object;
  }

  async abort(): Promise<void> {
    this.#over = true;
    this.#aborter.abort();
    await this.#inFlight?.catch(() => {});
    const session = this.#session;
    this.#session = undefined;
    this.#segments = [];
    // A courtesy only: nobody knows the session, and it ends by itself.
    if (session) await dropSession(session, AbortSignal.timeout(5_000)).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  get #where(): string {
    return `gs://${this.#target.bucket.name}/${this.#target.name}`;
  }

  #take(bytes: number): PendingPiece {
    const { taken, left } = cutAt(joinSmall(this.#segments, this.#pendingBytes), bytes);
    for (const segment of taken) this.#crc = crc32c(segment, this.#crc);
    const piece = { from: this.#offset, bytes, segments: taken };
    this.#segments = left;
    this.#offset += bytes;
    this.#pendingBytes -= bytes;
    return piece;
  }

  /** Resolves when all of the piece has arrived, whatever happens on the way. */
  async #send(piece: PendingPiece): Promise<SessionState> {
    let arrivedBytes = 0;
    let doubtful = false;
    for (;;) {
      const state = await this.#retrying(
        () => (doubtful ? this.#ask(piece) : this.#put(piece, arrivedBytes)),
        () => {
          doubtful = true;
        },
      );
      if (state.complete) return state;
      const persisted = state.persistedBytes - piece.from;
      if (persisted < arrivedBytes || persisted > piece.bytes) {
        throw lost(
          this.#target,
          `of ${piece.from + arrivedBytes} bytes sent the service kept ${state.persistedBytes}`,
        );
      }
      const moved = persisted > arrivedBytes;
      if (persisted === piece.bytes && piece.totalBytes === undefined) {
        this.#backoff.progress();
        return state;
      }
      if (moved) this.#backoff.progress();
      else if (!doubtful) await this.#pause(new Error('the service took nothing of what was sent'));
      arrivedBytes = persisted;
      doubtful = false;
    }
  }

  #put(piece: PendingPiece, skipBytes: number): Promise<SessionState> {
    return putPiece(
      this.#openSession,
      {
        from: piece.from + skipBytes,
        segments: cutAt(piece.segments, skipBytes).left,
        ...(piece.totalBytes !== undefined && {
          totalBytes: piece.totalBytes,
          crc32c: formatCrc32c(this.#crc),
        }),
      },
      this.#aborter.signal,
    );
  }

  #ask(piece: PendingPiece): Promise<SessionState> {
    return askState(this.#openSession, piece.totalBytes, this.#aborter.signal);
  }

  get #openSession(): URL {
    if (!this.#session) throw new Error(`${this.#where}: not open`);
    return this.#session;
  }

  async #retrying<T>(action: () => Promise<T>, onFailure?: () => void): Promise<T> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        const session = this.#session !== undefined;
        if (this.#aborter.signal.aborted || !isTransient(error)) {
          throw describeFailure(error, this.#target, { session });
        }
        onFailure?.();
        await this.#pause(error);
      }
    }
  }

  async #pause(error: unknown): Promise<void> {
    if (await this.#backoff.again(this.#aborter.signal)) return;
    throw describeFailure(error, this.#target, { session: this.#session !== undefined });
  }

  /** What arrived is not what was sent: that generation goes, and no other. */
  async #discard({ generation, crc32c }: StoredObject, sizeBytes: number) {
    const { bucket, name } = this.#target;
    const file = bucket.file(name, { generation });
    const cause = await file.delete({ ifGenerationMatch: generation }).then(
      () => undefined,
      (error: unknown) => error,
    );
    return damaged(this.#target, { sent: this.#crc, stored: crc32c, sizeBytes, generation, cause });
  }
}

interface PendingPiece {
  from: number;
  bytes: number;
  segments: readonly Buffer[];
  /** With the last piece. */
  totalBytes?: number;
}

function joinSmall(segments: readonly Buffer[], bytes: number): readonly Buffer[] {
  return bytes < segments.length * SMALL_SEGMENT_BYTES
    ? [Buffer.concat(segments, bytes)]
    : segments;
}

function cutAt(segments: readonly Buffer[], bytes: number): { taken: Buffer[]; left: Buffer[] } {
  const taken: Buffer[] = [];
  const left: Buffer[] = [];
  let missing = bytes;
  for (const segment of segments) {
    if (missing > 0) taken.push(segment.subarray(0, missing));
    if (segment.length > missing) left.push(segment.subarray(missing));
    missing -= Math.min(missing, segment.length);
  }
  return { taken, left };
}
