// Names nobody has seen, for finding names that exist: the middle between two names, and the end of all
// names that begin alike. Paths here are relative to the database, `apis/orders/versions/v1`. What is
// computed here is only ever asked about ("which document comes next?"), so it may miss, but not mislead.
import { compareNames } from './names.ts';

/** Ids of most collections are made of these: automatic ids, numbers, UUIDs, slugs. */
const CLASSES = [
  '0123456789',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'abcdefghijklmnopqrstuvwxyz',
  '-',
  '_',
];
/** Behind every id that begins with what stands before it (U+F8FF, as Firestore's own examples have it). */
const LAST = '\uf8ff';
/** Of one class, from which on all of it is expected; two letters may be the T and Z of a date. */
const VARIED = 3;
/** Ids up to which one symbol of a class is enough. */
const FEW_IDS = 4;
/** Symbols that decide where the middle is: 64⁸ is about what a double holds. */
const DIGITS = 8;

/** Symbols in Firestore's order, by their code points. Digits are from 1; 0 is where an id ends. */
type Symbols = readonly string[];

/** What ids are made of, learned from the names seen: those of a path's first segment, of its second, … */
export class Alphabets {
  readonly #ids: Set<string>[] = [];

  learn(path: string): void {
    for (const [segment, id] of path.split('/').entries()) {
      this.#ids[segment] ??= new Set();
      this.#ids[segment].add(id);
    }
  }

  /**
   * Narrow ones first: what has been seen, and its like (all digits where there is one); then all usual.
   *
   * @param behind  how many symbols of the id are given: in `user_0042`, digits follow on `user_`
   */
  of(segment: number, behind: number): Symbols[] {
    const ids = [...(this.#ids[segment] ?? [])];
    const seen = new Set(ids.flatMap((id) => [...id].slice(behind)));
    const enough = ids.length < FEW_IDS ? 1 : VARIED;
    const likely = CLASSES.filter(
      (each) => [...each].filter((symbol) => seen.has(symbol)).length >= enough,
    );
    const wide = sorted([...CLASSES.join(''), ...seen]);
    return seen.size === 0 ? [wide] : [sorted([...likely.join(''), ...seen]), wide];
  }
}

const codeOf = (symbol: string) => symbol.codePointAt(0) ?? 0;

const sorted = (symbols: readonly string[]): Symbols =>
  [...new Set(symbols)].sort((a, b) => codeOf(a) - codeOf(b));

/** A path about half way between two others, as short as it can be; undefined where there is no room. */
export function middle(low: string, high: string, alphabets: Alphabets): string | undefined {
  const [lows, highs] = [[...low], [...high]];
  const shared = commonLength(lows, highs);
  const prefix = lows.slice(0, shared).join('');
  const segments = prefix.split('/');
  const given = [...(segments.at(-1) ?? '')].length;
  const [below, above] = [lows.slice(shared), highs.slice(shared)];
  return alphabets
    .of(segments.length - 1, given)
    .flatMap((symbols) => [
      symbolBetween(below[0], above[0], symbols),
      shortestBetween(fraction(below, symbols), fraction(above, symbols), symbols),
    ])
    .filter((text) => text !== undefined)
    .map((text) => asDocumentPath(prefix + text))
    .find(
      (path) => compareNames(low, path) < 0 && compareNames(path, high) < 0 && !RESERVED.test(path),
    );
}

/** Firestore, "Constraints on document IDs": asking for one of these is an error. */
const RESERVED = /(^|\/)(\.\.?|__.*__)(\/|$)/;

/** Beyond ASCII there are too many symbols to learn: half way between two neighbours there may be others. */
function symbolBetween(low: string | undefined, high: string | undefined, symbols: Symbols) {
  if (low === undefined || high === undefined || codeOf(low) < 0x80) return undefined;
  if (symbols.some((each) => codeOf(each) > codeOf(low) && codeOf(each) < codeOf(high))) {
    return undefined;
  }
  const code = Math.floor((codeOf(low) + codeOf(high)) / 2);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return code > codeOf(low) && !isSurrogate ? String.fromCodePoint(code) : undefined;
}

/** Behind every path that begins with the first `length` symbols of this one. */
export const endOfPrefix = (path: string, length: number): string =>
  asDocumentPath([...path].slice(0, length).join('') + LAST);

/** How many symbols two paths have in common at their beginning. */
export function commonLength(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((symbol, index) => symbol !== b[index]);
  return differs < 0 ? a.length : differs;
}

/** The path's place between 0 and 1, as a number to the base of the alphabet. */
function fraction(path: readonly string[], symbols: Symbols): number {
  let value = 0;
  for (let index = DIGITS - 1; index >= 0; index--) {
    value = (value + digitOf(path[index], symbols)) / (symbols.length + 1);
  }
  return value;
}

/** What is not in the alphabet counts as the next symbol that is, or as one more behind the last. */
function digitOf(symbol: string | undefined, symbols: Symbols): number {
  if (symbol === undefined || symbol === '/') return 0;
  const code = codeOf(symbol);
  const index = symbols.findIndex((each) => codeOf(each) >= code);
  return (index < 0 ? symbols.length : index) + 1;
}

function shortestBetween(from: number, to: number, symbols: Symbols): string | undefined {
  const half = (from + to) / 2;
  // Less than the last digit can say is rounding.
  const margin = (symbols.length + 1) ** -DIGITS / 2;
  let text = '';
  let value = 0;
  let unit = 1;
  for (let length = 0; length < DIGITS; length++) {
    unit /= symbols.length + 1;
    const digit = Math.min(Math.max(Math.floor((half - value) / unit), 1), symbols.length);
    text += symbols[digit - 1] ?? '';
    value += digit * unit;
    if (value > from + margin && value < to - margin) return text;
  }
  return undefined;
}

/** A document's path has an even number of segments: one more, which comes before nearly all others. */
function asDocumentPath(path: string): string {
  const whole = path.endsWith('/') ? `${path}-` : path;
  return whole.split('/').length % 2 === 0 ? whole : `${whole}/-`;
}
