// Writes the sample into the databases of its configuration, through Google's own client, wherever
// FIRESTORE_EMULATOR_HOST leads.
import { Firestore } from '@google-cloud/firestore';
import { sampleDocuments } from './documents.ts';
import { SAMPLE_SOURCES, type SampleSource } from './platform.ts';

/** Written last: where it is, the sample is whole. Outside all configured collections. */
const MARKER = 'firesink_sample/seeded';

/** Firestore takes 500 writes a commit. */
const BATCH_WRITES = 500;

/**
 * Does nothing in a database that already holds the sample, even if its documents were changed since.
 *
 * @param host  `127.0.0.1:8680`
 * @returns documents written
 */
export async function seedSample(host: string): Promise<number> {
  const written = await Promise.all(SAMPLE_SOURCES.map((source) => seedSource(source, host)));
  return written.reduce((sum, count) => sum + count, 0);
}

async function seedSource(source: SampleSource, host: string): Promise<number> {
  const { project: projectId, database: databaseId } = source;
  // `host` and `ssl` instead of the environment: this process may serve several tests at once.
  const firestore = new Firestore({ projectId, databaseId, host, ssl: false });
  try {
    const marker = firestore.doc(MARKER);
    if ((await marker.get()).exists) return 0;
    const documents = await writeDocuments(firestore, source);
    await marker.set({ documents });
    return documents;
  } finally {
    await firestore.terminate();
  }
}

async function writeDocuments(firestore: Firestore, source: SampleSource): Promise<number> {
  const commits: Promise<unknown>[] = [];
  let batch = firestore.batch();
  let writes = 0;
  for (const { path, data } of sampleDocuments(source, firestore)) {
    batch.set(firestore.doc(path), data);
    writes += 1;
    if (writes % BATCH_WRITES !== 0) continue;
    commits.push(batch.commit());
    batch = firestore.batch();
  }
  if (writes % BATCH_WRITES !== 0) commits.push(batch.commit());
  await Promise.all(commits);
  return writes;
}
