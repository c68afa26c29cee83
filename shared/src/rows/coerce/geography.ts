import { formatDecimal, parseDecimal } from '../decimal.ts';
import type { Value } from '../value.ts';
import { type Misfit, wrongKind } from './misfit.ts';

/** GEOGRAPHY ← geopoint, as WKT: `POINT(longitude latitude)`, degrees without exponent. */
export function coerceGeography(value: Value): string | Misfit {
  if (value.kind !== 'geopoint') return wrongKind(value, 'GEOGRAPHY');
  const { latitude, longitude } = value;
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) {
    return { reason: 'its degrees lie beyond 90 of latitude or 180 of longitude' };
  }
  return `"POINT(${degrees(longitude)} ${degrees(latitude)})"`;
}

function degrees(value: number): string {
  const decimal = parseDecimal(String(value));
  return decimal === undefined ? String(value) : formatDecimal(decimal);
}
