// The service's own refusals. Words as users of the real service reported them in public issues, or as
// Google's emulator 0.8.20 (November 2026) has them; where neither shows a limit's words, they follow the
// pattern of those that are known ("The value for X is too large. You passed …").
import { status } from '@grpc/grpc-js';

export class PubsubError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = 'PubsubError';
    this.code = code;
  }
}

const shortName = (name: string) => name.slice(name.lastIndexOf('/') + 1);

export const notFound = (name: string) =>
  new PubsubError(status.NOT_FOUND, `Resource not found (resource=${shortName(name)}).`);

export const alreadyExists = (name: string) =>
  new PubsubError(
    status.ALREADY_EXISTS,
    `Resource already exists in the project (resource=${shortName(name)}).`,
  );

export const invalidName = (name: string, field = 'name') =>
  new PubsubError(
    status.INVALID_ARGUMENT,
    `Invalid resource name given (${field}=${name}). Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information.`,
  );

export const invalidArgument = (message: string) =>
  new PubsubError(status.INVALID_ARGUMENT, message);

export const invalidAckId = (ackId: string) =>
  invalidArgument(`You have passed an invalid ack ID to the service (ack_id=${ackId}).`);

export const notForPush = () =>
  new PubsubError(
    status.FAILED_PRECONDITION,
    'This method is not supported for this subscription type.',
  );

/** For what the real service would do and this one does not. */
export const notServed = (what: string) =>
  new PubsubError(
    status.UNIMPLEMENTED,
    `${what} is not served by firesink's local Pub/Sub. What is: infra/local/pubsub/README.md.`,
  );

interface Bounds {
  min: number;
  max: number;
  /** Printed after the numbers: `s` for seconds. */
  unit?: string;
  code?: status;
}

/** @throws {PubsubError} in the service's words when a value lies outside. */
export function checkBounds(field: string, value: number, bounds: Bounds): void {
  const { min, max, unit = '', code = status.INVALID_ARGUMENT } = bounds;
  if (value >= min && value <= max) return;
  const [side, word, limit] = value < min ? ['small', 'minimum', min] : ['large', 'maximum', max];
  throw new PubsubError(
    code,
    `The value for ${field} is too ${side}. You passed ${value}${unit} in the request, but the ${word} value is ${limit}${unit}.`,
  );
}
