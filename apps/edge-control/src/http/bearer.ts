import { type MeetingRef, MeridianError, type TicketClaims } from '@meridian/protocol';
import { verifyTicket } from '../auth/tokens.ts';
import { findMeeting } from '../storage/find-meeting.ts';
import type { AppContext } from './context.ts';

/** The token of an Authorization header (RFC 6750 §2.1). */
export function bearerToken(header: string | undefined): string {
  const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '') ?? [];
  if (token === undefined) throw new MeridianError('unauthorized', 'expected a bearer token');
  return token;
}

/** The claims of a ticket for the meeting that `ref` names. */
export async function ticketFor(c: AppContext, ref: MeetingRef, jwt: string): Promise<TicketClaims> {
  return sameMeeting(c, ref, await verifyTicket(c.env, jwt, Date.now()));
}

/**
 * The claims, if they are for the meeting that `ref` names. Under its id a meeting need not be looked up: the
 * ticket says what it is good for.
 */
export async function sameMeeting(
  c: AppContext,
  ref: MeetingRef,
  claims: TicketClaims,
): Promise<TicketClaims> {
  if (claims.meeting !== ref) {
    const meeting = await findMeeting(c.env, ref, (work) => c.executionCtx.waitUntil(work));
    if (claims.meeting !== meeting.id) {
      throw new MeridianError('forbidden', 'the ticket is for another meeting');
    }
  }
  c.set('meetingId', claims.meeting);
  return claims;
}
