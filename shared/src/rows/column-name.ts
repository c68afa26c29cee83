// Which names BigQuery takes for a column. BigQuery docs, "Specify a schema", column names and flexible
// column names, read November 2026.
import { SYSTEM_COLUMNS } from './system-columns.ts';

/** Characters. */
const MAX_NAME_LENGTH = 300;

// Letters, marks and digits of any script, connectors, dashes, spaces, and these signs.
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} \t&%=+:'<>#|]+$/u;

const RESERVED_PREFIXES = [
  '_TABLE_',
  '_FILE_',
  '_PARTITION',
  '_ROW_TIMESTAMP',
  '__ROOT__',
  '_COLIDENTIFIER',
  '_CHANGE_SEQUENCE_NUMBER',
  '_CHANGE_TYPE',
  '_CHANGE_TIMESTAMP',
];

const SYSTEM_NAMES = SYSTEM_COLUMNS.map(({ name }) => name);

/**
 * What is wrong with the name, if anything.
 * @param system  whether it stands beside our own columns
 */
export function columnNameProblem(
  name: string,
  { system }: { system: boolean },
): string | undefined {
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
  if (name === '') return 'a column needs a name';
  if ([...name].length > MAX_NAME_LENGTH)
    return `column ${shown} has more than ${MAX_NAME_LENGTH} characters`;
  if (!NAME.test(name))
    return `BigQuery refuses column name ${shown}: letters, digits, _ and spaces are safe`;
  const lower = name.toLowerCase();
  const reserved = RESERVED_PREFIXES.find((prefix) => lower.startsWith(prefix.toLowerCase()));
  if (reserved !== undefined)
    return `BigQuery reserves column names that begin with ${reserved}, so ${shown} is refused`;
  if (system && SYSTEM_NAMES.includes(lower)) return `column ${shown} is named like firesink's own`;
  return undefined;
}
