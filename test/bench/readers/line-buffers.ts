import type { Read } from './reader.ts';

/** Characters that become bytes at a time. */
const BATCH_CHARACTERS = 256 * 1024;

/** Rows into buffers, which nobody keeps. */
export class LineBuffers {
  #documents = 0;
  #bytes = 0;
  #lines = '';

  add(row: object): void {
    this.#documents++;
    this.#lines += `${JSON.stringify(row)}\n`;
    if (this.#lines.length >= BATCH_CHARACTERS) this.#flush();
  }

  read(): Read {
    this.#flush();
    return { documents: this.#documents, bytes: this.#bytes };
  }

  #flush(): void {
    this.#bytes += Buffer.from(this.#lines).length;
    this.#lines = '';
  }
}
