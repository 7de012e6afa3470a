import { type ErrorCode, MeridianError } from '@meridian/protocol';

/**
 * What a Durable Object answers over RPC. An exception loses its class on the way (and with it its code),
 * so expected refusals travel as values.
 */
export type Result<T> = { ok: true; value: T } | { ok: false; error: Refusal };

export type Refusal = { code: ErrorCode; message: string; retryAfterMs?: number };

export function accepted<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refused(code: ErrorCode, message: string, retryAfterMs?: number): Result<never> {
  return { ok: false, error: { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
}

/** The value, or the refusal as an exception for the error handler at the edge. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { code, message, retryAfterMs } = result.error;
  throw new MeridianError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}
