// Reads a collection at one instant through the official client, a page at a time.
import {
  type DocumentData,
  DocumentReference,
  FieldPath,
  Firestore,
  GeoPoint,
  type Query,
  type QueryDocumentSnapshot,
  Timestamp,
  VectorValue,
} from '@google-cloud/firestore';
import type { Collection, FirestoreSource } from '../../config/environment.ts';
import type { RowHead } from '../../rows/encode.ts';
import type { Fields, Value } from '../../rows/value.ts';

const PAGE = 500;
const clients = new Map<string, Firestore>();

function clientOf({ project: projectId, database: databaseId }: FirestoreSource): Firestore {
  const key = `${projectId}/${databaseId}`;
  const client = clients.get(key) ?? new Firestore({ projectId, databaseId, useBigInt: true });
  clients.set(key, client);
  return client;
}

export interface ReadDocument {
  head: Pick<RowHead, 'documentId' | 'documentPath' | 'createTime' | 'updateTime'>;
  fields: Fields;
}

export async function countDocuments(
  source: FirestoreSource,
  collection: Collection,
  readTimeMs: number,
): Promise<number> {
  const client = clientOf(source);
  const readTime = Timestamp.fromMillis(readTimeMs);
  const snapshot = await client.runTransaction(
    (tx) => tx.get(queryOf(client, collection).count()),
    { readOnly: true, readTime },
  );
  return Number(snapshot.data().count);
}

export async function* readDocuments(
  source: FirestoreSource,
  collection: Collection,
  readTimeMs: number,
): AsyncGenerator<ReadDocument[]> {
  const client = clientOf(source);
  const readTime = Timestamp.fromMillis(readTimeMs);
  let query = queryOf(client, collection).orderBy(FieldPath.documentId()).limit(PAGE);
  for (;;) {
    const page = query;
    const { docs } = await client.runTransaction((tx) => tx.get(page), {
      readOnly: true,
      readTime,
    });
    if (docs.length > 0) yield docs.map(toDocument);
    const last = docs.at(-1);
    if (!last || docs.length < PAGE) return;
    query = page.startAfter(last);
  }
}

function queryOf(client: Firestore, { path, group, where }: Collection): Query<DocumentData> {
  const all: Query<DocumentData> = group ? client.collectionGroup(path) : client.collection(path);
  return where.reduce(
    (query, { path: field, value }) => query.where(new FieldPath(...field), '==', value),
    all,
  );
}

function toDocument(doc: QueryDocumentSnapshot): ReadDocument {
  return {
    head: {
      documentId: doc.id,
      documentPath: doc.ref.path,
      createTime: time(doc.createTime),
      updateTime: time(doc.updateTime),
    },
    fields: fieldsOf(doc.data()),
  };
}

const time = (each: Timestamp) => ({ seconds: BigInt(each.seconds), nanos: each.nanoseconds });
const fieldsOf = (data: DocumentData): Fields =>
  new Map(Object.entries(data).map(([name, each]) => [name, toValue(each)]));

function toValue(each: unknown): Value {
  if (each === null) return { kind: 'null' };
  if (typeof each === 'boolean') return { kind: 'boolean', value: each };
  if (typeof each === 'bigint') return { kind: 'integer', value: each };
  if (typeof each === 'number') return { kind: 'double', value: each };
  if (typeof each === 'string') return { kind: 'string', value: each };
  if (each instanceof Timestamp) return { kind: 'timestamp', ...time(each) };
  if (each instanceof GeoPoint)
    return { kind: 'geopoint', latitude: each.latitude, longitude: each.longitude };
  if (each instanceof VectorValue) return { kind: 'vector', values: each.toArray() };
  if (each instanceof Uint8Array) return { kind: 'bytes', value: each };
  if (each instanceof DocumentReference)
    return {
      kind: 'reference',
      value: `projects/${String(Reflect.get(each.firestore, 'projectId'))}/databases/${each.firestore.databaseId}/documents/${each.path}`,
    };
  if (Array.isArray(each)) return { kind: 'array', values: each.map(toValue) };
  return { kind: 'map', fields: fieldsOf(each as DocumentData) };
}
