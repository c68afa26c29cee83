// Geometries and their well-known text.

export const SHAPES = [
  'POINT',
  'LINESTRING',
  'POLYGON',
  'MULTIPOINT',
  'MULTILINESTRING',
  'MULTIPOLYGON',
  'GEOMETRYCOLLECTION',
] as const;

type Shape = (typeof SHAPES)[number];
type Point = [longitude: number, latitude: number];
/** A point, or lists of points to the depth of the shape. */
export type Coordinates = Point | Coordinates[];

export type Geometry =
  | { shape: Exclude<Shape, 'GEOMETRYCOLLECTION'>; coordinates: Coordinates[] | Point }
  | { shape: 'GEOMETRYCOLLECTION'; members: Geometry[] };

export class GeometryError extends Error {
  override readonly name = 'GeometryError';
}

/** How many lists stand around a point. */
const DEPTHS: Readonly<Record<Exclude<Shape, 'GEOMETRYCOLLECTION'>, number>> = {
  POINT: 0,
  LINESTRING: 1,
  MULTIPOINT: 1,
  POLYGON: 2,
  MULTILINESTRING: 2,
  MULTIPOLYGON: 3,
};

const isPoint = (coordinates: Coordinates): coordinates is Point =>
  typeof coordinates[0] === 'number';

/** @throws {GeometryError} */
export function makeGeometry(
  shape: Exclude<Shape, 'GEOMETRYCOLLECTION'>,
  coordinates: Coordinates,
): Geometry {
  checkCoordinates(coordinates, DEPTHS[shape]);
  const lines =
    shape === 'LINESTRING' ? [coordinates] : shape === 'MULTILINESTRING' ? coordinates : [];
  for (const line of lines) {
    if (Array.isArray(line) && line.length === 1) throw new GeometryError('a line of one point');
  }
  if (shape === 'POLYGON') checkRings(coordinates);
  if (shape === 'MULTIPOLYGON') {
    for (const polygon of coordinates) if (Array.isArray(polygon)) checkRings(polygon);
  }
  return { shape, coordinates: isPoint(coordinates) ? coordinates : coordinates };
}

function checkCoordinates(coordinates: Coordinates, depth: number): void {
  if (!isPoint(coordinates)) {
    if (depth === 0) throw new GeometryError('a point is expected');
    for (const inner of coordinates) checkCoordinates(inner, depth - 1);
    return;
  }
  const [longitude, latitude] = coordinates;
  if (depth > 0 || coordinates.length !== 2)
    throw new GeometryError('two coordinates are expected');
  if (!(Math.abs(latitude) <= 90) || !Number.isFinite(longitude)) {
    throw new GeometryError('latitude must be between -90 and 90 degrees');
  }
}

function checkRings(polygon: Coordinates): void {
  if (isPoint(polygon)) return;
  for (const ring of polygon) {
    const first = ring[0];
    const last = ring.at(-1);
    if (ring.length < 4 || String(first) !== String(last)) {
      throw new GeometryError('a polygon ring must be closed and have at least four points');
    }
  }
}

/** `POINT(1 2)`, `LINESTRING(0 0, 1 1)`; whatever is empty is `GEOMETRYCOLLECTION EMPTY`. */
export function formatWkt(geometry: Geometry): string {
  if (geometry.shape === 'GEOMETRYCOLLECTION') {
    const members = geometry.members.map(formatWkt);
    return members.length === 0 ? EMPTY : `GEOMETRYCOLLECTION(${members.join(', ')})`;
  }
  const { shape, coordinates } = geometry;
  if (coordinates.length === 0) return EMPTY;
  return `${shape}${isPoint(coordinates) ? `(${formatPoint(coordinates)})` : formatList(coordinates)}`;
}

const EMPTY = 'GEOMETRYCOLLECTION EMPTY';

const formatPoint = ([longitude, latitude]: Point): string => `${longitude} ${latitude}`;

const formatList = (list: Coordinates[]): string =>
  `(${list.map((inner) => (isPoint(inner) ? formatPoint(inner) : formatList(inner))).join(', ')})`;

const TOKEN = /\s*(?:([A-Za-z]+)|([(),])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))\s*/y;

/** @throws {GeometryError} */
export function parseWkt(text: string): Geometry {
  const tokens = new Tokens(text);
  const geometry = parseTagged(tokens);
  tokens.end();
  return geometry;
}

class Tokens {
  #text: string;
  #next: string | undefined;
  constructor(text: string) {
    this.#text = text;
    TOKEN.lastIndex = 0;
    this.#next = this.#read();
  }

  #read(): string | undefined {
    const at = TOKEN.lastIndex;
    if (at >= this.#text.length) return undefined;
    const match = TOKEN.exec(this.#text);
    if (match === null) throw new GeometryError(`unexpected text at ${at}`);
    return match[0].trim().toUpperCase();
  }

  peek(): string | undefined {
    return this.#next;
  }

  take(expected?: string): string {
    const token = this.#next;
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new GeometryError(`${expected ?? 'more text'} is expected`);
    }
    this.#next = this.#read();
    return token;
  }

  end(): void {
    if (this.#next !== undefined) throw new GeometryError(`unexpected ${this.#next}`);
  }
}

function parseTagged(tokens: Tokens): Geometry {
  const word = tokens.take();
  const shape = SHAPES.find((known) => known === word);
  if (shape === undefined) throw new GeometryError(`${word} is no geometry`);
  if (tokens.peek() === 'EMPTY') {
    tokens.take();
    return { shape: 'GEOMETRYCOLLECTION', members: [] };
  }
  if (shape === 'GEOMETRYCOLLECTION') {
    return { shape, members: parseList(tokens, () => parseTagged(tokens)) };
  }
  if (shape === 'POINT') {
    tokens.take('(');
    const point = parsePoint(tokens);
    tokens.take(')');
    return makeGeometry(shape, point);
  }
  return makeGeometry(shape, parseNested(tokens));
}

function parseList<T>(tokens: Tokens, parseItem: () => T): T[] {
  tokens.take('(');
  const items = [parseItem()];
  while (tokens.peek() === ',') {
    tokens.take();
    items.push(parseItem());
  }
  tokens.take(')');
  return items;
}

const parseNested = (tokens: Tokens): Coordinates[] =>
  parseList(tokens, () =>
    tokens.peek() === '(' ? unwrap(parseNested(tokens)) : parsePoint(tokens),
  );

/** `MULTIPOINT((1 2), (3 4))` is the same as `MULTIPOINT(1 2, 3 4)`. */
function unwrap(list: Coordinates[]): Coordinates {
  const [only] = list;
  return list.length === 1 && only !== undefined && isPoint(only) ? only : list;
}

function parsePoint(tokens: Tokens): Point {
  const [longitude, latitude] = [Number(tokens.take()), Number(tokens.take())];
  if (Number.isNaN(longitude) || Number.isNaN(latitude))
    throw new GeometryError('a number is expected');
  return [longitude, latitude];
}
