// JSON text into values, without what JSON.parse loses: integers beyond 2^53, `1.0` as a double, names that
// come twice. By hand, for uploads hold gigabytes of it: one pass, strings cut out of the text.
import { FiresinkError } from '../errors.ts';
import { MAX_JSON_LEVELS } from './data.ts';
import { parseJsonNumber } from './json-number.ts';
import type { Value } from './value.ts';

/**
 * @param text  one JSON value, blanks around it allowed
 * @throws FiresinkError refused, `bad-json`; `where` is the column, 1-based
 */
export function parseJsonValue(text: string): Value {
  return new JsonReader(text).readAll();
}

const NULL: Value = { kind: 'null' };
const TRUE: Value = { kind: 'boolean', value: true };
const FALSE: Value = { kind: 'boolean', value: false };

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const ESCAPES: Partial<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): Value {
    const value = this.#value(0);
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#error('there is more after the value');
    return value;
  }

  #value(level: number): Value {
    switch (this.#skipBlanks()) {
      case QUOTE:
        return { kind: 'string', value: this.#string() };
      case OPEN_BRACE:
        return this.#object(this.#deeper(level));
      case OPEN_BRACKET:
        return this.#array(this.#deeper(level));
      case 0x74:
        return this.#word('true', TRUE);
      case 0x66:
        return this.#word('false', FALSE);
      case 0x6e:
        return this.#word('null', NULL);
      default:
        return this.#number();
    }
  }

  #object(level: number): Value {
    const fields = new Map<string, Value>();
    this.#at++;
    if (this.#skipBlanks() === CLOSE_BRACE) {
      this.#at++;
      return { kind: 'map', fields };
    }
    for (;;) {
      if (this.#skipBlanks() !== QUOTE) throw this.#error('a name in double quotes is expected');
      const at = this.#at;
      const name = this.#string();
      if (fields.has(name)) throw this.#error(`the name ${JSON.stringify(name)} comes twice`, at);
      if (this.#skipBlanks() !== COLON) throw this.#error('a colon is expected');
      this.#at++;
      fields.set(name, this.#value(level));
      const next = this.#skipBlanks();
      this.#at++;
      if (next === CLOSE_BRACE) return { kind: 'map', fields };
      if (next !== COMMA) throw this.#error('a comma or } is expected', this.#at - 1);
    }
  }

  #array(level: number): Value {
    const values: Value[] = [];
    this.#at++;
    if (this.#skipBlanks() === CLOSE_BRACKET) {
      this.#at++;
      return { kind: 'array', values };
    }
    for (;;) {
      values.push(this.#value(level));
      const next = this.#skipBlanks();
      this.#at++;
      if (next === CLOSE_BRACKET) return { kind: 'array', values };
      if (next !== COMMA) throw this.#error('a comma or ] is expected', this.#at - 1);
    }
  }

  #string(): string {
    const text = this.#text;
    const start = ++this.#at;
    for (let at = start; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (unit === BACKSLASH) return this.#escapedString(start, at);
      if (unit < 0x20) throw this.#error('a control character must be written as an escape', at);
    }
    throw this.#error('the text has no closing quote', start - 1);
  }

  #escapedString(start: number, firstEscape: number): string {
    const text = this.#text;
    let read = '';
    let from = start;
    for (let at = firstEscape; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return read + text.slice(from, at);
      }
      if (unit < 0x20) throw this.#error('a control character must be written as an escape', at);
      if (unit === BACKSLASH) {
        read += text.slice(from, at) + this.#escape(at);
        at += text[at + 1] === 'u' ? 5 : 1;
        from = at + 1;
      }
    }
    throw this.#error('the text has no closing quote', start - 1);
  }

  /** Lone surrogates stay what they are: the row says so. */
  #escape(at: number): string {
    const letter = this.#text[at + 1] ?? '';
    const simple = ESCAPES[letter];
    if (simple !== undefined) return simple;
    const hex = this.#text.slice(at + 2, at + 6);
    if (letter !== 'u' || !/^[0-9A-Fa-f]{4}$/.test(hex)) {
      throw this.#error('there is no such escape', at);
    }
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #number(): Value {
    const number = parseJsonNumber(this.#text, this.#at);
    if ('what' in number) throw this.#error(number.what);
    this.#at = number.end;
    return number.value;
  }

  #word(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error('a value is expected');
    this.#at += word.length;
    return value;
  }

  /** The next character, not yet read; NaN at the end. */
  #skipBlanks(): number {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d) return unit;
      this.#at++;
    }
  }

  #deeper(level: number): number {
    if (level < MAX_JSON_LEVELS) return level + 1;
    throw this.#error(`there are more than ${MAX_JSON_LEVELS} levels of objects and arrays`);
  }

  #error(what: string, at = this.#at): FiresinkError {
    const where = at < this.#text.length ? `column ${at + 1}` : `column ${at + 1}, the end`;
    return new FiresinkError({ outcome: 'refused', code: 'bad-json', what, where });
  }
}
