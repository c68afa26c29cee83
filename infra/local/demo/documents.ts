// The sample's documents: a few thousand, believable, always the same. They hold every type of value
// Firestore has, and some of them break the schema of their collection, as real ones do.
import type { DocumentData, Firestore } from '@google-cloud/firestore';
import { apis, versions } from './apis.ts';
import { channels } from './channels.ts';
import type { SampleSource } from './platform.ts';
import { products } from './products.ts';
import { createRandom, type Random } from './random.ts';
import { services } from './services.ts';

export interface SampleDocument {
  /** Below the database, e.g. `apis/orders-v1/versions/1.0.0`. */
  path: string;
  data: DocumentData;
}

export interface SampleContext {
  source: SampleSource;
  random: Random;
  /** Makes references; nothing is read or written here. */
  firestore: Firestore;
}

const COLLECTIONS = {
  apis,
  versions,
  capextchannels: channels,
  backendservices: services,
  products,
};

export function* sampleDocuments(
  source: SampleSource,
  firestore: Firestore,
): Generator<SampleDocument> {
  for (const [name, documents] of Object.entries(COLLECTIONS)) {
    // Each collection has its own sequence, so that a change in one leaves the others as they were.
    yield* documents({ source, firestore, random: createRandom(`${source.name}/${name}`) });
  }
}
