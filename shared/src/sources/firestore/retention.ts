// Whether Firestore still keeps the run's instant: any one for an hour, whole minutes for seven days where
// point-in-time recovery is on. Asked before anything is read, for Google's emulator answers a read of an
// instant it no longer keeps with nothing and no error.
// Source: Firestore, "Point-in-time recovery (PITR) overview".
import { FiresinkError } from '../../errors.ts';
import { ask, type Caller } from './call.ts';
import { expired, KEPT_MS } from './failures.ts';
import { GrpcError } from './grpc-status.ts';
import { type Database, databaseName } from './names.ts';
import { getDatabaseRequest } from './requests.ts';
import { earliestVersionMsIn } from './responses.ts';

const MINUTE_MS = 60_000;

/** @throws {FiresinkError} `read-time-expired`, or what asking came to */
export async function checkReadable(
  caller: Caller,
  { source, readTimeMs }: { source: Database; readTimeMs: number },
): Promise<void> {
  const nowMs = (caller.clock ?? Date.now)();
  if (nowMs - readTimeMs <= KEPT_MS) return;
  const call = { source, what: '', readTimeMs, nowMs };
  const earliestMs = await earliestVersionMs(caller, source, readTimeMs);
  const instant = new Date(readTimeMs).toISOString();
  if (readTimeMs < earliestMs) {
    throw expired(
      call,
      `${instant} is before ${new Date(earliestMs).toISOString()}, the earliest it keeps`,
    );
  }
  if (readTimeMs % MINUTE_MS !== 0) {
    throw expired(call, `${instant} is older than an hour and no whole minute`);
  }
}

/** @returns the database's own word; an hour ago where nobody answers such questions (emulators) */
async function earliestVersionMs(
  caller: Caller,
  source: Database,
  readTimeMs: number,
): Promise<number> {
  const hourAgoMs = (caller.clock ?? Date.now)() - KEPT_MS;
  try {
    const [database] = await ask(caller, {
      path: '/google.firestore.admin.v1.FirestoreAdmin/GetDatabase',
      source,
      what: '',
      readTimeMs,
      request: getDatabaseRequest(databaseName(source)),
    });
    return (database && earliestVersionMsIn(database)) ?? hourAgoMs;
  } catch (error) {
    if (isUnimplemented(error)) return hourAgoMs;
    throw error;
  }
}

/** Whether the service lacks the method, as emulators do. */
export const isUnimplemented = (error: unknown): boolean =>
  error instanceof FiresinkError &&
  error.cause instanceof GrpcError &&
  error.cause.status === 'UNIMPLEMENTED';
