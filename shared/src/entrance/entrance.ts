// How every function takes its events: decode the request, do the stage's work, and decide by the kind of
// error alone whether to acknowledge or to have the event delivered again. This is the one place.
import type { IncomingHttpHeaders } from 'node:http';
import type { Environment } from '../config/environment.ts';
import { refusal } from '../config/refusal.ts';
import type { FiresinkError } from '../errors.ts';
import { toFiresinkError } from '../google-errors.ts';
import { createLog } from '../log.ts';
import { decodeEvent, type PubsubEvent, type StorageEvent } from '../messages/event.ts';
import type { Services } from '../services.ts';
import { configuredServices } from './configured-services.ts';
import { sendDeadLetter } from './dead-letter.ts';

/** As functions-framework 5 hands requests to `functions.http`: an express request. */
export interface FunctionRequest {
  method: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

export interface FunctionResponse {
  status(code: number): FunctionResponse;
  send(body: string): unknown;
}

export interface Entrance {
  /** In logs and dead letters, e.g. `export`. */
  name: string;
  /** After which a task hands over what is left of it. Default: as `handOverSecondsFrom`. */
  handOverSeconds?: number;
  work(event: PubsubEvent | StorageEvent, task: TaskContext): Promise<unknown>;
}

export interface TaskContext {
  services: Services;
  environment: Environment;
  nowMs: number;
  /** Clock time, milliseconds since 1970. */
  deadlineMs: number;
}

/** Of the 540 that an event-driven function may take. */
const HAND_OVER_SECONDS = 480;

/**
 * `FIRESINK_HAND_OVER_SECONDS`, for functions that are given another time than 540 s: at least a minute less
 * than that, for what is under way is brought to an end. Default 480.
 * @throws {FiresinkError} refused `bad-variable`
 */
export function handOverSecondsFrom(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.FIRESINK_HAND_OVER_SECONDS;
  if (text === undefined || text === '') return HAND_OVER_SECONDS;
  const seconds = Number(text);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw refusal('bad-variable', `FIRESINK_HAND_OVER_SECONDS is ${text}, not a number of seconds`, {
    hint: `Leave it out for ${HAND_OVER_SECONDS}, which fits functions with a timeout of 540 s`,
  });
}

/** The HTTP handler of a function. */
export function createEntrance({
  name,
  work,
  handOverSeconds = handOverSecondsFrom(process.env),
}: Entrance): (request: FunctionRequest, response: FunctionResponse) => Promise<void> {
  const log = createLog((line) => process.stdout.write(line), { function: name });
  const currentServices = configuredServices(log);
  return async (request, response) => {
    try {
      const services = await currentServices();
      const error = await attempt(() => {
        const nowMs = services.clock();
        const deadlineMs = nowMs + handOverSeconds * 1000;
        const { environment } = services;
        return work(decodeEvent(request), { services, environment, nowMs, deadlineMs });
      });
      if (error?.outcome === 'retry') throw error;
      if (error) await sendDeadLetter(services, name, request, error);
      response.status(204).send('');
    } catch (cause) {
      const error = toFiresinkError(cause);
      log.warn('not acknowledged: it comes again', { code: error.code, error });
      // 503 for whoever is there to read it; to Pub/Sub every status but a few is the same.
      response.status(503).send(error.message);
    }
  };
}

async function attempt(work: () => Promise<unknown>): Promise<FiresinkError | undefined> {
  try {
    await work();
    return undefined;
  } catch (cause) {
    return toFiresinkError(cause);
  }
}
