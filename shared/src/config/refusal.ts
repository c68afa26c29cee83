import { FiresinkError } from '../errors.ts';

interface Context {
  where?: string | undefined;
  hint?: string | undefined;
  cause?: unknown;
}

/** Outcome `refused`: what was asked for can never succeed as it is. */
export function refusal(
  code: string,
  what: string,
  { where, hint, cause }: Context = {},
): FiresinkError {
  return new FiresinkError({
    outcome: 'refused',
    code,
    what,
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
