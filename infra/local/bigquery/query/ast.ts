// The syntax tree. `at` is the offset in the query's text, for messages.
import type { SqlType } from './types.ts';

export interface Path {
  kind: 'path';
  names: readonly string[];
  at: number;
}

export interface FunctionCall {
  kind: 'call';
  /** Upper case, `SAFE.` taken off. */
  name: string;
  safe: boolean;
  args: readonly Expression[];
  /** `COUNT(*)` */
  star: boolean;
  distinct: boolean;
  nulls: 'IGNORE' | 'RESPECT' | undefined;
  /** `ANY_VALUE(x HAVING MAX y)` */
  having: { which: 'MAX' | 'MIN'; by: Expression } | undefined;
  orderBy: readonly OrderItem[];
  limit: Expression | undefined;
  over: Window | undefined;
  at: number;
}

export interface Window {
  partitionBy: readonly Expression[];
  orderBy: readonly OrderItem[];
  /** As written, with expressions allowed only as integers: `ROWS BETWEEN 1 PRECEDING AND CURRENT ROW`. */
  frame: string | undefined;
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '||'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>=';

export type Subscript = 'index' | 'OFFSET' | 'ORDINAL' | 'SAFE_OFFSET' | 'SAFE_ORDINAL' | 'KEY';

export type Expression =
  | Path
  | FunctionCall
  | { kind: 'null'; at: number }
  | { kind: 'boolean'; value: boolean; at: number }
  | { kind: 'integer'; text: string; at: number }
  | { kind: 'float'; text: string; at: number }
  | { kind: 'string'; value: string; at: number }
  | { kind: 'bytes'; value: string; at: number }
  /** `DATE '2020-01-01'`, `NUMERIC '1.5'`, `JSON '{}'` */
  | { kind: 'typed'; type: SqlType; value: string; at: number }
  | { kind: 'interval'; amount: Expression; part: string; at: number }
  | { kind: 'parameter'; name: string | number; at: number }
  | { kind: 'array'; elementType: SqlType | undefined; items: readonly Expression[]; at: number }
  | {
      kind: 'struct';
      type: SqlType | undefined;
      members: readonly { name: string | undefined; value: Expression }[];
      at: number;
    }
  | { kind: 'field'; base: Expression; name: string; at: number }
  | { kind: 'subscript'; base: Expression; index: Expression; how: Subscript; at: number }
  | { kind: 'not'; operand: Expression; at: number }
  | { kind: 'negate'; operand: Expression; at: number }
  | { kind: 'invert'; operand: Expression; at: number }
  | { kind: 'and' | 'or'; left: Expression; right: Expression; at: number }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression; at: number }
  | { kind: 'like'; operand: Expression; pattern: Expression; negated: boolean; at: number }
  | {
      kind: 'between';
      operand: Expression;
      low: Expression;
      high: Expression;
      negated: boolean;
      at: number;
    }
  | { kind: 'in'; operand: Expression; list: InList; negated: boolean; at: number }
  | {
      kind: 'is';
      operand: Expression;
      what: 'NULL' | 'TRUE' | 'FALSE';
      negated: boolean;
      at: number;
    }
  | { kind: 'distinct'; left: Expression; right: Expression; negated: boolean; at: number }
  | {
      kind: 'case';
      operand: Expression | undefined;
      branches: readonly { when: Expression; result: Expression }[];
      otherwise: Expression | undefined;
      at: number;
    }
  | { kind: 'cast'; operand: Expression; type: SqlType; safe: boolean; at: number }
  | {
      kind: 'extract';
      part: string;
      operand: Expression;
      timeZone: Expression | undefined;
      at: number;
    }
  /** A date part where a function takes one: `DAY`, `WEEK(MONDAY)`. */
  | { kind: 'part'; part: string; at: number }
  | { kind: 'subquery'; query: Query; how: 'scalar' | 'array' | 'exists'; at: number };

export type InList =
  | { kind: 'values'; values: readonly Expression[] }
  | { kind: 'unnest'; array: Expression }
  | { kind: 'query'; query: Query };

export interface OrderItem {
  value: Expression;
  descending: boolean;
  nulls: 'FIRST' | 'LAST' | undefined;
}

export interface SelectStar {
  kind: 'star';
  /** `t.*` */
  of: Expression | undefined;
  except: readonly string[];
  replace: readonly { name: string; value: Expression }[];
  at: number;
}

export interface SelectValue {
  kind: 'value';
  value: Expression;
  alias: string | undefined;
}

export interface Select {
  kind: 'select';
  as: 'STRUCT' | 'VALUE' | undefined;
  distinct: boolean;
  items: readonly (SelectStar | SelectValue)[];
  from: From | undefined;
  where: Expression | undefined;
  groupBy: readonly Expression[] | 'ALL' | undefined;
  having: Expression | undefined;
  qualify: Expression | undefined;
  at: number;
}

export interface SetOperation {
  kind: 'set';
  operator: 'UNION ALL' | 'UNION DISTINCT' | 'INTERSECT DISTINCT' | 'EXCEPT DISTINCT';
  left: QueryBody;
  right: QueryBody;
  at: number;
}

export type QueryBody = Select | SetOperation | Query;

export interface Query {
  kind: 'query';
  with: readonly { name: string; query: Query; at: number }[];
  body: QueryBody;
  orderBy: readonly OrderItem[];
  limit: Expression | undefined;
  offset: Expression | undefined;
  at: number;
}

export type JoinKind = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';

export type From =
  | {
      kind: 'table';
      path: readonly string[];
      alias: string | undefined;
      withOffset: string | undefined;
      at: number;
    }
  | {
      kind: 'unnest';
      array: Expression;
      alias: string | undefined;
      withOffset: string | undefined;
      at: number;
    }
  | { kind: 'derived'; query: Query; alias: string | undefined; at: number }
  | {
      kind: 'join';
      join: JoinKind;
      left: From;
      right: From;
      on: Expression | undefined;
      using: readonly string[] | undefined;
      at: number;
    };

export interface Insert {
  kind: 'insert';
  table: readonly string[];
  columns: readonly string[] | undefined;
  /** Rows of VALUES; undefined is DEFAULT. */
  source: Query | readonly (readonly (Expression | undefined)[])[];
  at: number;
}

export interface Update {
  kind: 'update';
  table: readonly string[];
  alias: string | undefined;
  sets: readonly { path: readonly string[]; value: Expression | undefined; at: number }[];
  from: From | undefined;
  where: Expression;
  at: number;
}

export interface Delete {
  kind: 'delete';
  table: readonly string[];
  alias: string | undefined;
  /** Undefined for TRUNCATE TABLE. */
  where: Expression | undefined;
  at: number;
}

export type Statement = Query | Insert | Update | Delete;
