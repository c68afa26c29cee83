// GEOGRAPHY: a string of WKT, GeoJSON or hex WKB. The syntax and the ranges are checked and the value kept
// as WKT; what BigQuery does beyond that (orienting rings, snapping, removing duplicate vertices) is not
// imitated.

import { parseGeoJson } from './geography-geojson.ts';
import { parseWkb } from './geography-wkb.ts';
import { formatWkt, type Geometry, GeometryError, parseWkt } from './geography-wkt.ts';
import { RowError } from './row-error.ts';
import { type Column, type Convert, checkScalar, quoteValue } from './value.ts';

export function geographyConverter({ path }: Column): Convert {
  return (value) => {
    checkScalar(value, path);
    const text = typeof value === 'string' ? parseGeography(value) : undefined;
    if (text !== undefined) return JSON.stringify(text);
    throw new RowError(
      `Invalid geography value: ${quoteValue(value)} Field: ${path}; Value: ${quoteValue(value)}`,
      path,
    );
  };
}

/** WKT as BigQuery prints it, or undefined for text that is no geography. */
function parseGeography(text: string): string | undefined {
  try {
    return formatWkt(parse(text.trim()));
  } catch (error) {
    if (error instanceof GeometryError || error instanceof RowError) return undefined;
    throw error;
  }
}

function parse(text: string): Geometry {
  if (text.startsWith('{')) return parseGeoJson(text);
  return /^[0-9a-fA-F]{10,}$/.test(text) ? parseWkb(text) : parseWkt(text);
}
