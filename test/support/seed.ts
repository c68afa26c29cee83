// Many documents into an emulator, through Google's client.
import { Firestore } from '@google-cloud/firestore';

/** Fields of the document number `index`. */
export type MakeFields = (index: number) => object;

export interface Seed {
  project: string;
  /** Of the document number `index`. */
  path: (index: number) => string;
  fields: MakeFields;
  documents: number;
}

/** Firestore, "Limits": writes in a commit, until March 2023; and bytes of a request. */
const BATCH_DOCUMENTS = 500;
const BATCH_BYTES = 8 * 1024 * 1024;
const COMMITS_AT_ONCE = 4;

/** `prefix/00000042`, in the order of numbers. */
export const numbered =
  (prefix: string) =>
  (index: number): string =>
    `${prefix}/${String(index).padStart(8, '0')}`;

export async function seed(
  host: string,
  { project, path, fields, documents }: Seed,
): Promise<void> {
  const firestore = new Firestore({ projectId: project, host, ssl: false });
  const documentBytes = JSON.stringify(fields(0)).length;
  const size = Math.max(1, Math.min(BATCH_DOCUMENTS, Math.floor(BATCH_BYTES / documentBytes)));
  let next = 0;
  const writer = async () => {
    while (next < documents) {
      const first = next;
      next = Math.min(documents, first + size);
      const batch = firestore.batch();
      for (let index = first; index < next; index++) {
        batch.set(firestore.doc(path(index)), fields(index));
      }
      await batch.commit();
    }
  };
  await Promise.all(Array.from({ length: COMMITS_AT_ONCE }, writer));
  await firestore.terminate();
}
