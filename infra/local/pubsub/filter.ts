// Filter expressions of subscriptions, the whole language: https://cloud.google.com/pubsub/docs/filtering
//   attributes:name   attributes.name = "com"   attributes."a/b" != "c"   hasPrefix(attributes.name, "co")
//   NOT x, -x, x AND y AND z, x OR y, (…); AND and OR side by side need parentheses
import { checkBounds, invalidArgument } from './errors.ts';

export type Filter = (attributes: Record<string, string>) => boolean;

/** Bytes. */
const LONGEST_FILTER = 256;
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(!=|[-:=.,()])|([A-Za-z0-9_-]+)|(.))/gsy;
const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * @param expression empty matches everything
 * @throws {PubsubError} INVALID_ARGUMENT saying where the expression stops making sense
 */
export function parseFilter(expression: string): Filter {
  if (expression.trim() === '') return () => true;
  checkBounds('filter', Buffer.byteLength(expression), { min: 0, max: LONGEST_FILTER });
  return new Parser(expression).parse();
}

interface Token {
  text: string;
  kind: 'string' | 'symbol' | 'word' | 'end';
  /** Where it begins in the expression. */
  at: number;
}

class Parser {
  readonly #expression: string;
  readonly #tokens: Token[];
  #next = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokenize(expression);
  }

  parse(): Filter {
    const filter = this.#alternatives();
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    return filter;
  }

  #alternatives(): Filter {
    const terms = [this.#term()];
    const operator = this.#peek().text;
    if (operator !== 'AND' && operator !== 'OR') return terms[0] ?? (() => true);
    while (this.#peek().text === 'AND' || this.#peek().text === 'OR') {
      if (this.#peek().text !== operator) {
        throw this.#unexpected('AND and OR cannot be combined without parentheses');
      }
      this.#take();
      terms.push(this.#term());
    }
    return operator === 'AND'
      ? (attributes) => terms.every((term) => term(attributes))
      : (attributes) => terms.some((term) => term(attributes));
  }

  #term(): Filter {
    const { text } = this.#peek();
    if (text === 'NOT' || text === '-') {
      this.#take();
      const term = this.#term();
      return (attributes) => !term(attributes);
    }
    if (text === '(') {
      this.#take();
      const inner = this.#alternatives();
      this.#expect(')');
      return inner;
    }
    return text === 'hasPrefix' ? this.#hasPrefix() : this.#comparison();
  }

  #hasPrefix(): Filter {
    this.#take();
    this.#expect('(');
    this.#expect('attributes');
    this.#expect('.');
    const key = this.#key();
    this.#expect(',');
    const prefix = this.#string();
    this.#expect(')');
    return (attributes) => attribute(attributes, key)?.startsWith(prefix) ?? false;
  }

  #comparison(): Filter {
    this.#expect('attributes');
    if (this.#peek().text === ':') {
      this.#take();
      const key = this.#key();
      return (attributes) => attribute(attributes, key) !== undefined;
    }
    this.#expect('.');
    const key = this.#key();
    const operator = this.#peek().text;
    if (operator !== '=' && operator !== '!=') throw this.#unexpected();
    this.#take();
    const value = this.#string();
    return (attributes) => (attribute(attributes, key) === value) === (operator === '=');
  }

  #key(): string {
    const token = this.#peek();
    if (token.kind === 'string') return this.#string();
    if (token.kind !== 'word') throw this.#unexpected();
    return this.#take().text;
  }

  #string(): string {
    if (this.#peek().kind !== 'string') throw this.#unexpected('a string literal is needed');
    return parseLiteral(this.#take().text.slice(1, -1));
  }

  #expect(text: string): void {
    if (this.#peek().text !== text) throw this.#unexpected();
    this.#take();
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { text: '', kind: 'end', at: this.#expression.length };
  }

  #unexpected(reason?: string) {
    const { text, at } = this.#peek();
    const found = text === '' ? 'the end' : `'${text}'`;
    return invalidArgument(
      `Invalid filter (filter=${this.#expression}): ${reason ?? `unexpected ${found}`} at position ${at + 1}.`,
    );
  }
}

function tokenize(expression: string): Token[] {
  return [...expression.trimEnd().matchAll(TOKEN)].map((match) => {
    const [whole, string, symbol, word] = match;
    const text = string ?? symbol ?? word ?? match[4] ?? '';
    const kind = string !== undefined ? 'string' : word !== undefined ? 'word' : 'symbol';
    return { text, kind, at: match.index + whole.length - text.length };
  });
}

function parseLiteral(text: string): string {
  return text.replace(
    /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-7]{3})|(.))/gs,
    (_, u: string, long: string, x: string, octal: string, other: string) => {
      if (other !== undefined) return ESCAPES[other] ?? other;
      const code = octal === undefined ? Number.parseInt(u ?? long ?? x, 16) : parseInt(octal, 8);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}

const attribute = (attributes: Record<string, string>, key: string): string | undefined =>
  Object.hasOwn(attributes, key) ? attributes[key] : undefined;
