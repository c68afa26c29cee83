// What is wrong with an upload, line by line: any bad line refuses the whole file, and one error tells
// enough of them to mend the file in one go.
import { refusal } from '../config/refusal.ts';
import type { FiresinkError } from '../errors.ts';

const MAX_TOLD = 20;
/** Characters of one reason: values stand in it. */
const MAX_REASON = 200;

export class UploadFaults {
  readonly #name: string;
  /** What the file consists of: `line` or `element`. */
  readonly #unit: string;
  readonly #told: string[] = [];
  #count = 0;

  constructor(name: string, unit: string) {
    this.#name = name;
    this.#unit = unit;
  }

  get count(): number {
    return this.#count;
  }

  /** @param number  1-based; undefined for what is wrong with the file as a whole */
  add(number: number | undefined, reason: string): void {
    this.#count++;
    if (this.#told.length === MAX_TOLD) return;
    const short = reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason;
    this.#told.push(number === undefined ? short : `${this.#unit} ${number}: ${short}`);
  }

  /** @throws FiresinkError refused `bad-upload` */
  throwIfAny(): void {
    if (this.#count > 0) throw this.#error();
  }

  #error(): FiresinkError {
    const more = this.#count - this.#told.length;
    const told = more > 0 ? [...this.#told, `and ${more} more bad ${this.#unit}s`] : this.#told;
    return refusal('bad-upload', told.join('; '), {
      where: this.#name,
      hint: 'The table is as it was: correct the file and upload it again',
    });
  }
}
