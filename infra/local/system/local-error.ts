import { FiresinkError } from '@firesink/shared/errors.ts';

/** Something the user can put right: its message is all that is shown, without a stack. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
}

export const isForTheUser = (error: unknown): error is LocalError | FiresinkError =>
  error instanceof LocalError || error instanceof FiresinkError;
