// A Firestore for the laptop: google.firestore.v1 over gRPC, imitated as of November 2026. What is
// served, what is not, and what differs on purpose: README.md beside this file.
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { StandIn, StandInOptions } from '../stand-in.ts';
import { Calls } from './calls.ts';
import { FirestoreError, invalidArgument } from './errors.ts';
import { createHandlers } from './handlers.ts';
import { MIN_PARTITION_DOCUMENTS } from './partition.ts';
import { loadProtocol, METHODS, type Method, type Protocol } from './protocol.ts';
import type { Cost } from './query.ts';
import { FirestoreStore } from './store.ts';

interface FirestoreCall {
  method: Method;
  /** Answers already sent on a stream. */
  answersSent: number;
}

/** A gRPC status: `{ code: status.UNAVAILABLE, details: 'The datastore operation timed out.' }`. */
export interface FirestoreFault {
  code: status;
  details: string;
}

export interface FirestoreOptions extends StandInOptions {
  /** Documents that a part of PartitionQuery has at least; Firestore's own 128 if absent. */
  minPartitionDocuments?: number;
  /** Asked before each call and before each answer of a stream; what it returns ends the call. */
  fault?: (call: FirestoreCall) => FirestoreFault | undefined;
}

export interface FirestoreStandIn extends StandIn {
  /** Document reads since the start, counted as Firestore bills them. */
  readonly documentReads: number;
}

const ADDRESS = '127.0.0.1';
/** Bytes. Firestore documentation, "Quotas and limits": an API request; the number is its error's. */
const MAX_REQUEST_BYTES = 11_534_336;
/** Bytes that grpc-js reads before it would answer itself, in other words than Firestore's. */
const MAX_MESSAGE_BYTES = 64 << 20;

/** @throws where the port is taken or the journal in `dataDir` cannot be read. */
export async function startFirestore(options: FirestoreOptions): Promise<FirestoreStandIn> {
  const cost: Cost = { reads: 0 };
  const calls = new Calls();
  const store = new FirestoreStore({
    dataDir: options.dataDir,
    clock: options.clock ?? microsecondClock,
  });
  const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
  const minPartitionDocuments = options.minPartitionDocuments ?? MIN_PARTITION_DOCUMENTS;
  const handlers = createHandlers(store, { minPartitionDocuments, cost });
  const protocols = loadProtocol();
  const implementation: UntypedServiceImplementation = {};
  for (const method of METHODS) {
    const protocol = protocols[method];
    const answer = (request: Buffer): object => {
      checkFault(options, { method, answersSent: 0 });
      // What the definitions decode is what Requests says of this method.
      return handlers[method](decodeRequest(protocol, request) as never);
    };
    implementation[method] = protocol.definition.responseStream
      ? (call: ServerWritableStream<Buffer, Buffer>) =>
          void calls.during(() => stream(call, { method, protocol, answer, options }))
      : (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) =>
          void calls.during(() => unary(call, callback, { protocol, answer }));
  }
  const definitions = METHODS.map((method) => [method, protocols[method].definition] as const);
  server.addService(Object.fromEntries(definitions), implementation);

  let port: number;
  try {
    port = await listen(server, options.port);
  } catch (error) {
    store.close();
    throw error;
  }
  return {
    host: `${ADDRESS}:${port}`,
    port,
    get documentReads() {
      return cost.reads;
    },
    idle: () => calls.idle(),
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      await calls.idle();
      store.close();
    },
  };
}

/** Date.now() with three digits more, so that times here look as fine as Firestore's. */
const microsecondClock = (): number =>
  Date.now() + Number((process.hrtime.bigint() / 1000n) % 1000n) / 1000;

function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(`${ADDRESS}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
    if (!error) resolve(bound);
    else if (!/EADDRINUSE/.test(error.message)) reject(error);
    else {
      const what = `Firestore: port ${port} of ${ADDRESS} is in use.`;
      const hint = 'Stop what uses it, or move all ports with FIRESINK_PORT_BASE.';
      reject(new Error(`${what} ${hint}`, { cause: error }));
    }
  });
  return promise;
}

function decodeRequest(protocol: Protocol, request: Buffer): unknown {
  if (request.length > MAX_REQUEST_BYTES) {
    throw invalidArgument(`Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
  }
  try {
    return protocol.decode(request);
  } catch {
    throw invalidArgument('The request is not a well-formed protocol buffer.');
  }
}

function checkFault(options: FirestoreOptions, call: FirestoreCall): void {
  const fault = options.fault?.(call);
  if (fault) throw new FirestoreError(fault.code, fault.details);
}

interface Answering {
  protocol: Protocol;
  answer(request: Buffer): object;
}

function unary(
  call: ServerUnaryCall<Buffer, Buffer>,
  callback: sendUnaryData<Buffer>,
  { protocol, answer }: Answering,
): void {
  try {
    callback(null, protocol.encode(answer(call.request)));
  } catch (error) {
    callback(toStatus(error));
  }
}

async function stream(
  call: ServerWritableStream<Buffer, Buffer>,
  { method, protocol, answer, options }: Answering & { method: Method; options: FirestoreOptions },
): Promise<void> {
  let answersSent = 0;
  try {
    for (const part of answer(call.request) as Iterable<object>) {
      if (answersSent > 0) checkFault(options, { method, answersSent });
      if (!call.write(protocol.encode(part))) await drained(call);
      if (call.cancelled) return;
      answersSent += 1;
    }
    call.end();
  } catch (error) {
    call.emit('error', toStatus(error));
  }
}

/** Resolves when there is room again, or nobody listens any more. */
const drained = (call: ServerWritableStream<Buffer, Buffer>): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      call.off('cancelled', done);
      resolve();
    };
    call.on('drain', done);
    call.on('cancelled', done);
    if (call.cancelled) done();
  });

function toStatus(error: unknown): { code: status; details: string } {
  if (error instanceof FirestoreError) return { code: error.code, details: error.message };
  const details = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: status.INTERNAL, details };
}
