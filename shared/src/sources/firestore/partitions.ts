// Where the service itself would cut a collection. It cuts collection groups only, so the cuts that lie in
// other parents' collections are left out; and its pages come in any order, so the cuts are sorted.
// Source: Firestore v1, PartitionQuery.
import { ask, type Caller, FIRESTORE } from './call.ts';
import { compareNames, isIn } from './names.ts';
import { partitionRequest, type Scope } from './requests.ts';
import { partitionsIn } from './responses.ts';
import { isUnimplemented } from './retention.ts';

const PAGE_SIZE = 300;

/**
 * Names inside the collection, sorted, none twice; possibly fewer than asked for. None where the service
 * lacks the method, as emulators do.
 */
export async function listCuts(caller: Caller, scope: Scope, cursors: number): Promise<string[]> {
  const { source, collection, readTimeMs } = scope;
  const names = new Set<string>();
  let pageToken = '';
  do {
    const request = partitionRequest(scope, { cursors, pageSize: PAGE_SIZE, pageToken });
    const path = `${FIRESTORE}/PartitionQuery`;
    const question = { path, source, what: collection.path, readTimeMs, request };
    const answers = await ask(caller, question).catch((error: unknown) => {
      if (isUnimplemented(error)) return [];
      throw error;
    });
    pageToken = '';
    for (const page of answers.map(partitionsIn)) {
      for (const name of page.names) names.add(name);
      pageToken = page.nextPageToken;
    }
  } while (pageToken !== '');
  return [...names].filter((name) => isIn(source, collection, name)).sort(compareNames);
}
