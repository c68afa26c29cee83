// google.firestore.v1.Firestore on the wire. The definitions are those that ship with Google's client;
// only documents and values are taken out of the generic messages and stay bytes, which on the wire is
// the same: they are most of the traffic, and no generic object keeps their 64 bits and their order.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { MethodDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

const SERVICE = 'google.firestore.v1.Firestore';
const AS_BYTES = new Set(['Document', 'Value', 'ArrayValue']);

export const METHODS = [
  'BatchGetDocuments',
  'BatchWrite',
  'BeginTransaction',
  'Commit',
  'GetDocument',
  'ListCollectionIds',
  'ListDocuments',
  'PartitionQuery',
  'Rollback',
  'RunAggregationQuery',
  'RunQuery',
] as const;

export type Method = (typeof METHODS)[number];

/** Answers that the handlers write themselves. */
const ANSWERED_IN_BYTES = new Set<Method>(['GetDocument', 'RunQuery']);

export interface Protocol {
  /** For grpc-js: requests come as bytes, answers go as `encode` leaves them. */
  definition: MethodDefinition<Buffer, Buffer>;
  /** @throws for bytes that are no such message. */
  decode(bytes: Buffer): unknown;
  encode(answer: unknown): Buffer;
}

/** Reads the definitions: some 50 KB of JSON. */
export function loadProtocol(): Record<Method, Protocol> {
  const service = fromJSON(readDefinitions(), {
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  })[SERVICE];
  const loaded = new Map<string, Protocol>();
  for (const method of METHODS) {
    const found = isService(service) ? service[method] : undefined;
    if (!found) throw new Error(`@google-cloud/firestore defines no ${SERVICE}/${method} any more`);
    const { path, requestStream, responseStream, requestDeserialize, responseSerialize } = found;
    const same = (bytes: Buffer): Buffer => bytes;
    loaded.set(method, {
      definition: {
        path,
        requestStream,
        responseStream,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
      decode: requestDeserialize,
      encode: ANSWERED_IN_BYTES.has(method) ? asBytes : responseSerialize,
    });
  }
  return Object.fromEntries(loaded) as Record<Method, Protocol>;
}

function asBytes(answer: unknown): Buffer {
  if (Buffer.isBuffer(answer)) return answer;
  throw new TypeError('an answer that should be bytes already is not');
}

type LoadedService = Record<string, MethodDefinition<object, object> | undefined>;

const isService = (definition: unknown): definition is LoadedService =>
  typeof definition === 'object' && definition !== null && !('format' in definition);

function readDefinitions(): Parameters<typeof fromJSON>[0] {
  const manifest = createRequire(import.meta.url).resolve('@google-cloud/firestore/package.json');
  const path = join(manifest, '../build/protos/v1.json');
  const definitions: { nested: unknown } = JSON.parse(readFileSync(path, 'utf8'));
  leaveAsBytes(definitions.nested);
  return definitions as Parameters<typeof fromJSON>[0];
}

/** Goes through protobufjs' JSON, where a field is `{ "type": "Value", "id": 3 }`. */
function leaveAsBytes(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('id' in node && 'type' in node && typeof node.type === 'string') {
    if (AS_BYTES.has(node.type)) node.type = 'bytes';
    return;
  }
  Object.values(node).forEach(leaveAsBytes);
}
