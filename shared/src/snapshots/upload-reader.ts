// An uploaded file as its documents, in flat memory: unpacked, split, parsed without loss. One bad line
// refuses the whole file, but only at its end, so that the error can name the others too.
import { isUtf8 } from 'node:buffer';
import { refusal } from '../config/refusal.ts';
import { FiresinkError } from '../errors.ts';
import { parseJsonValue } from '../rows/json-value.ts';
import type { Value } from '../rows/value.ts';
import { type ByteStream, plainBytes } from './upload-bytes.ts';
import { UploadFaults } from './upload-faults.ts';
import { JsonSplitter } from './upload-json.ts';
import { LineSplitter } from './upload-lines.ts';
import { SplitFault, type Splitter, type UploadElement } from './upload-splitter.ts';

export interface UploadLimits {
  /** Unpacked. */
  fileBytes: number;
  /** Of one line or element. */
  lineBytes: number;
}

const LIMITS: UploadLimits = {
  /** BigQuery quotas, "Load jobs": what it takes gzipped, unpacked; larger sources are read, not uploaded. */
  fileBytes: 4 * 2 ** 30,
  /** BigQuery quotas, "Load jobs": one JSON row. */
  lineBytes: 100_000_000,
};

export interface UploadFile {
  /** As in error texts; its ending says how it is split: `.ndjson`, `.jsonl`, `.json`, each also with `.gz`. */
  name: string;
  limits?: UploadLimits;
}

/**
 * What `toRow` makes of each document, in the order of the file. Nothing may be kept of what came if it
 * throws in the end.
 *
 * @param stream  the file's bytes, packed or not
 * @param toRow  of one document and its number (line or element, 1-based); a FiresinkError it throws is the
 *   reason why that line is bad
 * @throws FiresinkError refused `bad-upload`: bad lines (20 by number and reason), no rows, an unknown
 *   ending, damaged gzip, UTF-16, more than the limits; and whatever the stream throws
 */
export async function* readUpload<Row>(
  stream: ByteStream,
  { name, limits = LIMITS }: UploadFile,
  toRow: (value: Value, number: number) => Row,
): AsyncGenerator<Row, void, void> {
  const splitter = splitterFor(name, limits.lineBytes);
  const faults = new UploadFaults(name, splitter.unit);
  let rows: Row[] = [];
  let count = 0;
  const take = (element: UploadElement) => {
    const row = attempt(element, toRow, faults);
    if (row !== undefined && faults.count === 0) rows.push(row.value);
  };
  try {
    for await (const chunk of plainBytes(stream, name, limits.fileBytes)) {
      splitter.push(chunk, take);
      count += rows.length;
      yield* rows;
      rows = [];
    }
    splitter.end(take);
  } catch (error) {
    if (!(error instanceof SplitFault)) throw error;
    faults.add(error.number, error.message);
  }
  faults.throwIfAny();
  yield* rows;
  if (count + rows.length === 0) throw noRows(name);
}

function attempt<Row>(
  { number, bytes }: UploadElement,
  toRow: (value: Value, number: number) => Row,
  faults: UploadFaults,
): { value: Row } | undefined {
  try {
    return { value: toRow(parseJsonValue(decode(bytes)), number) };
  } catch (error) {
    if (!(error instanceof FiresinkError)) throw error;
    faults.add(number, error.where === undefined ? error.what : `${error.what} (${error.where})`);
    return undefined;
  }
}

function decode(bytes: Buffer): string {
  const text = bytes.toString();
  // U+FFFD may be in the file itself; only then is it worth a second look.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) throw refusal('bad-upload', 'is not UTF-8');
  return text;
}

function splitterFor(name: string, lineBytes: number): Splitter {
  const [, ending] = /\.(ndjson|jsonl|json)(?:\.gz)?$/i.exec(name) ?? [];
  switch (ending?.toLowerCase()) {
    case 'ndjson':
    case 'jsonl':
      return new LineSplitter(lineBytes);
    case 'json':
      return new JsonSplitter(lineBytes);
    default:
      throw refusal('bad-upload', 'is neither .ndjson nor .json', {
        where: name,
        hint: 'Upload one JSON document a line as .ndjson, or an array of them as .json; either may be gzipped',
      });
  }
}

const noRows = (name: string): FiresinkError =>
  refusal('bad-upload', 'holds no rows', {
    where: name,
    hint: 'To empty a slice, empty the collection and export it with "allowEmpty":true',
  });
