// The service's own codes and words. Where real Firestore and Google's emulator differ, the words are
// Firestore's; they were seen in its answers, in reports on GitHub, or (emulator 1.19.9, November 2026)
// asked for.
import { status } from '@grpc/grpc-js';

/** What a call ends with: a gRPC status code and the text of `grpc-message`. */
export class FirestoreError extends Error {
  override readonly name = 'FirestoreError';
  readonly code: status;

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

export const invalidArgument = (details: string): FirestoreError =>
  new FirestoreError(status.INVALID_ARGUMENT, details);

/** For what the protocol has and this stand-in has not. */
export const unimplemented = (what: string): FirestoreError =>
  new FirestoreError(
    status.UNIMPLEMENTED,
    `${what} is not served by the local Firestore stand-in (infra/local/firestore/README.md)`,
  );

export const documentNotFound = (name: string): FirestoreError =>
  new FirestoreError(status.NOT_FOUND, `Document (${name}) not found.`);

export const noDocumentToUpdate = (name: string): FirestoreError =>
  new FirestoreError(status.NOT_FOUND, `No document to update: ${name}`);

export const documentExists = (name: string): FirestoreError =>
  new FirestoreError(status.ALREADY_EXISTS, `Document already exists: ${name}`);

export const versionMismatch = (storedMicros: number, requiredMicros: number): FirestoreError =>
  new FirestoreError(
    status.FAILED_PRECONDITION,
    `the stored version (${storedMicros}) does not match the required base version (${requiredMicros})`,
  );

export const snapshotTooOld = (): FirestoreError =>
  new FirestoreError(status.FAILED_PRECONDITION, 'The requested snapshot version is too old.');

export const tooMuchContention = (): FirestoreError =>
  new FirestoreError(status.ABORTED, 'Too much contention on these documents. Please try again.');
