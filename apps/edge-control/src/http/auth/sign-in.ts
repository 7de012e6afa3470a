import { createRoute } from '@hono/zod-openapi';
import { AuthSession, MeridianError, SignInCallbackQuery, SignInQuery } from '@meridian/protocol';
import { accountOf } from '../../auth/account.ts';
import { oidcSettings } from '../../auth/oidc/settings.ts';
import { beginSignIn, finishSignIn } from '../../auth/oidc/sign-in.ts';
import { beginSession, checkSession } from '../../auth/session.ts';
import { signedInUser } from '../../storage/users.ts';
import { callerAddress } from '../address.ts';
import { jsonAnswer, named, problems } from '../api-doc.ts';
import { NO_STORE } from '../caching.ts';
import { type AppContext, random, router } from '../context.ts';
import { problem, problemOf } from '../problem.ts';
import { limited } from '../rate-limit.ts';
import { isOver } from './actor.ts';
import { sessionCookie, signInCookie } from './cookies.ts';

const redirect = { description: 'Where the browser goes now, as `Location`.' };

const signInRoute = createRoute({
  method: 'get',
  path: '/auth/sign-in',
  summary: 'Sign in with the OpenID provider',
  description: 'For browsers: navigate here. Comes back to `return_to`, a path of this site, with a session.',
  request: { query: SignInQuery },
  responses: { 303: redirect, ...problems(400, 503) },
});

const callbackRoute = createRoute({
  method: 'get',
  path: '/auth/callback',
  summary: 'Where the OpenID provider sends the browser back to',
  description: 'When signing in fails, a browser goes on to `/sign-in?error=<code>`, others get the problem.',
  request: { query: SignInCallbackQuery },
  responses: { 303: redirect, ...problems(400, 401, 429, 503) },
});

const sessionRoute = createRoute({
  method: 'get',
  path: '/auth/session',
  summary: 'Who is signed in with this browser, if anybody',
  responses: {
    200: jsonAnswer(named('AuthSession', AuthSession), 'The user, or null.'),
    ...problems(503),
  },
});

/** For browsers that are not signed in yet, or no more. */
export const signIn = router()
  .openapi(signInRoute, async (c) => {
    const settings = oidcSettings(c.env);
    if (!settings) return notSetUp(c);
    try {
      const { return_to } = c.req.valid('query');
      const { url, cookie } = await beginSignIn(c.env, settings, return_to, random, Date.now());
      signInCookie.write(c, cookie);
      return c.body(null, 303, { location: url, ...NO_STORE });
    } catch (error) {
      return failed(c, error);
    }
  })
  .openapi(callbackRoute, async (c) => {
    const settings = oidcSettings(c.env);
    if (!settings) return notSetUp(c);
    try {
      await limited(c.env.AUTH_LIMIT, `sign-in|${callerAddress(c)}`);
      const now = Date.now();
      const cookie = signInCookie.read(c);
      const { person, returnTo } = await finishSignIn(c.env, settings, cookie, c.req.valid('query'), now);
      const user = await signedInUser(c.env, person, now);
      sessionCookie.write(c, await beginSession(c.env, user, person, now));
      signInCookie.clear(c);
      return c.body(null, 303, { location: returnTo, ...NO_STORE });
    } catch (error) {
      return failed(c, error);
    }
  })
  .openapi(sessionRoute, async (c) => {
    const sign_in_available = oidcSettings(c.env) !== null;
    const cookie = sessionCookie.read(c);
    if (cookie === undefined) return c.json({ sign_in_available, user: null, scopes: [] }, 200, NO_STORE);
    try {
      const { claims, renewed } = await checkSession(c.env, cookie, Date.now());
      const { user, scopes } = accountOf(c.env, claims);
      if (renewed !== undefined) sessionCookie.write(c, renewed);
      return c.json({ sign_in_available, user, scopes: [...scopes] }, 200, NO_STORE);
    } catch (error) {
      if (!isOver(error)) throw error;
      sessionCookie.clear(c);
      return c.json({ sign_in_available, user: null, scopes: [] }, 200, NO_STORE);
    }
  });

function notSetUp(c: AppContext): Response {
  const error = new MeridianError('unsupported', 'this deployment has no sign-in provider');
  return wantsPage(c) ? toPage(error) : problem(c, error, { status: 503 });
}

/** People see a page of the app, programs the problem. */
function failed(c: AppContext, error: unknown): Response {
  const answer = problemOf(c, error);
  return wantsPage(c) && error instanceof MeridianError ? toPage(error) : answer;
}

function toPage({ code }: MeridianError): Response {
  return new Response(null, { status: 303, headers: { location: `/sign-in?error=${code}`, ...NO_STORE } });
}

function wantsPage(c: AppContext): boolean {
  return c.req.header('accept')?.includes('text/html') === true;
}
