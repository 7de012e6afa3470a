import { HTTP_STATUS, MeridianError, type Problem } from '@meridian/protocol';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { CONFIG } from '../config.ts';
import { log } from '../log.ts';
import type { AppContext } from './context.ts';

/** What may differ from the usual answer to a code. */
export type ProblemOptions = {
  /** For statuses of HTTP itself that have no code of their own, like 405. */
  status?: number;
  errors?: Problem['errors'];
  headers?: Record<string, string>;
};

/** RFC 9457. `instance` is the trace, by which the log lines of the request are found. */
export function problem(c: AppContext, error: MeridianError, options: ProblemOptions = {}): Response {
  const { code, message } = error;
  const status = options.status ?? HTTP_STATUS[code];
  const body: Problem = {
    type: `urn:meridian:problem:${code}`,
    title: `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('_', ' ')}`,
    status,
    code,
    // What went wrong inside is for the log alone.
    ...(code === 'internal' ? {} : { detail: message }),
    instance: `urn:trace:${c.get('trace').trace_id}`,
    ...(options.errors === undefined ? {} : { errors: options.errors }),
  };
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...options.headers,
  });
  if (status === 401) headers.set('www-authenticate', 'Bearer');
  if (status === 429 || status === 503 || error.retryAfterMs !== undefined) {
    const retryAfterMs = error.retryAfterMs ?? CONFIG.http.overloadedRetryMs;
    headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  }
  return new Response(JSON.stringify(body), { status, headers });
}

/** Input that does not fit its schema: all of what is wrong with it. */
export function malformedInput(c: AppContext, error: z.core.$ZodError): Response {
  const errors = error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  return problem(c, new MeridianError('malformed', 'the request is not valid'), { errors });
}

/** Whatever a handler threw, as an answer. */
export function problemOf(c: AppContext, error: unknown): Response {
  if (error instanceof MeridianError) {
    // Refusals are everyday; that a part of the platform fails is not.
    if (error.cause !== undefined && HTTP_STATUS[error.code] >= 500) logFailure(c, 'warn', error);
    return problem(c, error);
  }
  if (error instanceof HTTPException && error.status < 500) {
    if (error.res) return error.res;
    if (error.status === 415) {
      const unsupported = new MeridianError('unsupported', 'send application/json');
      return problem(c, unsupported, { status: 415 });
    }
    return problem(c, new MeridianError('malformed', error.message));
  }
  logFailure(c, 'error', error);
  return problem(c, new MeridianError('internal', 'unexpected failure'));
}

function logFailure(c: AppContext, level: 'warn' | 'error', error: unknown): void {
  log(level, 'request failed', {
    trace_id: c.get('trace').trace_id,
    meeting_id: c.get('meetingId'),
    path: c.req.path,
    error,
  });
}
