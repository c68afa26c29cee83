/** Why one row, or one value of it, cannot be loaded: BigQuery's words, without position or file. */
export class RowError extends Error {
  override readonly name = 'RowError';
  /** Path of the column, e.g. `address.city`; streaming inserts show it. */
  readonly field: string | undefined;
  constructor(message: string, field?: string) {
    super(message);
    this.field = field;
  }
}
