import { MeridianError } from '@meridian/protocol';
import { createMiddleware } from 'hono/factory';
import { CONFIG } from '../../config.ts';
import { log } from '../../log.ts';
import { within } from '../../timeout.ts';
import { callerKey } from '../caller.ts';
import type { AppContext, AppEnv } from '../context.ts';
import type { Claimed } from './record.ts';
import { type Answer, openAnswer, sealAnswer } from './sealed-answer.ts';

/** Visible characters of ASCII, as the draft's examples; a random UUID is a good one. */
const KEY = /^[\x21-\x7e]{1,64}$/;
/** Of an answer, what belongs to it rather than to the request that brought it. */
const KEPT_HEADERS = ['content-type', 'location', 'etag', 'cache-control'];

/**
 * `Idempotency-Key` on a POST (draft-ietf-httpapi-idempotency-key-header): of requests with the same key, by the
 * same caller, to the same address, one is carried out; the others get its answer. Only what succeeded is kept: a
 * refusal changed nothing, and may be none the next time. Requests without the header pass untouched.
 */
export const idempotent = createMiddleware<AppEnv>(async (c, next) => {
  const key = c.req.method === 'POST' ? c.req.header('idempotency-key') : undefined;
  if (key === undefined) {
    await next();
    return undefined;
  }
  if (!KEY.test(key)) {
    throw new MeridianError('malformed', 'Idempotency-Key: expected 1 to 64 visible ASCII characters');
  }
  const secret = JSON.stringify([callerKey(c), c.req.path, key]);
  const record = c.env.IDEMPOTENCY.getByName(await digest(secret));
  const attempt = crypto.randomUUID();
  const claimed = await within<Claimed>(
    record.claim(await fingerprintOf(c), attempt),
    CONFIG.idempotency.timeoutMs,
    'the record of the Idempotency-Key',
  );
  switch (claimed.outcome) {
    case 'different':
      throw new MeridianError('idempotency_conflict', 'this Idempotency-Key was used for another request');
    case 'busy':
      throw new MeridianError('conflict', 'a request with this Idempotency-Key is being carried out', {
        retryAfterMs: CONFIG.idempotency.busyRetryMs,
      });
    case 'answered':
      return replay(await openAnswer(c.env, secret, claimed.answer));
    case 'first': {
      await next();
      const answer = c.res.ok ? await sealAnswer(c.env, secret, await answerOf(c.res)) : null;
      // Before the answer goes out: whoever has it may rely on it.
      await within(record.settle(attempt, answer), CONFIG.idempotency.timeoutMs, 'the record').catch(
        (error) => {
          // It was carried out. Until the claim lapses a second try is refused as busy.
          log('warn', 'an answer could not be kept', { trace_id: c.get('trace').trace_id, error });
        },
      );
      return undefined;
    }
  }
});

async function answerOf(response: Response): Promise<Answer> {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    status: response.status,
    headers: Object.fromEntries(headers),
    body: await response.clone().text(),
  };
}

function replay(answer: Answer | null): Response {
  if (!answer) throw new MeridianError('conflict', 'it was done, but the answer can no longer be read');
  const { status, headers, body } = answer;
  return new Response(body === '' ? null : body, {
    status,
    headers: { ...headers, 'idempotent-replayed': 'true' },
  });
}

/** The body, and the one header that changes what a request may do. */
async function fingerprintOf(c: AppContext): Promise<string> {
  return digest(JSON.stringify([c.req.url, c.req.header('x-host-key') ?? null, await c.req.text()]));
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
