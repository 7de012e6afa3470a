import {
  type CreateMeetingRequest,
  CreateMeetingResponse,
  type JoinRequest,
  JoinResponse,
  Meeting,
  MeridianError,
  Problem,
} from '@meridian/protocol';
import type { input } from 'zod';
import { ASK_AGAIN, LEAVE_AGAIN, REST_TIMEOUT_MS } from './config.ts';

/** Where the control plane is. */
export type RestOptions = {
  /** Origin of the control plane; the page's own by default. */
  origin?: string;
  signal?: AbortSignal;
  fetch?: typeof fetch;
};

/** A meeting as everybody may see it, as `GET /meetings/{id}` answers. */
export type MeetingInfo = Meeting;

/**
 * Creates a meeting. Keep `host_key` and `password`: they are shown this once. However often it takes to get an answer,
 * one meeting comes of it.
 */
export function createMeeting(
  request: input<typeof CreateMeetingRequest>,
  options: RestOptions = {},
): Promise<CreateMeetingResponse> {
  const headers = { 'idempotency-key': crypto.randomUUID() };
  return untilAnswered(
    () => call(CreateMeetingResponse, 'POST', '/meetings', { ...options, headers }, request),
    options,
  );
}

/** Reads a meeting by id or code. Rejects with `meeting_not_found`. */
export function getMeeting(ref: string, options: RestOptions = {}): Promise<MeetingInfo> {
  return call(Meeting, 'GET', `/meetings/${encodeURIComponent(ref)}`, options);
}

/** Asks to be admitted: the answer carries the ticket and where to connect. */
export function requestJoin(ref: string, body: JoinRequest, options: RestOptions): Promise<JoinResponse> {
  const path = `/meetings/${encodeURIComponent(ref)}/join`;
  return untilAnswered(() => call(JoinResponse, 'POST', path, options, body), options);
}

async function untilAnswered<T>(ask: () => Promise<T>, { signal }: RestOptions): Promise<T> {
  const giveUpAt = performance.now() + REST_TIMEOUT_MS;
  for (let tried = 1; ; tried++) {
    let waitMs: number | null;
    try {
      return await ask();
    } catch (error) {
      waitMs = asksAgainIn(error);
      const mayTry = tried < ASK_AGAIN.tries && waitMs !== null && performance.now() + waitMs < giveUpAt;
      if (!mayTry) throw error;
    }
    await pause(waitMs ?? 0, signal);
  }
}

/**
 * Milliseconds. Whoever was not answered asks again, and so does who is to come back in a moment: for as long as nodes find
 * their way back to a control plane that has just started, or was cut off, there are none to be had; and what is being
 * carried out has an answer when it is done.
 */
function asksAgainIn(error: unknown): number | null {
  if (!(error instanceof MeridianError)) return null;
  if (error.code === 'timeout') return ASK_AGAIN.afterMs;
  const passing = error.code === 'no_capacity' || error.code === 'overloaded' || error.code === 'conflict';
  const { retryAfterMs } = error;
  if (!passing || retryAfterMs === undefined || retryAfterMs > ASK_AGAIN.longestMs) return null;
  // Those who were refused together do not come together.
  return retryAfterMs + Math.random() * ASK_AGAIN.afterMs;
}

/**
 * Gives one's place up. For when there is no signaling socket; survives the closing of the page. What broke the socket
 * may break this as well, so it is tried a few times.
 */
export async function requestLeave(ref: string, ticket: string, options: RestOptions): Promise<void> {
  const send = options.fetch ?? fetch;
  const url = `${originOf(options.origin)}/api/v1/meetings/${encodeURIComponent(ref)}/leave`;
  for (let left = LEAVE_AGAIN.tries; left > 0; left--) {
    const answer = send(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${ticket}` },
      keepalive: true,
      signal: AbortSignal.timeout(REST_TIMEOUT_MS),
    });
    const heard = await answer.then(
      ({ status }) => status < 500,
      () => false,
    );
    if (heard) return;
    await pause(LEAVE_AGAIN.afterMs);
  }
  throw new MeridianError('timeout', 'the room has not been told');
}

/** The page's own origin, unless told. */
export function originOf(origin: string | undefined): string {
  if (origin !== undefined) return origin;
  if (typeof location === 'undefined') {
    throw new MeridianError('malformed', 'outside a page, `origin` has to be given');
  }
  return location.origin;
}

/** Resolves early when `signal` aborts. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const abort = () => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

type Schema<T> = {
  safeParse(json: unknown): { success: true; data: T } | { success: false; error: Error };
};

/** Any other call of the REST API: the answer by its schema (`z.undefined()` for none), or a MeridianError. */
export async function call<T>(
  schema: Schema<T>,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  options: RestOptions & { headers?: Record<string, string> },
  body?: unknown,
): Promise<T> {
  const timeout = AbortSignal.timeout(REST_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const send = options.fetch ?? fetch;
  let response: Response;
  let text: string;
  try {
    response = await send(`${originOf(options.origin)}/api/v1${path}`, {
      method,
      signal,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (error instanceof MeridianError) throw error;
    throw new MeridianError('timeout', 'the server cannot be reached', { cause: error });
  }
  const json = parseJson(text);
  if (!response.ok) throw problem(response, json);
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new MeridianError(
      'unsupported_version',
      'the server answered in a way this page does not understand',
      {
        cause: parsed.error,
      },
    );
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 9457 problem details; a proxy in between may answer with something else. */
function problem(response: Response, json: unknown): MeridianError {
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  const parsed = Problem.safeParse(json);
  if (parsed.success) {
    return new MeridianError(parsed.data.code, parsed.data.detail ?? parsed.data.title, options);
  }
  const code = response.status === 429 ? 'rate_limited' : response.status === 503 ? 'overloaded' : 'internal';
  return new MeridianError(code, `HTTP ${response.status}`, options);
}

/** RFC 9110 §10.2.3, in its form of seconds, which is the one our servers send. */
function retryAfter(header: string | null): number | undefined {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : undefined;
}
