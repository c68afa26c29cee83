// firesink's stream of a whole collection, now.
import { connectFirestore } from '@firesink/shared/sources/firestore/client.ts';
import type { OnMessage } from '@firesink/shared/sources/firestore/grpc-messages.ts';
import { readCollection } from '@firesink/shared/sources/firestore/run-query.ts';
import type { Pass } from './reader.ts';

export async function wholeCollection(
  { project, collection: path }: Pass,
  onMessage: OnMessage,
): Promise<void> {
  await using channel = connectFirestore();
  const source = { project, database: '(default)' };
  const collection = { path, group: false };
  await readCollection({ channel }, { source, collection, readTimeMs: Date.now(), onMessage });
}
