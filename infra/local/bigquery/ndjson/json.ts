// JSON text to a tree that loses nothing: numbers keep their digits, objects their order and their
// repeated keys. Strict (RFC 8259), and a lone surrogate is an error: BigQuery stores UTF-8.
import { RowError } from './row-error.ts';

export class JsonNumber {
  /** As written, e.g. `1.50` or `-0`. */
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export class JsonObject {
  readonly keys: string[] = [];
  readonly values: Json[] = [];
}

export type Json = null | boolean | string | JsonNumber | JsonObject | Json[];

/** The JSON type nests up to 500 levels (docs, "JSON type"), rows up to 15 records and their arrays. */
const MAX_DEPTH = 540;

const CUT = 'Parser terminated before end of string';
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

let text = '';
let position = 0;
let depth = 0;

/** @throws {RowError} in the words of BigQuery's parser */
export function parseJson(source: string): Json {
  text = source;
  position = 0;
  depth = 0;
  const value = parseValue();
  skipSpace();
  if (position < text.length) throw new RowError(CUT);
  return value;
}

function skipSpace(): number {
  for (;;) {
    const code = text.charCodeAt(position);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return code;
    position += 1;
  }
}

const unexpected = (): RowError =>
  new RowError(position >= text.length ? CUT : `Unexpected token "${text[position]}"`);

function parseValue(): Json {
  const code = skipSpace();
  switch (code) {
    case QUOTE:
      return parseString();
    case 0x7b:
      return parseObject();
    case 0x5b:
      return parseArray();
    case 0x74:
      return parseWord('true', true);
    case 0x66:
      return parseWord('false', false);
    case 0x6e:
      return parseWord('null', null);
    default:
      return parseNumber();
  }
}

function parseWord(word: string, value: boolean | null): boolean | null {
  if (!text.startsWith(word, position)) {
    throw word.startsWith(text.slice(position)) ? new RowError(CUT) : unexpected();
  }
  position += word.length;
  return value;
}

function parseNumber(): JsonNumber {
  NUMBER.lastIndex = position;
  const digits = NUMBER.exec(text)?.[0];
  if (digits === undefined) throw unexpected();
  position += digits.length;
  return new JsonNumber(digits);
}

function parseArray(): Json[] {
  enter();
  const list: Json[] = [];
  if (skipSpace() === 0x5d) return leave(list);
  for (;;) {
    list.push(parseValue());
    const code = skipSpace();
    if (code === 0x5d) return leave(list);
    if (code !== 0x2c) throw unexpected();
    position += 1;
  }
}

function parseObject(): JsonObject {
  enter();
  const object = new JsonObject();
  if (skipSpace() === 0x7d) return leave(object);
  for (;;) {
    if (skipSpace() !== QUOTE) throw unexpected();
    object.keys.push(parseString());
    if (skipSpace() !== 0x3a) throw unexpected();
    position += 1;
    object.values.push(parseValue());
    const code = skipSpace();
    if (code === 0x7d) return leave(object);
    if (code !== 0x2c) throw unexpected();
    position += 1;
  }
}

function enter(): void {
  position += 1;
  depth += 1;
  if (depth > MAX_DEPTH) throw new RowError(`JSON nests deeper than ${MAX_DEPTH} levels`);
}

function leave<T>(value: T): T {
  position += 1;
  depth -= 1;
  return value;
}

function parseString(): string {
  const start = position + 1;
  let end = start;
  for (;;) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) {
      position = end + 1;
      return text.slice(start, end);
    }
    if (code === BACKSLASH) return parseEscapedString(start, end);
    // NaN, past the end, is not ≥ 0x20 either.
    if (!(code >= 0x20)) {
      position = end;
      throw end >= text.length ? new RowError(CUT) : unexpected();
    }
    end += 1;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function parseEscapedString(start: number, firstEscape: number): string {
  let result = text.slice(start, firstEscape);
  let at = firstEscape;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      const [decoded, length] = decodeEscape(at);
      result += decoded;
      at += length;
      continue;
    }
    if (!(code >= 0x20)) {
      position = at;
      throw at >= text.length ? new RowError(CUT) : unexpected();
    }
    let next = at + 1;
    while (isPlain(text.charCodeAt(next))) next += 1;
    result += text.slice(at, next);
    at = next;
  }
  position = at + 1;
  if (!result.isWellFormed()) throw new RowError('Invalid Unicode: half of a surrogate pair');
  return result;
}

const isPlain = (code: number): boolean => code >= 0x20 && code !== QUOTE && code !== BACKSLASH;

function decodeEscape(at: number): [decoded: string, length: number] {
  const letter = text[at + 1];
  if (letter === undefined) throw new RowError(CUT);
  if (letter === 'u') {
    const hex = text.slice(at + 2, at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new RowError(`Illegal hex string "\\u${hex}"`);
    return [String.fromCharCode(Number.parseInt(hex, 16)), 6];
  }
  const decoded = ESCAPES[letter];
  if (decoded === undefined) throw new RowError(`Invalid escape sequence "\\${letter}"`);
  return [decoded, 2];
}
