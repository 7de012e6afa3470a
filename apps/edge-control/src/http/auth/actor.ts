import { type MeetingRef, MeridianError, type Scope, type TicketClaims } from '@meridian/protocol';
import { createMiddleware } from 'hono/factory';
import { accountOf } from '../../auth/account.ts';
import type { Account, Actor } from '../../auth/actor.ts';
import { looksLikeApiKey } from '../../auth/api-keys.ts';
import { isFromOwnPage } from '../../auth/own-page.ts';
import { checkSession } from '../../auth/session.ts';
import { verifyTicket } from '../../auth/tokens.ts';
import { bearerToken, sameMeeting } from '../bearer.ts';
import type { AppContext, AppEnv } from '../context.ts';
import { problemOf } from '../problem.ts';
import { apiKeyActor } from './api-key-actor.ts';
import { sessionCookie } from './cookies.ts';

/**
 * Finds out who makes the request, as `c.var.actor`: by a bearer (API key or ticket), else by the session cookie.
 * Credentials that are no good are refused: nobody is taken for anonymous who meant to be somebody.
 */
export const withActor = createMiddleware<AppEnv>(async (c, next) => {
  const authorization = c.req.header('authorization');
  const cookie = sessionCookie.read(c);
  if (authorization !== undefined) {
    c.set('actor', await bearerActor(c, bearerToken(authorization)));
    await next();
  } else if (cookie !== undefined) {
    return withSession(c, cookie, next);
  } else {
    c.set('actor', { kind: 'anonymous' });
    await next();
  }
});

async function withSession(
  c: AppContext,
  cookie: string,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const { method } = c.req;
  const sender = { method, origin: c.req.header('origin'), fetchSite: c.req.header('sec-fetch-site') };
  if (!isFromOwnPage(sender, c.env.PUBLIC_ORIGIN)) {
    throw new MeridianError('forbidden', 'with a cookie only pages of this origin may change anything');
  }
  let session: Awaited<ReturnType<typeof checkSession>>;
  try {
    session = await checkSession(c.env, cookie, Date.now());
  } catch (error) {
    if (!isOver(error)) throw error;
    // A page cannot drop this cookie itself, and would be refused with it again and again.
    c.res = problemOf(c, error);
    sessionCookie.clear(c);
    return c.res;
  }
  const { claims, renewed } = session;
  c.set('actor', { kind: 'user', sessionId: claims.sid, ...accountOf(c.env, claims) });
  await next();
  // A route that ends the session has said what becomes of the cookie.
  if (renewed !== undefined && !c.res.headers.has('set-cookie')) sessionCookie.write(c, renewed);
  return undefined;
}

async function bearerActor(c: AppContext, token: string): Promise<Actor> {
  if (looksLikeApiKey(token)) return apiKeyActor(c, token, Date.now());
  return { kind: 'participant', claims: await verifyTicket(c.env, token, Date.now()) };
}

/** Whether a session was refused for good, not for now. */
export function isOver(error: unknown): boolean {
  return error instanceof MeridianError && (error.code === 'unauthorized' || error.code === 'token_expired');
}

/** Who is signed in or owns the API key. Throws `unauthorized`, or `forbidden` for people in a meeting. */
export function requireAccount(c: AppContext): Account {
  const actor = c.get('actor');
  if (actor.kind === 'anonymous') throw new MeridianError('unauthorized', 'sign in, or use an API key');
  if (actor.kind === 'participant') {
    throw new MeridianError('forbidden', 'a ticket is good for its meeting alone');
  }
  return actor;
}

/** Like `requireAccount`, and the account may do this. */
export function requireScope(c: AppContext, scope: Scope): Account {
  const account = requireAccount(c);
  if (!account.scopes.includes(scope)) throw new MeridianError('forbidden', `this needs the scope ${scope}`);
  return account;
}

/** For what guests may do as well: who does it, if they have an account, which then needs the scope. */
export function accountIfAny(c: AppContext, scope: Scope): Account | null {
  const { kind } = c.get('actor');
  return kind === 'user' || kind === 'api_key' ? requireScope(c, scope) : null;
}

/** A person at a browser, for what no key may do on its own. */
export function requireUser(c: AppContext): Extract<Actor, { kind: 'user' }> {
  const actor = c.get('actor');
  if (actor.kind === 'anonymous') throw new MeridianError('unauthorized', 'sign in');
  if (actor.kind !== 'user') throw new MeridianError('forbidden', 'only for people who are signed in');
  return actor;
}

/** Somebody in the meeting that `ref` names, by their ticket. */
export async function requireParticipant(c: AppContext, ref: MeetingRef): Promise<TicketClaims> {
  const actor = c.get('actor');
  if (actor.kind === 'anonymous') throw new MeridianError('unauthorized', 'expected a ticket as bearer');
  if (actor.kind !== 'participant') {
    throw new MeridianError('forbidden', 'expected the ticket of a participant');
  }
  return sameMeeting(c, ref, actor.claims);
}
