// The wire's bytes of documents into the rows of a snapshot: protobuf in, NDJSON out, no objects between.
// Whatever is rare goes through the decoder and rows/encode.ts instead; both give the same bytes.
import { FiresinkError } from '../../../errors.ts';
import { encodeRow, type SnapshotHead } from '../../../rows/encode.ts';
import type { RowProgram } from '../../../rows/program.ts';
import { Bytes, CAREFULLY, Output } from './bytes.ts';
import { decodeDocument, decodeText, type WireDocument } from './decode.ts';
import { DocumentWriter } from './document.ts';
import { MessageReader } from './reader.ts';

/** Bytes of rows that share a buffer. */
const BUFFER_BYTES = 1024 * 1024;
/** A row that may need more of it is written elsewhere first: few will, but room is kept for all. */
const MOST_RESERVED_BYTES = BUFFER_BYTES / 8;

export function createTranscoder(program: RowProgram, head: SnapshotHead): Transcoder {
  return new Transcoder(program, head);
}

class Transcoder {
  rows = 0;
  /** In all rows, also those beyond the hundred that a row lists. */
  rowErrors = 0;
  /** Fields left out because the configuration says so. */
  redacted = 0;
  /** Rows that went the careful way, some ten times slower. */
  careful = 0;
  readonly #program: RowProgram;
  readonly #head: SnapshotHead;
  readonly #bytes = new Bytes(BUFFER_BYTES);
  readonly #documents: DocumentWriter;
  /** In the output: rows not yet taken lie between. */
  #from = 0;
  #at = 0;
  #large: Output | undefined;

  constructor(program: RowProgram, head: SnapshotHead) {
    this.#program = program;
    this.#head = head;
    this.#documents = new DocumentWriter(this.#bytes, program, head);
  }

  /** Bytes of rows that wait to be taken. */
  get pendingBytes(): number {
    return this.#at - this.#from;
  }

  /**
   * Adds the row of a `RunQueryResponse`, which the bytes `start` to `end` of the buffer are; none if it has
   * no document. The buffer is not kept.
   * @throws {FiresinkError} `unknown-value` (failed), which names the document; `bad-message` (retry)
   */
  transcode(buffer: Buffer, start: number, end: number): void {
    const bytes = this.#bytes;
    const documents = this.#documents;
    bytes.readFrom(buffer);
    const mostBytes = documents.mostBytes(end - start);
    try {
      if (mostBytes > MOST_RESERVED_BYTES) this.#writeLarge(start, end, mostBytes);
      else {
        this.#reserve(mostBytes);
        this.#at = documents.write(start, end, this.#at);
      }
    } catch (error) {
      // A damaged length may also lead out of the buffer.
      if (error !== CAREFULLY && !(error instanceof RangeError)) throw error;
      this.#transcodeCarefully(buffer, start, end);
      return;
    }
    this.rows++;
    this.rowErrors += documents.rowErrors;
    this.redacted += documents.redacted;
  }

  /** The rows added since, whole lines. They stay as they are; what is added later goes elsewhere. */
  take(): Buffer {
    const rows = this.#bytes.written(this.#from, this.#at);
    this.#from = this.#at;
    return rows;
  }

  #reserve(size: number): void {
    const bytes = this.#bytes;
    bytes.slack = size;
    if (this.#at + size <= bytes.output.length) return;
    const pending = this.pendingBytes;
    bytes.moveOutput(Math.max(BUFFER_BYTES, 2 * pending + size), this.#from, this.#at);
    this.#from = 0;
    this.#at = pending;
  }

  /** Into a buffer that is used again and again, then to the other rows: only what is used takes memory. */
  #writeLarge(start: number, end: number, mostBytes: number): void {
    const bytes = this.#bytes;
    if (this.#large === undefined || this.#large.array.length < mostBytes) {
      this.#large = new Output(2 * mostBytes);
    }
    const rows = bytes.swapOutput(this.#large);
    bytes.slack = mostBytes;
    try {
      const length = this.#documents.write(start, end, 0);
      const row = bytes.written(0, length);
      this.#large = bytes.swapOutput(rows);
      this.#reserve(length);
      bytes.output.set(row, this.#at);
      this.#at += length;
    } catch (error) {
      bytes.swapOutput(rows);
      throw error;
    }
  }

  #transcodeCarefully(buffer: Buffer, start: number, end: number): void {
    const document = this.#decode(buffer, start, end);
    if (document === undefined) return;
    const { name, fields, createTime, updateTime } = document;
    const head = { ...this.#head, ...pathOf(name), createTime, updateTime };
    const { line, rowErrors, redacted } = encodeRow(this.#program, head, fields);
    this.#reserve(line.length * 3 + 1);
    this.#at = this.#bytes.writeString(`${line}\n`, this.#at);
    this.careful++;
    this.rows++;
    this.rowErrors += rowErrors;
    this.redacted += redacted;
  }

  #decode(buffer: Buffer, start: number, end: number): WireDocument | undefined {
    try {
      const document = fieldIn(new MessageReader(buffer, start, end), 1);
      return document && decodeDocument(document.message());
    } catch (error) {
      throw this.#named(error, buffer, start, end);
    }
  }

  #named(error: unknown, buffer: Buffer, start: number, end: number): unknown {
    const where = nameIn(buffer, start, end);
    if (error instanceof FiresinkError) {
      const { outcome, code, what, hint } = error;
      return new FiresinkError({ outcome, code, what, where, ...(hint ? { hint } : {}) });
    }
    if (!(error instanceof RangeError)) return error;
    return new FiresinkError({
      outcome: 'retry',
      code: 'bad-message',
      what: 'Firestore sent a document that cannot be read',
      where,
      cause: error,
    });
  }
}

/** The reader, if it has such a field, right before its value. */
function fieldIn(reader: MessageReader, wanted: number): MessageReader | undefined {
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === wanted) return reader;
    reader.skip();
  }
  return undefined;
}

function nameIn(buffer: Buffer, start: number, end: number): string {
  try {
    const document = fieldIn(new MessageReader(buffer, start, end), 1)?.message();
    const name = document && fieldIn(document, 1)?.bytes();
    return name === undefined ? 'a document without a name' : decodeText(name).toWellFormed();
  } catch {
    return 'a damaged document';
  }
}

const ROOT = '/documents/';

function pathOf(name: string): { documentId: string; documentPath: string } {
  const root = name.indexOf(ROOT);
  return {
    documentId: name.slice(name.lastIndexOf('/') + 1),
    documentPath: root < 0 ? name : name.slice(root + ROOT.length),
  };
}
