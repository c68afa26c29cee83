// The peer: Google's client, a stream of documents, a line of JSON for each.
import { finished } from 'node:stream/promises';
import { Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { LineBuffers } from './line-buffers.ts';
import { run } from './reader.ts';

await run({
  async read({ project, collection }) {
    const lines = new LineBuffers();
    const firestore = new Firestore({ projectId: project });
    // By events: `for await` costs the stream another promise a document.
    const documents = firestore.collection(collection).stream();
    documents.on('data', (document: QueryDocumentSnapshot) => {
      lines.add({ _document_id: document.id, _data: document.data() });
    });
    await finished(documents);
    await firestore.terminate();
    return lines.read();
  },
});
