// All documents of a collection (or of a range of its names) at one instant, in the order of their names,
// each exactly once. Streams end after about a minute on the real service and break at any time: the next
// one starts behind the last document that was handed out, at the same instant. A stream counts as
// finished only when the service has said so: nothing received is no proof of an empty collection.
import { Backoff } from '../../backoff.ts';
import { type Caller, FIRESTORE, POLICY } from './call.ts';
import { routingHeaders } from './client.ts';
import { describeFailure, isTransient } from './failures.ts';
import type { OnMessage } from './grpc-messages.ts';
import { runQueryRequest, type Scope } from './requests.ts';
import { documentNameIn, hasDocument } from './responses.ts';
import { checkReadable } from './retention.ts';

/** Milliseconds. As the official client's for RunQuery. */
const DEADLINE_MS = 300_000;

export interface ReadOptions extends Scope {
  /** Field paths as Firestore writes them; `['__name__']` for names alone. All fields by default. */
  select?: readonly string[] | undefined;
  /**
   * A `RunQueryResponse` that has a document, as bytes. They may be kept, but not changed. A promise pauses
   * the stream until it is done; what it rejects with ends the reading.
   */
  onMessage: OnMessage;
}

export interface ReadResult {
  documents: number;
  /** How often the stream had to be taken up again. */
  resumes: number;
}

/**
 * @throws {FiresinkError} `firestore-unavailable`, `firestore-quota` (retry), `read-time-expired` (expired),
 *   `access-denied`, `database-not-found`, `firestore-precondition`, `firestore-refused` (failed); and
 *   whatever `onMessage` threw
 */
export async function readCollection(caller: Caller, options: ReadOptions): Promise<ReadResult> {
  const { channel, signal, clock = Date.now, world } = caller;
  const { source, collection, readTimeMs, select, onMessage } = options;
  const backoff = new Backoff(POLICY, world);
  const received = new Received(onMessage);
  for (let resumes = 0; ; resumes++) {
    const before = received.documents;
    const request = runQueryRequest(options, { select, after: received.lastName() });
    const headers = routingHeaders(source);
    const path = `${FIRESTORE}/RunQuery`;
    // The instant may have grown too old since the stream before.
    if (resumes > 0) await checkReadable(caller, { source, readTimeMs });
    try {
      await channel.stream(
        { path, headers, request, deadlineMs: DEADLINE_MS, signal },
        received.take,
      );
      return { documents: received.documents, resumes };
    } catch (error) {
      if (received.documents > before) backoff.progress();
      if (isTransient(error) && (await backoff.again(signal))) continue;
      const what = collection.path;
      throw describeFailure(error, { source, what, readTimeMs, nowMs: clock() });
    }
  }
}

/** Counts, and remembers where the last document lies; its name is read only when a stream has broken. */
class Received {
  documents = 0;
  readonly #onMessage: OnMessage;
  #buffer: Buffer | undefined;
  #start = 0;
  #end = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  readonly take: OnMessage = (buffer, start, end) => {
    if (!hasDocument(buffer, start, end)) return undefined;
    this.documents++;
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
    return this.#onMessage(buffer, start, end);
  };

  lastName(): string | undefined {
    return this.#buffer && documentNameIn(this.#buffer.subarray(this.#start, this.#end));
  }
}
