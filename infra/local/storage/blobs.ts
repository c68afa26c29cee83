// The bytes of objects, as files under random names. A file is written once and never changed; objects
// point at files, several objects may share one (compose and copy move no data), and a file goes when the
// last object, running download or upload lets go of it.
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { RunningHashes } from './hashes.ts';
import type { Content, Segment } from './records.ts';

/**
 * Bytes. Cloud Storage docs, "Resumable uploads": chunks are multiples of 256 KiB, and what a broken
 * request left behind is kept up to the last such boundary.
 */
const UPLOAD_UNIT_BYTES = 256 * 1024;

/** Bytes gathered for one write to disk: sockets deliver 64 KiB, and every write costs a thread's round trip. */
const WRITE_BYTES = 1024 * 1024;

const READ_BYTES = 512 * 1024;

export class BlobStore {
  readonly #folder: string;
  readonly #holders = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes the files that nobody holds: what a killed process was writing. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    for (const blob of await readdir(this.#folder)) {
      if (!this.#holders.has(blob)) await rm(this.#path(blob), { force: true });
    }
  }

  /** A writer for a new blob, which is held until whoever asked for it releases it. */
  create(): BlobWriter {
    const blob = randomUUID();
    this.hold([{ blob }]);
    return new BlobWriter(blob, this.#path(blob));
  }

  /** A writer that goes on where a killed process stopped, of a blob that is held already. */
  async resume(blob: string): Promise<BlobWriter> {
    const writer = new BlobWriter(blob, this.#path(blob));
    await writer.recover();
    return writer;
  }

  hold(segments: Iterable<Pick<Segment, 'blob'>>): void {
    for (const { blob } of segments) this.#holders.set(blob, (this.#holders.get(blob) ?? 0) + 1);
  }

  release(segments: Iterable<Pick<Segment, 'blob'>>): void {
    for (const { blob } of segments) {
      const left = (this.#holders.get(blob) ?? 0) - 1;
      if (left > 0) {
        this.#holders.set(blob, left);
        continue;
      }
      this.#holders.delete(blob);
      // What cannot be removed now (Windows, while somebody reads) goes at the next start.
      rm(this.#path(blob), { force: true }).catch(() => undefined);
    }
  }

  /** The bytes from `start` up to but not including `end`. The content stays readable although replaced meanwhile. */
  async *read({ segments }: Content, start: number, end: number): AsyncGenerator<Buffer> {
    this.hold(segments);
    try {
      let offset = 0;
      for (const { blob, size } of segments) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, size);
        offset += size;
        if (from >= to) continue;
        const range = { start: from, end: to - 1, highWaterMark: READ_BYTES };
        yield* createReadStream(this.#path(blob), range);
      }
    } finally {
      this.release(segments);
    }
  }

  #path(blob: string): string {
    return join(this.#folder, blob);
  }
}

/** Writes one blob. Calls must not overlap. */
export class BlobWriter {
  readonly blob: string;
  readonly #path: string;
  #hashes = new RunningHashes();
  #file: FileHandle | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #isBroken = false;

  constructor(blob: string, path: string) {
    this.blob = blob;
    this.#path = path;
  }

  /** Bytes that are kept whatever happens to the request that brings the next ones. */
  get keptBytes(): number {
    return this.#hashes.size;
  }

  /** Whether the disk failed; nothing that was counted is certain then. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** All bytes, those too that only `finish` would keep. */
  get receivedBytes(): number {
    return this.#hashes.size + this.#pendingBytes;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= WRITE_BYTES) await this.#flush(UPLOAD_UNIT_BYTES);
  }

  /** Ends one request of several: keeps whole units, forgets the rest, gives the file back. */
  async pause(): Promise<void> {
    try {
      await this.#flush(UPLOAD_UNIT_BYTES);
      await this.#writing;
    } finally {
      await this.close();
    }
  }

  /** Ends the upload. What was written is the content of an object to be. */
  async finish(): Promise<Content> {
    try {
      await this.#flush(1);
      await this.#writing;
    } finally {
      await this.close();
    }
    const hashes = this.#hashes.result();
    return { ...hashes, segments: hashes.size > 0 ? [{ blob: this.blob, size: hashes.size }] : [] };
  }

  /** Gives the file back and forgets what is not written yet. */
  async close(): Promise<void> {
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#writing.catch(() => undefined);
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Takes up what is on disk, up to the last whole unit; the file is read once for its hashes. */
  async recover(): Promise<void> {
    this.#hashes = new RunningHashes();
    const file = await open(this.#path, 'a+');
    const { size } = await file.stat().finally(() => file.close());
    const kept = size - (size % UPLOAD_UNIT_BYTES);
    await truncate(this.#path, kept);
    for await (const bytes of createReadStream(this.#path, { highWaterMark: READ_BYTES })) {
      this.#hashes.update(bytes);
    }
  }

  async #flush(unitBytes: number): Promise<void> {
    const bytes = this.#pendingBytes - (this.#pendingBytes % unitBytes);
    if (bytes === 0) return;
    const batch = this.#take(bytes);
    // One write at a time, and the next batch is received and hashed while it runs.
    await this.#writing;
    this.#writing = this.#writeOut(batch, this.#hashes.size);
    this.#writing.catch(() => undefined); // reported by whoever awaits it next
    for (const buffer of batch) this.#hashes.update(buffer);
  }

  async #writeOut(batch: readonly Buffer[], at: number): Promise<void> {
    try {
      this.#file ??= await open(this.#path, at === 0 ? 'w' : 'r+');
      await writeFully(this.#file, batch, at);
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  #take(bytes: number): Buffer[] {
    const all = this.#pending;
    const batch: Buffer[] = [];
    let left = bytes;
    while (left > 0) {
      const next = all[batch.length];
      if (next === undefined) break;
      batch.push(next.length <= left ? next : next.subarray(0, left));
      left -= next.length;
    }
    const last = all[batch.length - 1];
    this.#pending = all.slice(batch.length);
    if (last !== undefined && left < 0) this.#pending.unshift(last.subarray(last.length + left));
    this.#pendingBytes -= bytes;
    return batch;
  }
}

async function writeFully(file: FileHandle, buffers: readonly Buffer[], at: number): Promise<void> {
  const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await file.writev([...buffers], at);
  if (bytesWritten === bytes) return;
  // The system may take less than it was offered; the rest goes as one piece.
  await writeFully(file, [Buffer.concat(buffers).subarray(bytesWritten)], at + bytesWritten);
}
