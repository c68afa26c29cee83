// A BigQuery for Firebase's import script that takes no time: whatever it asks for is there, whatever it
// inserts is counted, by the document's name, and forgotten.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Sink extends AsyncDisposable {
  /** As `BIGQUERY_EMULATOR_HOST` takes it. */
  readonly url: string;
  readonly rows: number;
  readonly distinctDocuments: number;
}

/** So that the script finds its table as it would have made it, and does not wait 5 s for a new one. */
const TABLE = {
  schema: {
    fields: ['timestamp', 'event_id', 'document_name', 'operation', 'data', 'old_data']
      .concat('document_id', 'path_params')
      .map((name) => ({ name, type: name === 'timestamp' ? 'TIMESTAMP' : 'STRING' })),
  },
  view: { query: 'SELECT 1', useLegacySql: false },
};

interface InsertAll {
  rows: readonly { json: { document_name: string } }[];
}

export async function startSink(): Promise<Sink> {
  const documents = new Set<string>();
  let rows = 0;
  async function answer(request: IncomingMessage): Promise<object> {
    if (!request.url?.split('?')[0]?.endsWith('/insertAll')) return TABLE;
    const inserted = (await json(request)) as InsertAll;
    rows += inserted.rows.length;
    for (const row of inserted.rows) documents.add(row.json.document_name);
    return { kind: 'bigquery#tableDataInsertAllResponse' };
  }
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await answer(request)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get rows() {
      return rows;
    },
    get distinctDocuments() {
      return documents.size;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
