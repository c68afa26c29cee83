// A YAML file as plain values that still know their lines.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';

export type Path = readonly (string | number)[];

export interface ConfigDocument {
  /** As the user named it, for error texts. */
  location: string;
  value: unknown;
  /** Line of the option at this path, or of what comes nearest to it from above; 1-based. */
  lineOf(path: Path): number;
  /** What is wrong with the YAML itself; `value` is of no use then. */
  syntaxErrors: readonly { line: number; what: string }[];
}

export function parseConfigDocument(text: string, location: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    intAsBigInt: true,
    merge: true,
    prettyErrors: false,
  });
  const syntaxErrors = [
    ...document.errors.map(({ pos: [offset], message }) => ({ offset, what: message })),
    ...openAliases(document),
  ].map(({ offset, what }) => ({ line: lines.linePos(offset).line, what }));
  return {
    location,
    value: syntaxErrors.length === 0 ? plainNumbers(document.toJS()) : undefined,
    lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
    syntaxErrors,
  };
}

/** They are no errors to the parser: it throws where they are used. */
function openAliases(document: Document.Parsed): { offset: number; what: string }[] {
  const open: { offset: number; what: string }[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const what = `*${alias.source} stands for nothing: there is no &${alias.source} before it`;
      open.push({ offset: alias.range?.[0] ?? 0, what });
    },
  });
  return open;
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === `${segment}`,
      );
      if (!isScalar(pair?.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof segment === 'number') {
      node = node.items[segment];
      if (!hasRange(node)) break;
      offset = node.range[0];
    } else break;
  }
  return offset;
}

const hasRange = (node: unknown): node is { range: [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);

/** Integers are read as bigints, so that those beyond 2^53 stay themselves; all others are plain numbers. */
function plainNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, plainNumbers(each)]),
    );
  }
  return value;
}
