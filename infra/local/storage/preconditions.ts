// ifGenerationMatch and its three siblings, on what is written (412) and on what is read (304 or 412).
import { conditionNotMet, invalid, notModified } from './errors.ts';
import type { ObjectRecord, Preconditions } from './records.ts';

const NAMES = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const;

/** @throws {StorageError} 400 for anything but a decimal number. */
export function parseGeneration(name: string, text: string): number {
  if (!/^-?\d{1,19}$/.test(text)) throw invalid(`Invalid value for ${name}: '${text}'.`);
  return Number(text);
}

/** @param infix  `Source` for those of a copy's source: `ifSourceGenerationMatch` */
export function parsePreconditions(
  query: URLSearchParams,
  infix: '' | 'Source' = '',
): Preconditions {
  const preconditions: Preconditions = {};
  for (const name of NAMES) {
    const parameter = name.replace(/^if/, `if${infix}`);
    const text = query.get(parameter);
    if (text !== null) preconditions[name] = parseGeneration(parameter, text);
  }
  return preconditions;
}

function matchesHold(preconditions: Preconditions, live: ObjectRecord | undefined): boolean {
  const { ifGenerationMatch, ifMetagenerationMatch } = preconditions;
  // Generation 0 stands for "there is none".
  return (
    (ifGenerationMatch === undefined || ifGenerationMatch === (live?.generation ?? 0)) &&
    (ifMetagenerationMatch === undefined || ifMetagenerationMatch === live?.metageneration)
  );
}

function differencesHold(preconditions: Preconditions, live: ObjectRecord | undefined): boolean {
  const { ifGenerationNotMatch, ifMetagenerationNotMatch } = preconditions;
  return (
    (ifGenerationNotMatch === undefined ||
      (live !== undefined && ifGenerationNotMatch !== live.generation)) &&
    (ifMetagenerationNotMatch === undefined ||
      (live !== undefined && ifMetagenerationNotMatch !== live.metageneration))
  );
}

/** @throws {StorageError} 412 */
export function checkWrite(preconditions: Preconditions, live: ObjectRecord | undefined): void {
  if (!matchesHold(preconditions, live) || !differencesHold(preconditions, live)) {
    throw conditionNotMet();
  }
}

/** @throws {StorageError} 412, or 304 for an object the reader has already */
export function checkRead(preconditions: Preconditions, object: ObjectRecord): void {
  if (!matchesHold(preconditions, object)) throw conditionNotMet();
  if (!differencesHold(preconditions, object)) throw notModified();
}
