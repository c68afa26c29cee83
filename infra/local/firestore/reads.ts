// GetDocument, BatchGetDocuments, RunQuery and RunAggregationQuery.
import { runAggregation } from './aggregation.ts';
import { documentName, projectDocument } from './documents.ts';
import { documentNotFound, invalidArgument, unimplemented } from './errors.ts';
import { parseDatabase, parseDocumentName, parseParent } from './names.ts';
import { type Cost, planQuery, runQuery } from './query.ts';
import type {
  BatchGetDocumentsRequest,
  GetDocumentRequest,
  RunAggregationQueryRequest,
  RunQueryRequest,
} from './requests.ts';
import type { FirestoreStore } from './store.ts';
import { formatProtoTimestamp, writeMicros } from './timestamps.ts';
import type { Transactions } from './transactions.ts';
import { LENGTH, tag, VARINT, WireWriter } from './wire.ts';
import { parseMask } from './writes.ts';

/** Documents sent between two looks at whether their versions are still kept. */
const CHECK_EVERY = 1024;

export class Reads {
  readonly #store: FirestoreStore;
  readonly #transactions: Transactions;
  readonly #cost: Cost;

  /** @param cost  what is added to with each document read, as it would be billed */
  constructor(store: FirestoreStore, transactions: Transactions, cost: Cost) {
    this.#store = store;
    this.#transactions = transactions;
    this.#cost = cost;
  }

  getDocument(request: GetDocumentRequest): Buffer {
    const name = parseDocumentName(request.name);
    const mask = parseMask(request.mask);
    const view = this.#transactions.view(request);
    const document = this.#store.read(name, view.micros);
    view.note(request.name);
    this.#cost.reads += 1;
    if (!document) throw documentNotFound(request.name);
    return mask ? projectDocument(document, mask) : document;
  }

  *batchGetDocuments(request: BatchGetDocumentsRequest): Generator<object> {
    const database = parseDatabase(request.database);
    const names = [...new Set(request.documents)].map((name) => {
      const parsed = parseDocumentName(name);
      if (parsed.database === database) return { name, parsed };
      throw invalidArgument(`Document "${name}" is not in database "${database}".`);
    });
    const mask = parseMask(request.mask);
    const view = this.#transactions.view(request);
    const readTime = formatProtoTimestamp(view.micros);
    if (view.begun) yield { transaction: view.begun };
    for (const { name, parsed } of names) {
      const document = this.#store.read(parsed, view.micros);
      view.note(name);
      this.#cost.reads += 1;
      if (!document) yield { missing: name, readTime };
      else yield { found: mask ? projectDocument(document, mask) : document, readTime };
    }
  }

  *runQuery(request: RunQueryRequest): Generator<Buffer> {
    if (request.explainOptions) throw unimplemented('explain_options');
    if (!request.structuredQuery) throw invalidArgument('only structured queries are supported');
    const plan = planQuery(request.structuredQuery, parseParent(request.parent));
    const view = this.#transactions.view(request);
    const { begun, micros } = view;
    if (begun) yield encodeBegun(begun);

    const times = encodeReadTime(micros);
    const cost: Cost = { reads: 0 };
    let waiting: Buffer | undefined;
    let sent = 0;
    try {
      for (const { document } of runQuery(this.#store, plan, micros, cost)) {
        if (view.isLocking) view.note(documentName(document));
        if (waiting) yield encodeFound(waiting, times.readTime);
        waiting = plan.select ? projectDocument(document, plan.select) : document;
        sent += 1;
        if (sent % CHECK_EVERY === 0) this.#store.checkReadable(micros);
      }
    } finally {
      // A query that finds nothing costs one read, too; one that is broken off, what it has read.
      this.#cost.reads += Math.max(1, cost.reads);
    }
    yield waiting ? encodeFound(waiting, times.readTimeAndDone) : times.readTimeAndDone;
  }

  *runAggregationQuery(request: RunAggregationQueryRequest): Generator<object> {
    if (request.explainOptions) throw unimplemented('explain_options');
    const view = this.#transactions.view(request);
    if (view.begun) yield { transaction: view.begun };
    const aggregateFields = runAggregation(this.#store, request, view, this.#cost);
    yield { result: { aggregateFields }, readTime: formatProtoTimestamp(view.micros) };
  }
}

// google.firestore.v1.RunQueryResponse, put together around a document that is bytes already.
const DOCUMENT = tag(1, LENGTH);
const TRANSACTION = tag(2, LENGTH);
const READ_TIME = tag(3, LENGTH);
const DONE = tag(6, VARINT);

function encodeBegun(transaction: Buffer): Buffer {
  const writer = new WireWriter();
  writer.uint(TRANSACTION);
  writer.bytes(transaction);
  return writer.finish();
}

function encodeReadTime(micros: number): { readTime: Buffer; readTimeAndDone: Buffer } {
  const writer = new WireWriter();
  writer.uint(READ_TIME);
  const start = writer.beginMessage();
  writeMicros(writer, micros);
  writer.endMessage(start);
  const readTime = writer.finish();
  return { readTime, readTimeAndDone: Buffer.concat([readTime, Buffer.from([DONE, 1])]) };
}

const writer = new WireWriter();

function encodeFound(document: Buffer, rest: Buffer): Buffer {
  writer.uint(DOCUMENT);
  writer.bytes(document);
  writer.raw(rest);
  return writer.finish();
}
