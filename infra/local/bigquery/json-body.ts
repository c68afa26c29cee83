// Reading request bodies: `unknown` at the edge, typed from here on.
import { invalid } from './errors.ts';

export type JsonMap = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The API treats an explicit null like a property that is not there. */
export function optionalString(body: JsonMap, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`Invalid value for ${name}: a string is expected`);
  return value;
}

export function optionalBoolean(body: JsonMap, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`Invalid value for ${name}: true or false is expected`);
}

export function optionalInteger(body: JsonMap, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw invalid(`Invalid value for ${name}: an integer is expected`);
  }
  return number;
}

export function optionalObject(body: JsonMap, name: string): JsonMap | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid(`Invalid value for ${name}: an object is expected`);
  return value;
}

export function optionalStrings(body: JsonMap, name: string): string[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  const list: unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (!list?.every((entry) => typeof entry === 'string')) {
    throw invalid(`Invalid value for ${name}: a list of strings is expected`);
  }
  return list;
}

/** @see docs "Introduction to labels", "Requirements for labels" */
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

export function optionalLabels(body: JsonMap): Record<string, string> | undefined {
  const labels = optionalObject(body, 'labels');
  if (labels === undefined) return undefined;
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    if (value === null) continue;
    if (typeof value !== 'string') throw invalid(`Label ${key} must be a string`);
    if (!LABEL_KEY.test(key)) throw invalid(`Label key "${key}" has invalid characters.`);
    if (!LABEL_VALUE.test(value)) throw invalid(`Label value "${value}" has invalid characters.`);
    result[key] = value;
  }
  return result;
}
