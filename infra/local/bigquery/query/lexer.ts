// GoogleSQL's tokens (docs, "Lexical structure and syntax").
import { QueryError } from './query-error.ts';

export interface Token {
  kind: 'identifier' | 'quoted' | 'number' | 'string' | 'bytes' | 'parameter' | 'symbol' | 'end';
  /** Identifiers and strings decoded; numbers and symbols as written. */
  text: string;
  at: number;
  end: number;
}

const SPACE = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<<|>>|<=|>=|<>|!=|\|\||\|>|=>|@@|[-+*/~&|^<>=.,;:()[\]{}?!$]/y;
const STRING_START = /([rR][bB]?|[bB][rR]?)?("""|'''|"|')/y;
const PARAMETER = /@([A-Za-z_][A-Za-z0-9_]*)/y;

export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = skip(query, 0);
  while (at < query.length) {
    const token = next(query, at);
    tokens.push(token);
    at = skip(query, token.end);
  }
  tokens.push({ kind: 'end', text: '', at: query.length, end: query.length });
  return tokens;
}

function match(pattern: RegExp, query: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(query);
}

const skip = (query: string, at: number): number => at + (match(SPACE, query, at)?.[0].length ?? 0);

function next(query: string, at: number): Token {
  if (query[at] === '`') return quotedIdentifier(query, at);
  const string = match(STRING_START, query, at);
  if (string !== null) return stringToken(query, at, string);
  const identifier = match(IDENTIFIER, query, at);
  if (identifier !== null) return make('identifier', identifier[0], at, identifier[0]);
  const number = match(NUMBER, query, at);
  if (number !== null) return make('number', number[0], at, number[0]);
  const parameter = match(PARAMETER, query, at);
  if (parameter !== null) return make('parameter', parameter[0], at, parameter[1] ?? '');
  const symbol = match(SYMBOL, query, at);
  if (symbol !== null) return make('symbol', symbol[0], at, symbol[0]);
  if (query.startsWith('/*', at)) throw new QueryError('Syntax error: Unclosed comment', at);
  throw new QueryError(`Syntax error: Illegal input character "${query[at]}"`, at);
}

const make = (kind: Token['kind'], written: string, at: number, text: string): Token => ({
  kind,
  text,
  at,
  end: at + written.length,
});

function quotedIdentifier(query: string, at: number): Token {
  const end = query.indexOf('`', at + 1);
  if (end < 0 || query.slice(at, end).includes('\n')) {
    throw new QueryError('Syntax error: Unclosed identifier literal', at);
  }
  const text = decodeEscapes(query.slice(at + 1, end), at);
  if (text === '') throw new QueryError('Syntax error: Invalid empty identifier', at);
  return { kind: 'quoted', text, at, end: end + 1 };
}

function stringToken(query: string, at: number, start: RegExpExecArray): Token {
  const [written, prefix = '', quote = ''] = start;
  const from = at + written.length;
  let end = from;
  while (!query.startsWith(quote, end)) {
    const isBroken = end >= query.length || (quote.length === 1 && query[end] === '\n');
    if (isBroken) throw new QueryError('Syntax error: Unclosed string literal', at);
    end += query[end] === '\\' ? 2 : 1;
  }
  const raw = query.slice(from, end);
  const isRaw = /r/i.test(prefix);
  const isBytes = /b/i.test(prefix);
  const text = isRaw ? raw : decodeEscapes(raw, at, isBytes);
  return { kind: isBytes ? 'bytes' : 'string', text, at, end: end + quote.length };
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

const ESCAPE =
  /\\(?:([0-7]{3})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

/** Bytes come out as one character (U+0000 to U+00FF) each. */
function decodeEscapes(text: string, at: number, isBytes = false): string {
  const source = isBytes ? Buffer.from(text, 'utf8').toString('latin1') : text;
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(source)) {
    throw new QueryError('Syntax error: Illegal escape sequence: \\', at);
  }
  return source.replaceAll(ESCAPE, (whole, octal, hex, short, long, letter) => {
    const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(hex ?? short ?? long, 16);
    if (letter === undefined) return decodeCode(code, whole, at);
    const decoded = SIMPLE[letter];
    if (decoded === undefined) {
      throw new QueryError(`Syntax error: Illegal escape sequence: ${whole}`, at);
    }
    return decoded;
  });
}

function decodeCode(code: number, written: string, at: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new QueryError(`Syntax error: Illegal escape sequence: ${written}`, at);
  }
  return String.fromCodePoint(code);
}
