// Which coercer a type has. RECORD and REPEATED are made of others: nested.ts.
import type { ColumnType } from '../column.ts';
import { coerceBoolean } from './boolean.ts';
import { coerceBytes } from './bytes.ts';
import { coerceDate, coerceDateTime, coerceTime } from './civil.ts';
import { coerceFloat } from './float.ts';
import { coerceGeography } from './geography.ts';
import { coerceInteger } from './integer.ts';
import { coerceJson } from './json.ts';
import { JSON_FORMS } from './json-forms.ts';
import type { Coercer } from './misfit.ts';
import { coerceNumeric } from './numeric.ts';
import { coerceString } from './string.ts';
import { coerceTimestamp } from './timestamp.ts';

export type CoercerTable = Readonly<Record<Exclude<ColumnType, 'RECORD'>, Coercer>>;

const FIRESTORE: CoercerTable = {
  STRING: coerceString,
  BYTES: coerceBytes,
  INT64: coerceInteger,
  FLOAT64: coerceFloat,
  NUMERIC: coerceNumeric,
  BIGNUMERIC: coerceNumeric,
  BOOL: coerceBoolean,
  TIMESTAMP: coerceTimestamp,
  DATE: coerceDate,
  DATETIME: coerceDateTime,
  TIME: coerceTime,
  GEOGRAPHY: coerceGeography,
  JSON: coerceJson,
};

/** `json`: values come from JSON text, which has no bytes, geopoints or 64-bit integers of its own. */
export const COERCERS: Readonly<Record<'firestore' | 'json', CoercerTable>> = {
  firestore: FIRESTORE,
  json: { ...FIRESTORE, ...JSON_FORMS },
};
