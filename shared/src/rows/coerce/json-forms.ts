// Uploads are JSON, which has fewer types than Firestore: what `_data` and BigQuery's own exports write as
// text is taken back from text. Everything else fits or does not fit as it would from Firestore.

import type { Column, ColumnType } from '../column.ts';
import { type Decimal, parseDecimal } from '../decimal.ts';
import type { Value } from '../value.ts';
import { coerceBytes } from './bytes.ts';
import { coerceFloat } from './float.ts';
import { coerceGeography } from './geography.ts';
import { coerceInteger, integerJson } from './integer.ts';
import type { Coercer, Misfit } from './misfit.ts';
import { coerceNumeric, decimalTextJson } from './numeric.ts';

export const JSON_FORMS: Partial<Record<ColumnType, Coercer>> = {
  INT64: integerText,
  FLOAT64: doubleText,
  NUMERIC: decimalText,
  BIGNUMERIC: decimalText,
  BYTES: base64Text,
  GEOGRAPHY: pointText,
};

/** Firesink's own rows hold integers beyond 2^53 as strings. */
function integerText(value: Value): string | Misfit {
  if (value.kind !== 'string') return coerceInteger(value);
  if (!/^-?\d{1,19}$/.test(value.value)) return { reason: 'the text is not a 64-bit integer' };
  return integerJson(BigInt(value.value));
}

const SPECIAL_DOUBLES: Partial<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function doubleText(value: Value): string | Misfit {
  if (value.kind !== 'string') return coerceFloat(value);
  const double = SPECIAL_DOUBLES[value.value];
  if (double === undefined)
    return { reason: 'the only texts a FLOAT64 takes are NaN, Infinity, -Infinity' };
  return coerceFloat({ kind: 'double', value: double });
}

function decimalText(value: Value, column: Column): string | Misfit {
  return value.kind === 'string'
    ? decimalTextJson(value.value, column)
    : coerceNumeric(value, column);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function base64Text(value: Value, column: Column): string | Misfit {
  if (value.kind !== 'string') return coerceBytes(value, column);
  if (!BASE64.test(value.value)) return { reason: 'the text is not base64' };
  return coerceBytes({ kind: 'bytes', value: Buffer.from(value.value, 'base64') }, column);
}

const POINT = /^POINT ?\((\S+) (\S+)\)$/;

/** `{"latitude": …, "longitude": …}` as in `_data`, `POINT(longitude latitude)` as in the column. */
function pointText(value: Value): string | Misfit {
  if (value.kind === 'map') {
    const [latitude, longitude] = [value.fields.get('latitude'), value.fields.get('longitude')];
    if (value.fields.size === 2) return point(numberOf(latitude), numberOf(longitude));
  }
  if (value.kind !== 'string') return coerceGeography(value);
  const [, longitude = '', latitude = ''] = POINT.exec(value.value) ?? [];
  return point(decimalOf(latitude), decimalOf(longitude));
}

function point(latitude: number | undefined, longitude: number | undefined): string | Misfit {
  if (latitude === undefined || longitude === undefined) {
    return { reason: 'it is neither {"latitude", "longitude"} nor POINT(longitude latitude)' };
  }
  return coerceGeography({ kind: 'geopoint', latitude, longitude });
}

function numberOf(value: Value | undefined): number | undefined {
  return value?.kind === 'double' || value?.kind === 'integer' ? Number(value.value) : undefined;
}

function decimalOf(text: string): number | undefined {
  const decimal: Decimal | undefined = parseDecimal(text);
  return decimal === undefined ? undefined : Number(text);
}
