// zod's findings in our words: which option, what was wrong with it, which name was probably meant.
import { z } from 'zod';
import type { Path } from './document.ts';
import { nearestName } from './nearest.ts';

export interface Issue {
  path: Path;
  /** With the path in front, e.g. `collections[2].budjet is not an option`. */
  what: string;
  hint?: string;
}

/** `collections[2].budget`; empty for the whole. */
export function formatPath(path: Path): string {
  return path
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${segment}`))
    .join('')
    .replace(/^\./, '');
}

/**
 * @param schema  what refused the value: it knows the right names
 * @param base  where the value stands in its file, e.g. `['collections', 2]`
 */
export function describeIssues(
  error: z.ZodError,
  schema: z.ZodType,
  value: unknown,
  base: Path = [],
): Issue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((segment) =>
      typeof segment === 'number' ? segment : `${String(segment)}`,
    );
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) =>
        unknownOption([...base, ...path, key], optionsAt(schema, path)),
      );
    }
    const found = path.reduce<unknown>(member, value);
    return {
      path: [...base, ...path],
      what: `${formatPath([...base, ...path]) || 'it'} ${fault(issue, found)}`,
    };
  });
}

function unknownOption(path: Path, options: readonly string[]): Issue {
  const nearest = nearestName(`${path.at(-1)}`, options);
  const hint =
    nearest === undefined ? `There are ${options.join(', ')}` : `Did you mean ${nearest}?`;
  return { path, what: `${formatPath(path)} is not an option`, hint };
}

function fault(issue: z.core.$ZodIssue, found: unknown): string {
  if (found === undefined) return 'is missing';
  if (found === null) return 'is empty: give it a value or leave it out';
  const shown = show(found);
  if (issue.code === 'invalid_type')
    return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${shown}`;
  if (issue.code === 'invalid_value') {
    return `must be ${issue.values.map((value) => show(value)).join(' or ')}, not ${shown}`;
  }
  if (issue.code === 'invalid_key') return `${show(issue.path.at(-1))} ${issue.issues[0]?.message}`;
  return issue.message.startsWith('must be')
    ? `${issue.message}, not ${shown}`
    : `${shown} ${issue.message}`;
}

const KINDS: Partial<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of options',
  record: 'a map of names',
};

const MAX_SHOWN = 60;

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const member = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

function optionsAt(schema: z.ZodType, path: Path): string[] {
  let at: unknown = schema;
  for (const segment of path) {
    at = unwrap(at);
    if (at instanceof z.ZodObject) at = at.shape[`${segment}`];
    else if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodRecord) at = at.valueType;
  }
  at = unwrap(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap();
  return at;
}
