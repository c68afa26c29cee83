// How a gRPC call ended. Sources: gRPC over HTTP2 ("Responses", "Errors"), and gRPC's table from HTTP
// status codes to its own.
import http2, { type IncomingHttpHeaders } from 'node:http2';

/** The canonical codes, in the order of their numbers. Source: google.rpc.Code. */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type GrpcName = Exclude<(typeof NAMES)[number], 'OK'>;

export class GrpcError extends Error {
  readonly status: GrpcName;

  constructor(status: GrpcName, text: string, cause?: unknown) {
    super(text === '' ? status : `${status}: ${text}`, { cause });
    this.status = status;
  }
}

/**
 * What the trailers say; undefined for OK.
 *
 * @param headers  trailers, or the headers of an answer that has nothing but headers
 */
export function readStatus(headers: IncomingHttpHeaders): GrpcError | undefined {
  const { 'grpc-status': status, 'grpc-message': text } = headers;
  if (status === undefined) return new GrpcError('INTERNAL', 'the stream ended without a status');
  const name = NAMES[Number(status)] ?? 'UNKNOWN';
  if (name === 'OK') return undefined;
  return new GrpcError(name, percentDecode(String(text ?? '')));
}

/** An answer that is HTTP's, not gRPC's: a proxy's, or a server's that does not speak gRPC. */
export function readHttpStatus(headers: IncomingHttpHeaders): GrpcError | undefined {
  const { ':status': status, 'content-type': type } = headers;
  const isGrpc = type?.startsWith('application/grpc');
  if (Number(status) === 200 && isGrpc) return undefined;
  if (headers['grpc-status'] !== undefined) return readStatus(headers);
  const name = Number(status) === 200 ? 'UNKNOWN' : (FROM_HTTP[Number(status)] ?? 'UNKNOWN');
  return new GrpcError(name, `HTTP ${status}, ${type ?? 'no content type'}`);
}

const FROM_HTTP: Readonly<Record<number, GrpcName>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

const { constants } = http2;

const FROM_RESET: Readonly<Record<number, GrpcName>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: 'UNAVAILABLE',
  [constants.NGHTTP2_CANCEL]: 'CANCELLED',
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: 'RESOURCE_EXHAUSTED',
  [constants.NGHTTP2_INADEQUATE_SECURITY]: 'PERMISSION_DENIED',
};

/** A stream that was reset, or whose connection went away, before its trailers. */
export function readReset(resetCode: number | undefined, cause?: Error): GrpcError {
  const brokenConnection = resetCode === undefined || resetCode === constants.NGHTTP2_NO_ERROR;
  const name = brokenConnection ? 'UNAVAILABLE' : (FROM_RESET[resetCode] ?? 'INTERNAL');
  const what = brokenConnection ? 'the connection broke' : `the stream was reset (${resetCode})`;
  return new GrpcError(name, cause ? `${what}: ${cause.message}` : what, cause);
}

/** Bytes that are no escape stay as they are: half a message is better than none. */
function percentDecode(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
