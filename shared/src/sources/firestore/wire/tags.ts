// The bytes before the fields of a document's messages: google/firestore/v1/document.proto, November 2026.

/** Of a `Value`: its kind. */
export const TAG = {
  boolean: 0x08,
  integer: 0x10,
  double: 0x19,
  reference: 0x2a,
  map: 0x32,
  geopoint: 0x42,
  array: 0x4a,
  timestamp: 0x52,
  null: 0x58,
  /** Field 17: `TAG_END` follows. */
  string: 0x8a,
  /** Field 18: `TAG_END` follows. */
  bytes: 0x92,
} as const;

/** Second byte of the tags of fields 17 and 18. */
export const TAG_END = 0x01;

/** Of a `MapValue`: an entry. Of an `ArrayValue`: a value. */
export const ELEMENT = 0x0a;

/** Of an entry: its name, its value. */
export const ENTRY_NAME = 0x0a;
export const ENTRY_VALUE = 0x12;

/** Of a `LatLng`. */
export const LATITUDE = 0x09;
export const LONGITUDE = 0x11;
