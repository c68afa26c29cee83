// Lines of text on their way into an upload: gathered into pieces worth sending.
import type { Upload } from './part-upload.ts';

/** Characters. Large enough that joining costs more than sending, small enough to stay flat. */
const BATCH_CHARACTERS = 256 * 1024;

export class LineWriter {
  readonly #upload: Upload;
  #lines: string[] = [];
  #characters = 0;

  constructor(upload: Upload) {
    this.#upload = upload;
  }

  /** @param line  without its newline. @returns a promise where the upload asks to wait */
  write(line: string): Promise<void> | undefined {
    this.#lines.push(line, '\n');
    this.#characters += line.length + 1;
    return this.#characters >= BATCH_CHARACTERS ? this.flush() : undefined;
  }

  async flush(): Promise<void> {
    const batch = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#characters = 0;
    if (batch.length > 0) await this.#upload.write(batch);
  }
}
