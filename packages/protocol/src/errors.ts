import { z } from 'zod';

/** Every error code on every wire. REST carries it in problem+json, sockets in `error`. */
export const ErrorCode = z.enum([
  'malformed',
  'too_large',
  'unsupported_version',
  'unsupported',
  'unauthorized',
  'token_expired',
  'forbidden',
  'password_required',
  'wrong_password',
  'wrong_host_key',
  'sign_in_required',
  'not_found',
  'meeting_not_found',
  'unknown_participant',
  'unknown_stream',
  'unknown_transport',
  'unknown_consumer',
  'conflict',
  'already_joined',
  'not_joined',
  'caps_mismatch',
  'unprocessable',
  'meeting_ended',
  'meeting_locked',
  'meeting_full',
  'session_expired',
  'removed',
  'denied',
  'version_conflict',
  'idempotency_conflict',
  'screen_share_taken',
  'rate_limited',
  'overloaded',
  'no_capacity',
  'timeout',
  'internal',
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** The HTTP status that goes with each code (RFC 9110; 440 is not registered, so an expired session is 401). */
export const HTTP_STATUS = {
  malformed: 400,
  too_large: 413,
  unsupported_version: 400,
  unsupported: 422,
  unauthorized: 401,
  token_expired: 401,
  forbidden: 403,
  password_required: 403,
  wrong_password: 403,
  wrong_host_key: 403,
  sign_in_required: 401,
  not_found: 404,
  meeting_not_found: 404,
  unknown_participant: 404,
  unknown_stream: 404,
  unknown_transport: 404,
  unknown_consumer: 404,
  conflict: 409,
  already_joined: 409,
  not_joined: 409,
  caps_mismatch: 409,
  unprocessable: 422,
  meeting_ended: 404,
  meeting_locked: 423,
  meeting_full: 503,
  session_expired: 401,
  removed: 403,
  denied: 403,
  version_conflict: 409,
  idempotency_conflict: 409,
  screen_share_taken: 409,
  rate_limited: 429,
  overloaded: 503,
  no_capacity: 503,
  timeout: 503,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** RFC 9457 problem details, with our stable `code`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: ErrorCode,
  detail: z.string().optional(),
  instance: z.string().optional(),
  /** Which fields were wrong, for `malformed` and `unprocessable`. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** An error that may cross a wire. Anything else that is thrown becomes `internal` without its message. */
export class MeridianError extends Error {
  override readonly name = 'MeridianError';
  readonly code: ErrorCode;
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
