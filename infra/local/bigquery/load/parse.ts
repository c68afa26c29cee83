// The work of a load job that needs no database: read the objects, check every row, write the staging
// file. Runs in a worker thread (worker.ts), so it may be busy for as long as it likes.
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ApiError, type ErrorProto, invalid } from '../errors.ts';
import { parseJson } from '../ndjson/json.ts';
import { convertRow, planRow, type RowPlan } from '../ndjson/row.ts';
import { RowError } from '../ndjson/row-error.ts';
import type { Field } from '../schema.ts';
import { type Line, LineSplitter } from './lines.ts';
import { findObjects, openObject, type SourceObject } from './objects.ts';

export interface ParseTask {
  storageUrl: string;
  sourceUris: readonly string[];
  fields: readonly Field[];
  ignoreUnknownValues: boolean;
  maxBadRecords: number;
  /** Where the staging rows go. */
  stagingFile: string;
}

export interface ParseResult {
  inputFiles: number;
  /** As stored, compressed or not. */
  inputFileBytes: number;
  rows: number;
  badRecords: number;
  /** Of the staging file: its reader must be told. */
  longestRowBytes: number;
  /** The first bad records, at most five; not fatal if they are within maxBadRecords. */
  errors: ErrorProto[];
}

/** "At most, five errors of any type are returned" (docs, `--max_bad_records`). */
const MAX_ERRORS = 5;
const MAX_URIS = 10_000;
const WRITE_BYTES = 1 << 20;

/** @throws {ApiError} as the job's error */
export async function parseObjects(task: ParseTask): Promise<ParseResult> {
  if (task.sourceUris.length > MAX_URIS) {
    throw invalid(`Too many sources provided: ${task.sourceUris.length}. Limit is ${MAX_URIS}.`);
  }
  const objects: SourceObject[] = [];
  for (const uri of task.sourceUris) objects.push(...(await findObjects(task.storageUrl, uri)));
  const parser = new Parser(task);
  try {
    for (const object of objects) await parser.read(object);
    return parser.finish(objects);
  } finally {
    parser.close();
  }
}

class Parser {
  readonly #task: ParseTask;
  readonly #plan: RowPlan;
  readonly #file: number;
  readonly #errors: ErrorProto[] = [];
  #compressed: boolean | undefined;
  #buffer = '';
  #rows = 0;
  #badRecords = 0;
  #longestRowBytes = 0;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#plan = planRow(task.fields, { ignoreUnknownValues: task.ignoreUnknownValues });
    this.#file = openSync(task.stagingFile, 'w');
  }

  async read(object: SourceObject): Promise<void> {
    const splitter = new LineSplitter();
    for await (const chunk of this.#unpacked(object)) {
      for (const line of splitter.push(chunk)) this.#readLine(line, object);
    }
    for (const line of splitter.end()) this.#readLine(line, object);
  }

  async *#unpacked(object: SourceObject): AsyncGenerator<Buffer> {
    const response = await openObject(this.#task.storageUrl, object);
    const chunks = (response as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const first = await chunks.next().catch((error: unknown) => broken(object, error));
    if (first.done) return;
    const compressed = first.value[0] === 0x1f && first.value[1] === 0x8b;
    if (this.#compressed !== undefined && this.#compressed !== compressed) {
      throw invalid('Cannot load both compressed and uncompressed files in one load job');
    }
    this.#compressed = compressed;
    const source = prepend(first.value, chunks);
    try {
      yield* compressed ? gunzip(source) : source;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw compressed && isZlibError(error) ? badGzip(object, error) : broken(object, error);
    }
  }

  #readLine(line: Line, object: SourceObject): void {
    try {
      if (line.tooLong) throw new RowError('Row size is larger than: 104857600.');
      const text = decode(line);
      if (text !== undefined) this.#write(convertRow(this.#plan, parseJson(text)));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      this.#addError(error, line, object);
    }
  }

  #write(row: string): void {
    this.#rows += 1;
    // UTF-16 units, at most three bytes each: an upper bound is all the reader needs.
    this.#longestRowBytes = Math.max(this.#longestRowBytes, row.length * 3);
    this.#buffer += `${row}\n`;
    if (this.#buffer.length >= WRITE_BYTES) this.#flush();
  }

  #flush(): void {
    writeAll(this.#file, Buffer.from(this.#buffer, 'utf8'));
    this.#buffer = '';
  }

  #addError(error: RowError, line: Line, object: SourceObject): void {
    this.#badRecords += 1;
    if (this.#errors.length < MAX_ERRORS) {
      this.#errors.push({
        reason: 'invalid',
        location: object.uri,
        message: `Error while reading data, error message: JSON parsing error in row starting at position ${line.position}: ${error.message}`,
      });
    }
    if (this.#badRecords > this.#task.maxBadRecords) throw this.#tooMany(object.uri);
  }

  #tooMany(uri: string): ApiError {
    const rows = this.#rows + this.#badRecords;
    return new ApiError(
      'invalid',
      `Error while reading data, error message: JSON processing encountered too many errors, giving up. Rows: ${rows}; errors: ${this.#badRecords}; max bad: ${this.#task.maxBadRecords}; error percent: 0`,
      { location: uri, details: this.#errors },
    );
  }

  finish(objects: readonly SourceObject[]): ParseResult {
    this.#flush();
    return {
      inputFiles: objects.length,
      inputFileBytes: objects.reduce((sum, object) => sum + object.sizeBytes, 0),
      rows: this.#rows,
      badRecords: this.#badRecords,
      longestRowBytes: this.#longestRowBytes,
      errors: this.#errors,
    };
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The row's text; undefined for a blank line. */
function decode({ bytes, start, end }: Line): string | undefined {
  if (!isUtf8(bytes.subarray(start, end))) {
    throw new RowError('Invalid UTF-8 string: the row holds bytes that are not UTF-8');
  }
  const text = bytes.toString('utf8', start, end);
  if (text.charCodeAt(0) === 0x7b) return text;
  return text.trim() === '' ? undefined : text;
}

async function* prepend(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { Readable } = await import('node:stream');
  const { pipeline } = await import('node:stream/promises');
  const unzip = createGunzip();
  const piping = pipeline(Readable.from(source), unzip);
  piping.catch(() => {});
  yield* unzip as Readable as AsyncIterable<Buffer>;
  await piping;
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

function badGzip(object: SourceObject, cause: unknown): ApiError {
  const message = `Error while reading data, error message: The compressed file ${object.uri} is corrupt or cut short`;
  return new ApiError('invalid', message, { location: object.uri, cause });
}

function broken(object: SourceObject, cause: unknown): never {
  throw new ApiError('backendError', `Error while reading ${object.uri}: the connection broke`, {
    location: object.uri,
    cause,
  });
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written);
  }
}
