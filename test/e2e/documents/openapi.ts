// The paths of GitHub's API description, each a document: 811 of up to 25 KB, 20 levels deep, with names
// such as `application/json` and `$ref`.
import { createRequire } from 'node:module';
import type { DocumentData } from '@google-cloud/firestore';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Json[];
  responses?: Json;
  'x-github'?: { category?: string; enabledForGitHubApps?: boolean };
}

export interface ApiDocument {
  id: string;
  path: string;
  fields: DocumentData;
  origin: { get?: Operation };
}

export function apiDocuments(): ApiDocument[] {
  const require = createRequire(import.meta.url);
  const { paths } = require('@octokit/openapi/generated/api.github.com.json');
  return Object.entries<Json>(paths).map(([path, origin]) => ({
    id: encodeURIComponent(path),
    path,
    fields: { path, ...(wrap(origin) as DocumentData) },
    origin: origin as ApiDocument['origin'],
  }));
}

/** Firestore has no arrays of arrays; the description has four. */
function wrap(value: Json, inArray = false): Json {
  if (Array.isArray(value)) {
    const array = value.map((element) => wrap(element, true));
    return inArray ? { array } : array;
  }
  return mapValues(value, (each) => wrap(each));
}

/** The way back. */
export function unwrap(value: Json): Json {
  if (!Array.isArray(value)) return mapValues(value, unwrap);
  return value.map((element) => {
    const inner = unwrap(element);
    const isWrapped =
      typeof inner === 'object' &&
      inner !== null &&
      !Array.isArray(inner) &&
      Object.keys(inner).join() === 'array';
    return isWrapped ? (inner.array ?? null) : inner;
  });
}

function mapValues(value: Json, change: (value: Json) => Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
}
