// One question with a small answer: made again as it is while that may help.
import { Backoff, type BackoffPolicy, type BackoffWorld } from '../../backoff.ts';
import { routingHeaders } from './client.ts';
import { describeFailure, isTransient } from './failures.ts';
import type { GrpcChannel } from './grpc.ts';
import { GrpcError, type GrpcName } from './grpc-status.ts';
import type { Database } from './names.ts';

/** With whom, and in which world, calls are made. */
export interface Caller {
  channel: GrpcChannel;
  signal?: AbortSignal | undefined;
  /** Milliseconds since 1970, UTC. */
  clock?: (() => number) | undefined;
  world?: BackoffWorld | undefined;
}

export const FIRESTORE = '/google.firestore.v1.Firestore';

/** Firestore's "Error codes" ask for exponential back-off; about a minute and a half in all. */
export const POLICY: BackoffPolicy = { firstDelayMs: 250, longestDelayMs: 32_000, tries: 10 };
/** Milliseconds. The service itself gives up after a minute; Google's emulator may take longer than that. */
const DEADLINE_MS = 300_000;

export interface Question {
  /** `/google.firestore.v1.Firestore/PartitionQuery` */
  path: string;
  source: Database;
  /** For errors, e.g. `apis`. */
  what: string;
  readTimeMs: number;
  request: Buffer;
  /** Statuses that would only come again, transient or not. */
  final?: readonly GrpcName[];
}

/** @returns all messages of the answer */
export async function ask(caller: Caller, question: Question): Promise<Buffer[]> {
  const { channel, signal, clock = Date.now, world } = caller;
  const { path, source, request, final = [] } = question;
  const backoff = new Backoff(POLICY, world);
  for (;;) {
    const answers: Buffer[] = [];
    try {
      const headers = routingHeaders(source);
      await channel.stream(
        { path, headers, request, deadlineMs: DEADLINE_MS, signal },
        (buffer, start, end) => {
          answers.push(buffer.subarray(start, end));
        },
      );
      return answers;
    } catch (error) {
      const again =
        isTransient(error) && !(error instanceof GrpcError && final.includes(error.status));
      if (again && (await backoff.again(signal))) continue;
      throw describeFailure(error, { ...question, nowMs: clock() });
    }
  }
}
