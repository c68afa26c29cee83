// What has to outlive the process, as lines of JSON appended to one file before anything else happens.
// A write is with the operating system when it returns, so `kill -9` loses nothing that was answered (a power
// cut may: nothing is synced but a compaction). A last line cut short was never answered; it is dropped. When the file has
// grown far beyond what still matters, it is written anew beside itself and renamed.
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Subscription, Topic } from './wire.ts';

export interface StoredMessage {
  id: string;
  publishTimeMs: number;
  data: Buffer;
  attributes: Record<string, string>;
  orderingKey: string;
}

/** As it stands in the file, with the data in base64. */
type SavedMessage = Omit<StoredMessage, 'data'> & { data: string };

export type JournalRecord =
  | { op: 'format'; version: 1 }
  | { op: 'topic'; topic: Topic }
  | { op: 'deleteTopic'; name: string }
  | { op: 'subscription'; subscription: Subscription }
  | { op: 'deleteSubscription'; name: string }
  /** To every subscription the topic has at that moment and whose filter lets it pass. */
  | { op: 'publish'; topic: string; messages: SavedMessage[] }
  /** Left in one subscription by a compaction, or put back there by redeliverAll. */
  | { op: 'keep'; subscription: string; message: SavedMessage; failures: number }
  /** Acknowledged, expired, or moved to the dead-letter topic. */
  | { op: 'remove'; subscription: string; ids: string[] }
  | { op: 'nack'; subscription: string; id: string }
  | { op: 'nextMessageId'; id: number };

export interface Journal {
  append(...records: JournalRecord[]): void;
  close(): void;
}

/** For a stand-in that forgets. */
export const NO_JOURNAL: Journal = { append() {}, close() {} };

/** Bytes. Below this a compaction is not worth a rewrite. */
const SMALLEST_COMPACTION = 16 * 1024 * 1024;

export const saveMessage = (message: StoredMessage): SavedMessage => ({
  ...message,
  data: message.data.toString('base64'),
});

export const restoreMessage = (message: SavedMessage): StoredMessage => ({
  ...message,
  data: Buffer.from(message.data, 'base64'),
});

const formatLine = (record: JournalRecord) => `${JSON.stringify(record)}\n`;

export class FileJournal implements Journal {
  readonly #path: string;
  readonly #snapshot: () => Iterable<JournalRecord>;
  #file: number;
  #bytes: number;
  #compactedBytes: number;

  /**
   * @param folder   made if it is missing
   * @param replay   called for each record of the file, in order, before this returns
   * @param snapshot all records that would lead to the state of now
   * @throws if a record that is not the last cannot be read: the file was changed by somebody else
   */
  constructor(
    folder: string,
    replay: (record: JournalRecord) => void,
    snapshot: () => Iterable<JournalRecord>,
  ) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, 'journal.ndjson');
    this.#snapshot = snapshot;
    this.#file = openSync(this.#path, 'a+');
    this.#bytes = replayFile(this.#path, readFileSync(this.#file), replay);
    ftruncateSync(this.#file, this.#bytes);
    this.#compactedBytes = this.#bytes;
    if (this.#bytes === 0) this.append({ op: 'format', version: 1 });
  }

  append(...records: JournalRecord[]): void {
    // Before, not after: the snapshot is of the state that these records have yet to change.
    if (this.#bytes > Math.max(SMALLEST_COMPACTION, 2 * this.#compactedBytes)) this.#compact();
    const lines = Buffer.from(records.map(formatLine).join(''));
    try {
      writeAll(this.#file, lines);
    } catch (error) {
      // Half a line in the middle would make all that follows unreadable.
      ftruncateSync(this.#file, this.#bytes);
      throw error;
    }
    this.#bytes += lines.length;
  }

  close(): void {
    closeSync(this.#file);
  }

  #compact(): void {
    const path = `${this.#path}.new`;
    const file = openSync(path, 'w');
    let bytes = writeAll(file, Buffer.from(formatLine({ op: 'format', version: 1 })));
    for (const record of this.#snapshot()) {
      bytes += writeAll(file, Buffer.from(formatLine(record)));
    }
    fsyncSync(file);
    closeSync(file);
    closeSync(this.#file);
    renameSync(path, this.#path);
    this.#file = openSync(this.#path, 'a');
    this.#bytes = bytes;
    this.#compactedBytes = bytes;
  }
}

function writeAll(file: number, bytes: Buffer): number {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
  return written;
}

/** @returns bytes up to the end of the last whole record */
function replayFile(path: string, file: Buffer, replay: (record: JournalRecord) => void): number {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = file.indexOf(0x0a, start);
    if (end < 0) return start;
    replay(parseLine(file.toString('utf8', start, end), `${path}, line ${line}`));
    start = end + 1;
  }
}

function parseLine(text: string, where: string): JournalRecord {
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null && 'op' in record) {
      return record as JournalRecord;
    }
  } catch {
    // Said below, with the place.
  }
  throw new Error(
    `${where}: not a record of the local Pub/Sub. Start with --fresh, or delete the file: its messages are lost.`,
  );
}
