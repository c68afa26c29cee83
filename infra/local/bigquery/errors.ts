// BigQuery's errors: the reasons and HTTP codes of its page "Error messages" (read 2026-08), the words as
// its clients' issue trackers quote them.

/** @see docs.cloud.google.com/bigquery/docs/error-messages */
const HTTP_CODES = {
  invalid: 400,
  invalidQuery: 400,
  required: 400,
  parseError: 400,
  stopped: 400,
  // How a query's own failure of these kinds is answered: the request itself was fine.
  jobBackendError: 400,
  jobInternalError: 400,
  badRequest: 400,
  resourceInUse: 400,
  responseTooLarge: 403,
  accessDenied: 403,
  rateLimitExceeded: 403,
  quotaExceeded: 403,
  notFound: 404,
  methodNotAllowed: 405,
  duplicate: 409,
  conditionNotMet: 412,
  internalError: 500,
  notImplemented: 501,
  backendError: 503,
} as const;

const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'INVALID_ARGUMENT',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

export type Reason = keyof typeof HTTP_CODES;

/** One entry of `status.errors` of a job, and its `status.errorResult`. */
export interface ErrorProto {
  reason: Reason;
  /** What is at fault: a `gs://` URI, a column, `query`. */
  location?: string;
  message: string;
}

/** Anything the API refuses: as an HTTP answer, or as the result of a job. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: Reason;
  readonly location: string | undefined;
  /** What a failed load job lists beside its main error. */
  readonly details: readonly ErrorProto[];

  constructor(
    reason: Reason,
    message: string,
    options: { location?: string; details?: readonly ErrorProto[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.location = options.location;
    this.details = options.details ?? [];
  }

  get code(): number {
    return HTTP_CODES[this.reason];
  }

  toProto(): ErrorProto {
    return {
      reason: this.reason,
      ...(this.location === undefined ? {} : { location: this.location }),
      message: this.message,
    };
  }

  toBody(): unknown {
    const proto = this.toProto();
    const error = {
      message: proto.message,
      domain: 'global',
      reason: proto.reason,
      ...(proto.location === undefined
        ? {}
        : { location: proto.location, locationType: 'parameter' }),
    };
    return {
      error: {
        code: this.code,
        message: this.message,
        errors: [error],
        status: STATUSES[this.code] ?? 'UNKNOWN',
      },
    };
  }
}

export const invalid = (message: string, location?: string): ApiError =>
  new ApiError('invalid', message, location === undefined ? {} : { location });

export const notFound = (what: string): ApiError => new ApiError('notFound', `Not found: ${what}`);

export const duplicate = (what: string): ApiError =>
  new ApiError('duplicate', `Already Exists: ${what}`);

/** For what BigQuery knows and this stand-in does not: never a wrong answer. */
export const notServed = (what: string): ApiError =>
  new ApiError('notImplemented', `${what} is not served by firesink's local BigQuery stand-in`);

/** Any failure as the API shows it; what nobody foresaw is an internal error with its own words. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ApiError('internalError', `The stand-in failed: ${text}`, { cause: error });
}
