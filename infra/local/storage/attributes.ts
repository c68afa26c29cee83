// What an object's owner may set, out of the resources that clients send: checked, and the rest ignored.
import { isRecord } from './call.ts';
import { invalid, notServed } from './errors.ts';
import type { ObjectAttributes } from './records.ts';
import { OBJECT_ATTRIBUTES } from './resources.ts';

/** Bytes of all keys and values of an object. Cloud Storage quotas, "Objects": custom metadata. */
const MAX_METADATA_BYTES = 8 * 1024;

/** Setting these changes what the service does later, and this stand-in would not. */
const NOT_SERVED = ['temporaryHold', 'eventBasedHold', 'retention', 'kmsKeyName'];

/** @throws {StorageError} */
export function parseAttributes(resource: Record<string, unknown>): ObjectAttributes {
  return mergeAttributes({}, resource);
}

/** JSON merge patch, as PATCH has it: null removes, what is absent stays. */
export function mergeAttributes(
  attributes: ObjectAttributes,
  resource: Record<string, unknown>,
): ObjectAttributes {
  for (const field of NOT_SERVED) {
    if (resource[field]) throw notServed(`An object's ${field}`);
  }
  const merged = { ...attributes };
  for (const field of OBJECT_ATTRIBUTES) {
    const value = resource[field];
    if (value === undefined) continue;
    if (value === null) delete merged[field];
    else merged[field] = parseAttribute(field, value, attributes[field]);
  }
  return merged;
}

function parseAttribute(field: string, value: unknown, previous: unknown): unknown {
  if (field === 'metadata') return mergeMetadata(isRecord(previous) ? previous : {}, value);
  if (field === 'contexts') return value;
  if (typeof value !== 'string') throw invalid(`Invalid value for ${field}.`);
  return value;
}

function mergeMetadata(previous: Record<string, unknown>, value: unknown): Record<string, string> {
  if (!isRecord(value)) throw invalid('Invalid value for metadata.');
  const merged = new Map(Object.entries(previous));
  for (const [key, item] of Object.entries(value)) {
    if (item === null) merged.delete(key);
    else merged.set(key, parseMetadataValue(key, item));
  }
  // Entries, not assignment: a key may be called __proto__.
  const metadata = Object.fromEntries([...merged].map(([key, item]) => [key, String(item)]));
  if (metadataBytes(metadata) > MAX_METADATA_BYTES) {
    throw invalid('Your metadata headers exceed the maximum allowed metadata size.');
  }
  return metadata;
}

/** Values are text; the service writes numbers and booleans as text too. */
function parseMetadataValue(key: string, item: unknown): string {
  if (typeof item === 'object') throw invalid(`Invalid value for metadata.${key}.`);
  return String(item);
}

function metadataBytes(metadata: Record<string, string>): number {
  return Object.entries(metadata).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}

/** Bytes of UTF-8. Cloud Storage docs, "About Cloud Storage objects": object names. */
const MAX_NAME_BYTES = 1024;

/** @throws {StorageError} 400 */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    throw invalid(
      `The maximum object length is ${MAX_NAME_BYTES} characters, but got a name with ${bytes} characters: '${name.slice(0, 100)}...'`,
    );
  }
  if (/[\r\n]/.test(name) || !name.isWellFormed()) {
    throw invalid(`Disallowed unicode characters present in object name '${name}'`);
  }
  if (
    name === '' ||
    name === '.' ||
    name === '..' ||
    name.startsWith('.well-known/acme-challenge/')
  ) {
    throw invalid(`Invalid object name: '${name}'`);
  }
}
