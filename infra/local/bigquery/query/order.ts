// ORDER BY: NULL first and before it nothing in ascending order, last in descending; NaN next to NULL.
import type { OrderItem } from './ast.ts';
import { QueryError } from './query-error.ts';
import type { Typed } from './typed.ts';
import { formatType, isOrderable } from './types.ts';

export function orderSql(
  { sql, type }: Typed,
  { descending, nulls }: Pick<OrderItem, 'descending' | 'nulls'>,
  at: number,
): string {
  if (!isOrderable(type)) {
    throw new QueryError(`ORDER BY does not support expressions of type ${formatType(type)}`, at);
  }
  const placed = nulls ?? (descending ? 'LAST' : 'FIRST');
  const key = `${sql} ${descending ? 'DESC' : 'ASC'} NULLS ${placed}`;
  if (type !== 'FLOAT64') return key;
  return `isnan(${sql}) ${descending ? 'ASC' : 'DESC'} NULLS ${placed}, ${key}`;
}
