import type { Column } from '../column.ts';
import type { Value } from '../value.ts';

/** Why a value does not fit its column. */
export interface Misfit {
  reason: string;
}

/** JSON text of a value that is neither NULL nor an array, as BigQuery's loader takes it for this column. */
export type Coercer = (value: Value, column: Column) => string | Misfit;

/** For a kind of value the type never takes. */
export const wrongKind = (value: Value, type: string): Misfit => ({
  reason: `${ARTICLES[value.kind]} is no ${type}`,
});

const ARTICLES: Record<Value['kind'], string> = {
  null: 'null',
  boolean: 'a boolean',
  integer: 'an integer',
  double: 'a double',
  timestamp: 'a timestamp',
  string: 'a string',
  bytes: 'bytes',
  reference: 'a reference',
  geopoint: 'a geopoint',
  array: 'an array',
  map: 'a map',
  vector: 'a vector',
};
