// Google's generated Firestore client, for requests that the handwritten one on top of it does not make.
import generated from '@google-cloud/firestore';
import { credentials } from '@grpc/grpc-js';

export type FirestoreApi = InstanceType<typeof generated.v1.FirestoreClient>;

/** Close it. */
export function connectFirestoreApi(port: number): FirestoreApi {
  return new generated.v1.FirestoreClient({
    servicePath: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
    projectId: 'unused',
    // Its other way of retrying streams takes refusals for breakdowns, and goes on for a minute.
    gaxServerStreamingRetries: true,
  });
}

export interface QueryAnswer {
  document?: { name?: string | null } | null;
  readTime?: { seconds?: string | number | null } | null;
  done?: boolean;
}

type QueryRequest = NonNullable<Parameters<FirestoreApi['runQuery']>[0]>;

/** All answers. By the stream's events: iterated, it loses what comes at once. */
export function runQuery(api: FirestoreApi, request: QueryRequest): Promise<QueryAnswer[]> {
  const answers: QueryAnswer[] = [];
  return new Promise((resolve, reject) => {
    const stream = api.runQuery(request);
    stream.on('data', (answer: QueryAnswer) => answers.push(answer));
    stream.on('error', reject).on('end', () => resolve(answers));
  });
}
