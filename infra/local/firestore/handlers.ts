// Which method of the service is answered by whom. Streams answer with a generator.
import { Commits } from './commits.ts';
import { Listings } from './listing.ts';
import { partitionQuery } from './partition.ts';
import type { Method } from './protocol.ts';
import type { Cost } from './query.ts';
import { Reads } from './reads.ts';
import type * as requests from './requests.ts';
import type { FirestoreStore } from './store.ts';
import { Transactions } from './transactions.ts';

interface Requests {
  BatchGetDocuments: requests.BatchGetDocumentsRequest;
  BatchWrite: requests.BatchWriteRequest;
  BeginTransaction: requests.BeginTransactionRequest;
  Commit: requests.CommitRequest;
  GetDocument: requests.GetDocumentRequest;
  ListCollectionIds: requests.ListCollectionIdsRequest;
  ListDocuments: requests.ListDocumentsRequest;
  PartitionQuery: requests.PartitionQueryRequest;
  Rollback: requests.RollbackRequest;
  RunAggregationQuery: requests.RunAggregationQueryRequest;
  RunQuery: requests.RunQueryRequest;
}

type Handlers = { [M in Method]: (request: Requests[M]) => object };

interface HandlerOptions {
  minPartitionDocuments: number;
  cost: Cost;
}

export function createHandlers(store: FirestoreStore, options: HandlerOptions): Handlers {
  const transactions = new Transactions(store);
  const reads = new Reads(store, transactions, options.cost);
  const commits = new Commits(store, transactions);
  const listings = new Listings(store, transactions);
  return {
    BatchGetDocuments: (request) => reads.batchGetDocuments(request),
    BatchWrite: (request) => commits.batchWrite(request),
    BeginTransaction: (request) => commits.beginTransaction(request),
    Commit: (request) => commits.commit(request),
    GetDocument: (request) => reads.getDocument(request),
    ListCollectionIds: (request) => {
      const { items, nextPageToken } = listings.collectionIds(request);
      return { collectionIds: items, nextPageToken };
    },
    ListDocuments: (request) => {
      const { items, nextPageToken } = listings.documents(request);
      options.cost.reads += Math.max(1, items.length);
      return { documents: items, nextPageToken };
    },
    PartitionQuery: (request) =>
      partitionQuery(store, transactions, request, options.minPartitionDocuments),
    Rollback: (request) => commits.rollback(request),
    RunAggregationQuery: (request) => reads.runAggregationQuery(request),
    RunQuery: (request) => reads.runQuery(request),
  };
}
