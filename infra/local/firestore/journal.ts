// The store on disk: a file that is only ever appended to, one record a commit, replayed at the start.
//
//   file    MAGIC, then records
//   record  payload's length (4 bytes), its CRC32C (4), payload
//   payload per change: kind (1 byte: 1 put, 2 delete), commit time in microseconds (8, a double),
//           length (4), then the google.firestore.v1.Document, or the name of the deleted one
//
// All little endian. A commit is acknowledged after its record is written: kill -9 loses nothing that
// was answered, and of a commit cut in the middle nothing stays. A power cut may lose the last seconds:
// nothing waits for the disk.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { documentName } from './documents.ts';

const MAGIC = Buffer.from('firesink firestore journal 1\n');
const RECORD_HEADER_BYTES = 8;
const CHANGE_HEADER_BYTES = 13;
const PUT = 1;
const DELETE = 2;
/** Bytes of a record when everything is written anew. */
const COMPACTED_RECORD_BYTES = 1 << 20;

export interface Change {
  name: string;
  /** When it was committed, in microseconds since 1970. */
  micros: number;
  /** An encoded google.firestore.v1.Document; undefined for a deletion. */
  document: Buffer | undefined;
}

/** Bytes a change takes in the journal. */
export const changeBytes = ({ name, document }: Pick<Change, 'name' | 'document'>): number =>
  CHANGE_HEADER_BYTES + (document ? document.length : Buffer.byteLength(name));

export class Journal {
  readonly #path: string;
  #fd: number;
  /** Bytes of the file. */
  size = MAGIC.length;

  /** @throws for a file that is no journal, or is damaged elsewhere than at its end. */
  constructor(dataDir: string, replay: (changes: Change[]) => void) {
    mkdirSync(dataDir, { recursive: true });
    this.#path = join(dataDir, 'firestore.journal');
    this.#fd = openSync(this.#path, 'a+');
    this.#replay(replay);
    ftruncateSync(this.#fd, this.size);
    if (this.size === 0) this.#write(MAGIC);
  }

  append(changes: Iterable<Change>): void {
    this.#write(encodeRecord([...changes].map(encodeChange)));
  }

  /** Puts these changes, each document's in the order of time, in the place of all records. */
  rewrite(changes: Iterable<Change>): void {
    const path = `${this.#path}.new`;
    const fd = openSync(path, 'w+');
    const { size, old } = { size: this.size, old: this.#fd };
    this.#fd = fd;
    this.size = 0;
    try {
      this.#write(MAGIC);
      for (const record of inRecords(changes)) this.#write(record);
      fsyncSync(fd);
      renameSync(path, this.#path);
    } catch (error) {
      this.#fd = old;
      this.size = size;
      closeSync(fd);
      throw error;
    }
    closeSync(old);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(bytes: Buffer): void {
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(this.#fd, bytes, written, bytes.length - written, this.size + written);
      }
    } catch (error) {
      // Half a record in the middle would make all that come later unreadable.
      ftruncateSync(this.#fd, this.size);
      throw error;
    }
    this.size += bytes.length;
  }

  #replay(replay: (changes: Change[]) => void): void {
    const fileBytes = fstatSync(this.#fd).size;
    const start = this.#read(0, Math.min(fileBytes, MAGIC.length));
    if (!start.equals(MAGIC.subarray(0, start.length))) {
      throw this.#damaged(0, 'this is no journal of the Firestore stand-in');
    }
    if (start.length < MAGIC.length) {
      this.size = 0;
      return;
    }
    while (this.size + RECORD_HEADER_BYTES <= fileBytes) {
      const header = this.#read(this.size, RECORD_HEADER_BYTES);
      const payloadStart = this.size + RECORD_HEADER_BYTES;
      const end = payloadStart + header.readUInt32LE(0);
      // Cut off while it was written: nobody was told that this commit succeeded.
      if (end > fileBytes) return;
      const payload = this.#read(payloadStart, end - payloadStart);
      if (crc32c(payload) !== header.readUInt32LE(4)) {
        if (end === fileBytes) return;
        throw this.#damaged(this.size, 'a record differs from its checksum');
      }
      replay(decodeChanges(payload));
      this.size = end;
    }
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let read = 0; read < length; ) {
      const count = readSync(this.#fd, bytes, read, length - read, position + read);
      if (count === 0) throw this.#damaged(position, 'the file became shorter while it was read');
      read += count;
    }
    return bytes;
  }

  #damaged(offset: number, how: string): Error {
    closeSync(this.#fd);
    return new Error(
      `${this.#path}, byte ${offset}: ${how}. Move the file away to start with an empty Firestore.`,
    );
  }
}

function encodeChange({ name, micros, document }: Change): Buffer {
  const body = document ?? Buffer.from(name);
  const bytes = Buffer.allocUnsafe(CHANGE_HEADER_BYTES + body.length);
  bytes.writeUInt8(document ? PUT : DELETE, 0);
  bytes.writeDoubleLE(micros, 1);
  bytes.writeUInt32LE(body.length, 9);
  body.copy(bytes, CHANGE_HEADER_BYTES);
  return bytes;
}

function encodeRecord(changes: readonly Buffer[]): Buffer {
  const record = Buffer.concat([Buffer.alloc(RECORD_HEADER_BYTES), ...changes]);
  const payload = record.subarray(RECORD_HEADER_BYTES);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32c(payload), 4);
  return record;
}

function* inRecords(changes: Iterable<Change>): Generator<Buffer> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for (const change of changes) {
    const bytes = encodeChange(change);
    pending.push(bytes);
    pendingBytes += bytes.length;
    if (pendingBytes < COMPACTED_RECORD_BYTES) continue;
    yield encodeRecord(pending);
    pending = [];
    pendingBytes = 0;
  }
  if (pending.length > 0) yield encodeRecord(pending);
}

function decodeChanges(payload: Buffer): Change[] {
  const changes: Change[] = [];
  for (let position = 0; position < payload.length; ) {
    const kind = payload.readUInt8(position);
    const micros = payload.readDoubleLE(position + 1);
    const start = position + CHANGE_HEADER_BYTES;
    const end = start + payload.readUInt32LE(position + 9);
    const body = payload.subarray(start, end);
    // A copy, lest one document that stays keeps the whole record in memory.
    const document = kind === PUT ? Buffer.from(body) : undefined;
    changes.push({ name: document ? documentName(document) : body.toString(), micros, document });
    position = end;
  }
  return changes;
}
