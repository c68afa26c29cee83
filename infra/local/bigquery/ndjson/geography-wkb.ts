// Well-known binary in hexadecimal digits, two dimensions, either byte order.
import {
  type Coordinates,
  type Geometry,
  GeometryError,
  makeGeometry,
  SHAPES,
} from './geography-wkt.ts';

/** @throws {GeometryError} */
export function parseWkb(hex: string): Geometry {
  const reader = new Reader(Buffer.from(hex, 'hex'));
  const geometry = reader.geometry();
  reader.end();
  return geometry;
}

class Reader {
  #bytes: Buffer;
  #position = 0;
  #littleEndian = true;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  end(): void {
    if (this.#position !== this.#bytes.length) throw new GeometryError('bytes are left over');
  }

  geometry(): Geometry {
    this.#littleEndian = this.#take(1).readUInt8() === 1;
    const shape = SHAPES[this.#integer() - 1];
    if (shape === undefined) throw new GeometryError('unknown geometry type');
    switch (shape) {
      case 'POINT':
        return makeGeometry(shape, this.#point());
      case 'LINESTRING':
        return makeGeometry(
          shape,
          this.#list(() => this.#point()),
        );
      case 'POLYGON':
        return makeGeometry(
          shape,
          this.#list(() => this.#list(() => this.#point())),
        );
      case 'GEOMETRYCOLLECTION':
        return { shape, members: this.#list(() => this.geometry()) };
      default:
        return makeGeometry(
          shape,
          this.#list(() => this.#member()),
        );
    }
  }

  #member(): Coordinates {
    const geometry = this.geometry();
    if (geometry.shape === 'GEOMETRYCOLLECTION') throw new GeometryError('a nested collection');
    return geometry.coordinates;
  }

  #point(): [number, number] {
    return [this.#double(), this.#double()];
  }

  #list<T>(readItem: () => T): T[] {
    const items: T[] = [];
    for (let left = this.#integer(); left > 0; left -= 1) items.push(readItem());
    return items;
  }

  #integer(): number {
    const bytes = this.#take(4);
    return this.#littleEndian ? bytes.readUInt32LE() : bytes.readUInt32BE();
  }

  #double(): number {
    const bytes = this.#take(8);
    return this.#littleEndian ? bytes.readDoubleLE() : bytes.readDoubleBE();
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new GeometryError('the value ends too early');
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }
}
