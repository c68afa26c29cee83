// The parser's hand on the tokens.
import { type Token, tokenize } from './lexer.ts';
import { QueryError } from './query-error.ts';

/** @see docs "Lexical structure", "Reserved keywords" */
const RESERVED = new Set(
  'ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN'.split(
    ' ',
  ),
);

export class TokenReader {
  readonly #tokens: Token[];
  #position = 0;
  /** How many `?` were read. */
  positionalParameters = 0;

  constructor(query: string) {
    this.#tokens = tokenize(query);
  }

  get at(): number {
    return this.peek().at;
  }

  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1;
    // The last token is `end`, and there is always one.
    return this.#tokens[Math.max(0, Math.min(this.#position + ahead, last))] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#position += 1;
    return token;
  }

  mark(): number {
    return this.#position;
  }

  reset(mark: number): void {
    this.#position = mark;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  isKeyword(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'identifier' && token.text.toUpperCase() === word;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#position += 1;
    return true;
  }

  /** All of the words, one after the other, or none. */
  takeKeywords(...words: string[]): boolean {
    if (!words.every((word, index) => this.isKeyword(word, index))) return false;
    this.#position += words.length;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(`"${symbol}"`);
  }

  expectKeyword(word: string): void {
    if (!this.takeKeywords(word)) throw this.unexpected(`keyword ${word}`);
  }

  /** Makes two tokens of `>>`, which closes `ARRAY<ARRAY<…>>`. */
  splitClosing(): void {
    const { at } = this.peek();
    const closing = (start: number): Token => ({
      kind: 'symbol',
      text: '>',
      at: start,
      end: start + 1,
    });
    this.#tokens.splice(this.#position, 1, closing(at), closing(at + 1));
  }

  isIdentifier(ahead = 0): boolean {
    const token = this.peek(ahead);
    if (token.kind === 'quoted') return true;
    return token.kind === 'identifier' && !RESERVED.has(token.text.toUpperCase());
  }

  /** @param reserved  whether a keyword will do, as after a dot */
  identifier(reserved = false): string {
    const isName = this.isIdentifier() || (reserved && this.peek().kind === 'identifier');
    if (!isName) throw this.unexpected('identifier');
    return this.next().text;
  }

  unexpected(expected?: string): QueryError {
    const { kind, text, at } = this.peek();
    const described =
      kind === 'end'
        ? 'end of input'
        : kind === 'identifier' && RESERVED.has(text.toUpperCase())
          ? `keyword ${text.toUpperCase()}`
          : kind === 'identifier' || kind === 'quoted'
            ? `identifier "${text}"`
            : `"${text}"`;
    const what = expected === undefined ? '' : `Expected ${expected} but got `;
    return new QueryError(
      expected === undefined
        ? `Syntax error: Unexpected ${described}`
        : `Syntax error: ${what}${described}`,
      at,
    );
  }
}
