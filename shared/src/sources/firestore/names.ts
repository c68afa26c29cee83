// Resource names of documents, `projects/p/databases/d/documents/apis/orders/versions/v1`, and the order
// Firestore keeps them in.
import type { Collection, FirestoreSource } from '../../config/environment.ts';

export type Database = Pick<FirestoreSource, 'project' | 'database'>;
export type CollectionPath = Pick<Collection, 'path' | 'group'>;

export const databaseName = ({ project, database }: Database): string =>
  `projects/${project}/databases/${database}`;

/** `…/documents`: root collections lie here, and every name of a document begins with it. */
export const rootName = (database: Database): string => `${databaseName(database)}/documents`;

/** Where a query for the collection starts, and the collection's id. */
export function locate(
  database: Database,
  { path, group }: CollectionPath,
): { parent: string; collectionId: string; group: boolean } {
  const root = rootName(database);
  const slash = path.lastIndexOf('/');
  if (group || slash < 0) return { parent: root, collectionId: path, group };
  return {
    parent: `${root}/${path.slice(0, slash)}`,
    collectionId: path.slice(slash + 1),
    group,
  };
}

/** Whether the document lies in the collection itself, not in another one of the same id. */
export function isIn(database: Database, collection: CollectionPath, name: string): boolean {
  const { parent, collectionId, group } = locate(database, collection);
  const prefix = `${group ? rootName(database) : `${parent}/${collectionId}`}/`;
  return name.startsWith(prefix) && (group || !name.includes('/', prefix.length));
}

/**
 * Firestore's order of names: segment by segment, ids that are numbers (`__id7__`, from Datastore) before
 * those that are text, text by its UTF-8 bytes.
 */
export function compareNames(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (const [index, segment] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareIds(segment, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const NUMBER_ID = /^__id(-?\d+)__$/;

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const [numberA, numberB] = [numberOf(a), numberOf(b)];
  if (numberA !== undefined && numberB !== undefined) return numberA < numberB ? -1 : 1;
  if (numberA !== undefined) return -1;
  if (numberB !== undefined) return 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function numberOf(id: string): bigint | undefined {
  const [, digits] = NUMBER_ID.exec(id) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}
