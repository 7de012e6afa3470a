import { createRoute } from '@hono/zod-openapi';
import { Me } from '@meridian/protocol';
import { endSession, endSessionsOf } from '../../auth/session.ts';
import { jsonAnswer, named, problems } from '../api-doc.ts';
import { NO_STORE } from '../caching.ts';
import { router } from '../context.ts';
import { requireAccount, requireUser } from './actor.ts';
import { sessionCookie } from './cookies.ts';
import { ACCOUNT, SESSION } from './security.ts';

const me = createRoute({
  method: 'get',
  path: '/me',
  summary: 'Who the caller is, and what they may do',
  security: ACCOUNT,
  responses: {
    200: jsonAnswer(named('Me', Me), 'The signed-in user, or the owner of the API key.'),
    ...problems(401, 403, 429, 503),
  },
});

const signOut = createRoute({
  method: 'post',
  path: '/auth/sign-out',
  summary: 'End the session of this browser',
  security: SESSION,
  responses: { 204: { description: 'Signed out.' }, ...problems(401, 403, 503) },
});

const signOutEverywhere = createRoute({
  method: 'post',
  path: '/auth/sign-out-everywhere',
  summary: 'End every session of the user, in all browsers',
  description: 'API keys stay good: revoke them one by one.',
  security: SESSION,
  responses: { 204: { description: 'Signed out.' }, ...problems(401, 403, 503) },
});

/** What concerns the caller's own account. */
export const account = router()
  .openapi(me, (c) => {
    const { user, scopes } = requireAccount(c);
    const via = c.get('actor').kind === 'api_key' ? 'api_key' : 'session';
    const answer: Me = { user, via, scopes: [...scopes] };
    return c.json(answer, 200, NO_STORE);
  })
  .openapi(signOut, async (c) => {
    await endSession(c.env, requireUser(c).sessionId, Date.now());
    sessionCookie.clear(c);
    return c.body(null, 204);
  })
  .openapi(signOutEverywhere, async (c) => {
    await endSessionsOf(c.env, requireUser(c).userId, Date.now());
    sessionCookie.clear(c);
    return c.body(null, 204);
  });
