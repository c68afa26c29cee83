// Function calls with all that may stand in and behind their parentheses.
import type { Expression, FunctionCall, OrderItem, Window } from './ast.ts';
import { type Grammar, parseDatePart } from './grammar.ts';
import { unserved } from './query-error.ts';
import type { TokenReader } from './token-reader.ts';

/** Keywords that are functions too. */
const KEYWORD_FUNCTIONS = new Set(['IF', 'LEFT', 'RIGHT', 'GROUPING', 'COLLATE']);

/** Where the argument (by index) is a part of a date: a bare word that is no column. */
const DATE_PART_ARGUMENT: Readonly<Record<string, number>> = {
  DATE_TRUNC: 1,
  DATETIME_TRUNC: 1,
  TIMESTAMP_TRUNC: 1,
  TIME_TRUNC: 1,
  DATE_DIFF: 2,
  DATETIME_DIFF: 2,
  TIMESTAMP_DIFF: 2,
  TIME_DIFF: 2,
  LAST_DAY: 1,
};

/** @returns undefined where the next tokens are no call */
export function parseCall(grammar: Grammar): FunctionCall | undefined {
  const { reader } = grammar;
  const { at } = reader;
  const name = takeFunctionName(reader);
  if (name === undefined) return undefined;
  const safe = name.startsWith('SAFE.');
  const call: FunctionCall = {
    kind: 'call',
    name: safe ? name.slice(5) : name,
    safe,
    args: [],
    star: false,
    distinct: false,
    nulls: undefined,
    having: undefined,
    orderBy: [],
    limit: undefined,
    over: undefined,
    at,
  };
  parseArguments(grammar, call);
  reader.expectSymbol(')');
  const nulls = parseNulls(reader) ?? call.nulls;
  const over = reader.takeKeywords('OVER') ? parseWindow(grammar) : undefined;
  return { ...call, nulls, over };
}

/** `COUNT(`, `SAFE.PARSE_JSON(`, `NET.HOST(`: the name in capitals, the parenthesis taken. */
function takeFunctionName(reader: TokenReader): string | undefined {
  let length = 0;
  const names: string[] = [];
  for (;;) {
    const word = reader.peek(length);
    const isName =
      reader.isIdentifier(length) ||
      (word.kind === 'identifier' &&
        (length > 0 || KEYWORD_FUNCTIONS.has(word.text.toUpperCase())));
    if (!isName) return undefined;
    names.push(word.text.toUpperCase());
    if (reader.isSymbol('(', length + 1)) break;
    if (!reader.isSymbol('.', length + 1)) return undefined;
    length += 2;
  }
  for (let taken = 0; taken < length + 2; taken += 1) reader.next();
  return names.join('.');
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function parseArguments(grammar: Grammar, call: Mutable<FunctionCall>): void {
  const { reader } = grammar;
  if (reader.isSymbol(')')) return;
  if (reader.takeSymbol('*')) {
    call.star = true;
    return;
  }
  call.distinct = reader.takeKeywords('DISTINCT');
  call.args = parseArgumentList(grammar, call.name);
  call.nulls = parseNulls(reader);
  if (reader.takeKeywords('HAVING')) {
    const which = reader.takeKeywords('MAX') ? 'MAX' : 'MIN';
    if (which === 'MIN') reader.expectKeyword('MIN');
    call.having = { which, by: grammar.expression() };
  }
  if (reader.takeKeywords('ORDER', 'BY')) call.orderBy = parseOrderBy(grammar);
  if (reader.takeKeywords('LIMIT')) call.limit = grammar.expression();
}

function parseArgumentList(grammar: Grammar, name: string): Expression[] {
  const { reader } = grammar;
  const args: Expression[] = [];
  do {
    const { at } = reader;
    if (args.length === DATE_PART_ARGUMENT[name] && reader.peek().kind === 'identifier') {
      args.push({ kind: 'part', part: parseDatePart(reader), at });
    } else {
      if (reader.isSymbol('=>', 1)) throw unserved('A named argument', at);
      args.push(grammar.expression());
    }
  } while (reader.takeSymbol(','));
  return args;
}

function parseNulls(reader: TokenReader): 'IGNORE' | 'RESPECT' | undefined {
  if (reader.takeKeywords('IGNORE', 'NULLS')) return 'IGNORE';
  return reader.takeKeywords('RESPECT', 'NULLS') ? 'RESPECT' : undefined;
}

export function parseOrderBy(grammar: Grammar): OrderItem[] {
  const { reader } = grammar;
  const items: OrderItem[] = [];
  do {
    const value = grammar.expression();
    if (reader.isKeyword('COLLATE')) throw unserved('COLLATE', reader.at);
    const descending = reader.takeKeywords('DESC') || (reader.takeKeywords('ASC') && false);
    const nulls = reader.takeKeywords('NULLS', 'FIRST')
      ? 'FIRST'
      : reader.takeKeywords('NULLS', 'LAST')
        ? 'LAST'
        : undefined;
    items.push({ value, descending, nulls });
  } while (reader.takeSymbol(','));
  return items;
}

function parseWindow(grammar: Grammar): Window {
  const { reader } = grammar;
  if (!reader.takeSymbol('(')) throw unserved('A named window', reader.at);
  if (reader.isIdentifier()) throw unserved('A named window', reader.at);
  const partitionBy: Expression[] = [];
  if (reader.takeKeywords('PARTITION', 'BY')) {
    do partitionBy.push(grammar.expression());
    while (reader.takeSymbol(','));
  }
  const orderBy = reader.takeKeywords('ORDER', 'BY') ? parseOrderBy(grammar) : [];
  const frame = parseFrame(reader);
  reader.expectSymbol(')');
  return { partitionBy, orderBy, frame };
}

function parseFrame(reader: TokenReader): string | undefined {
  const unit = reader.takeKeywords('ROWS') ? 'ROWS' : reader.takeKeywords('RANGE') ? 'RANGE' : '';
  if (unit === '') return undefined;
  if (!reader.takeKeywords('BETWEEN')) return `${unit} ${parseBound(reader)}`;
  const start = parseBound(reader);
  reader.expectKeyword('AND');
  return `${unit} BETWEEN ${start} AND ${parseBound(reader)}`;
}

function parseBound(reader: TokenReader): string {
  if (reader.takeKeywords('CURRENT', 'ROW')) return 'CURRENT ROW';
  const { kind, text } = reader.peek();
  const isUnbounded = reader.takeKeywords('UNBOUNDED');
  if (!isUnbounded) {
    if (kind !== 'number' || !/^\d+$/.test(text)) throw reader.unexpected('integer');
    reader.next();
  }
  const amount = isUnbounded ? 'UNBOUNDED' : text;
  if (reader.takeKeywords('PRECEDING')) return `${amount} PRECEDING`;
  reader.expectKeyword('FOLLOWING');
  return `${amount} FOLLOWING`;
}
