// GeoJSON geometries (RFC 7946, section 3.1); a position may carry an altitude of 0 only.
import {
  type Coordinates,
  type Geometry,
  GeometryError,
  makeGeometry,
  SHAPES,
} from './geography-wkt.ts';
import { type Json, JsonNumber, JsonObject, parseJson } from './json.ts';

/** @throws {GeometryError} or {RowError} */
export const parseGeoJson = (text: string): Geometry => toGeometry(parseJson(text));

function toGeometry(value: Json): Geometry {
  if (!(value instanceof JsonObject)) throw new GeometryError('an object is expected');
  const type = member(value, 'type');
  const name = typeof type === 'string' ? type : '';
  const shape = SHAPES.find((known) => known === name.toUpperCase());
  if (shape === undefined) throw new GeometryError(`${name} is no geometry`);
  if (shape === 'GEOMETRYCOLLECTION') {
    const geometries = member(value, 'geometries');
    if (!Array.isArray(geometries)) throw new GeometryError('geometries are missing');
    return { shape, members: geometries.map(toGeometry) };
  }
  const coordinates = toCoordinates(member(value, 'coordinates'));
  if (coordinates.length === 0) return { shape: 'GEOMETRYCOLLECTION', members: [] };
  return makeGeometry(shape, coordinates);
}

const member = ({ keys, values }: JsonObject, name: string): Json =>
  values[keys.indexOf(name)] ?? null;

function toCoordinates(value: Json): Coordinates {
  if (!Array.isArray(value)) throw new GeometryError('coordinates must be lists');
  const numbers = value.map((item) => (item instanceof JsonNumber ? Number(item.text) : undefined));
  const [longitude, latitude, altitude] = numbers;
  if (longitude === undefined) return value.map(toCoordinates);
  if (latitude === undefined || numbers.length > 3 || (altitude ?? 0) !== 0) {
    throw new GeometryError('a position must have two numbers');
  }
  return [longitude, latitude];
}
