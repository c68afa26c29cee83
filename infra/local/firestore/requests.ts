// The requests as @grpc/proto-loader hands them over (defaults filled in, longs and enums as text), with
// every document and value left as its bytes: see protocol.ts.
import type { ReadSelector, TransactionOptions } from './transactions.ts';

export interface DocumentMask {
  fieldPaths: string[];
}

export interface Precondition {
  conditionType?: 'exists' | 'updateTime';
  exists?: boolean;
  updateTime?: { seconds: string; nanos: number };
}

export interface FieldTransform {
  fieldPath: string;
  transformType?:
    | 'setToServerValue'
    | 'increment'
    | 'maximum'
    | 'minimum'
    | 'appendMissingElements'
    | 'removeAllFromArray';
  setToServerValue?: string;
  increment?: Buffer;
  maximum?: Buffer;
  minimum?: Buffer;
  appendMissingElements?: Buffer;
  removeAllFromArray?: Buffer;
}

export interface Write {
  operation?: 'update' | 'delete' | 'transform';
  update?: Buffer;
  delete?: string;
  transform?: { document: string; fieldTransforms: FieldTransform[] };
  updateMask: DocumentMask | null;
  updateTransforms: FieldTransform[];
  currentDocument: Precondition | null;
}

export interface CommitRequest {
  database: string;
  writes: Write[];
  transaction: Buffer;
}

export interface BatchWriteRequest {
  database: string;
  writes: Write[];
}

export interface BeginTransactionRequest {
  database: string;
  options: TransactionOptions | null;
}

export interface RollbackRequest {
  database: string;
  transaction: Buffer;
}

export interface GetDocumentRequest extends ReadSelector {
  name: string;
  mask: DocumentMask | null;
}

export interface BatchGetDocumentsRequest extends ReadSelector {
  database: string;
  documents: string[];
  mask: DocumentMask | null;
}

export interface ListDocumentsRequest extends ReadSelector {
  parent: string;
  collectionId: string;
  pageSize: number;
  pageToken: string;
  orderBy: string;
  mask: DocumentMask | null;
  showMissing: boolean;
}

export interface ListCollectionIdsRequest extends ReadSelector {
  parent: string;
  pageSize: number;
  pageToken: string;
}

interface FieldReference {
  fieldPath: string;
}

export interface FieldFilter {
  field: FieldReference | null;
  op: string;
  value: Buffer;
}

export interface Filter {
  filterType?: 'compositeFilter' | 'fieldFilter' | 'unaryFilter';
  compositeFilter?: { op: string; filters: Filter[] };
  fieldFilter?: FieldFilter;
  unaryFilter?: { op: string; field?: FieldReference };
}

interface Order {
  field: FieldReference | null;
  direction: string;
}

export interface Cursor {
  values: Buffer[];
  before: boolean;
}

export interface StructuredQuery {
  select: { fields: FieldReference[] } | null;
  from: { collectionId: string; allDescendants: boolean }[];
  where: Filter | null;
  orderBy: Order[];
  startAt: Cursor | null;
  endAt: Cursor | null;
  offset: number;
  limit: { value: number } | null;
  findNearest: object | null;
}

export interface RunQueryRequest extends ReadSelector {
  parent: string;
  structuredQuery?: StructuredQuery;
  explainOptions: object | null;
}

export interface Aggregation {
  operator?: 'count' | 'sum' | 'avg';
  count?: { upTo: { value: string } | null };
  alias: string;
}

export interface RunAggregationQueryRequest extends ReadSelector {
  parent: string;
  structuredAggregationQuery?: {
    structuredQuery?: StructuredQuery;
    aggregations: Aggregation[];
  };
  explainOptions: object | null;
}

export interface PartitionQueryRequest extends ReadSelector {
  parent: string;
  structuredQuery?: StructuredQuery;
  partitionCount: string;
  pageToken: string;
  pageSize: number;
}
