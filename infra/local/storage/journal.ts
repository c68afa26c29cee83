// Durable state as keys and JSON values in one append-only file: a line is one change of one or more keys,
// and because a line is written by one call, a process killed at any moment leaves all of it or none. What
// the machine's crash would lose is not fsynced for: this is a laptop's stand-in, not a vault.
//   {"format":"firesink-journal-1"}
//   [["bucket/b",{…}]]
//   [["object/b/a.txt",{…}],["message/7",{…}],["object/b/old.txt",null]]
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';

/** A key with its new value; null removes it. */
export type Change = readonly [key: string, value: object | null];

const HEADER = '{"format":"firesink-journal-1"}\n';

/** Lines that no longer count before the file is written anew; many enough to be rare, few enough to read. */
const MAX_STALE_LINES = 20_000;

export class Journal {
  readonly #path: string;
  readonly #values: Map<string, object>;
  #fd: number;
  #lines = 0;
  #bytes = 0;

  /** @throws Error naming file and line where the file is not one of ours. */
  constructor(path: string) {
    this.#path = path;
    this.#values = existsSync(path) ? readJournal(path) : new Map();
    this.#fd = this.#writeAnew();
  }

  entries(): IterableIterator<[string, object]> {
    return this.#values.entries();
  }

  /** All or nothing; once it returns, the change survives `kill -9`. */
  commit(changes: readonly Change[]): void {
    this.#append(this.#fd, `${JSON.stringify(changes)}\n`);
    apply(this.#values, changes);
    this.#lines += 1;
    if (this.#lines > MAX_STALE_LINES + this.#values.size) {
      closeSync(this.#fd);
      this.#fd = this.#writeAnew();
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #writeAnew(): number {
    const fresh = `${this.#path}.new`;
    const fd = openSync(fresh, 'w');
    this.#bytes = 0;
    this.#append(fd, HEADER);
    for (const entry of this.#values) this.#append(fd, `${JSON.stringify([entry])}\n`);
    renameSync(fresh, this.#path);
    this.#lines = this.#values.size;
    return fd;
  }

  #append(fd: number, text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length; )
        at += writeSync(fd, bytes, at, undefined, this.#bytes + at);
      this.#bytes += bytes.length;
    } catch (error) {
      // A full disk: half a line would spoil the next one.
      ftruncateSync(fd, this.#bytes);
      throw error;
    }
  }
}

function apply(values: Map<string, object>, changes: readonly Change[]): void {
  for (const [key, value] of changes) {
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
}

function readJournal(path: string): Map<string, object> {
  const text = readFileSync(path, 'utf8');
  if (!text.startsWith(HEADER)) {
    throw new Error(`${path}: not a journal of this version. Start with --fresh, or move it away.`);
  }
  const values = new Map<string, object>();
  // What follows the last newline is a line the process was killed in: it was never answered for.
  const lines = text.slice(HEADER.length).split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    try {
      apply(values, JSON.parse(line));
    } catch (cause) {
      throw new Error(`${path}: line ${index + 2} is damaged. Start with --fresh.`, { cause });
    }
  }
  return values;
}
