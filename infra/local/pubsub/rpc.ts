// Between grpc-js and the handlers: a handler takes a request and returns the response, or throws.
import { type handleUnaryCall, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { PubsubError } from './errors.ts';

/** What a handler may know of the call beside the request: whether anybody still waits for the answer. */
export type Call<Request, Response> = ServerUnaryCall<Request, Response>;

export function unary<Request, Response>(
  handle: (request: Request, call: Call<Request, Response>) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    try {
      callback(null, await handle(call.request, call));
    } catch (error) {
      callback(toStatus(error));
    }
  };
}

/** Anything but a refusal of ours is a fault of ours. */
export function toStatus(error: unknown): { code: status; details: string } {
  if (error instanceof PubsubError) return { code: error.code, details: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { code: status.INTERNAL, details: `firesink's local Pub/Sub failed: ${reason}` };
}
