import { type MeetingRef, type MeetingState, MeridianError, type Scope } from '@meridian/protocol';
import { unwrap } from '../result.ts';
import type { RoomActor, RoomCommand } from '../room/contract.ts';
import { findMeeting } from '../storage/find-meeting.ts';
import { isOwner, type StoredMeeting } from '../storage/stored-meeting.ts';
import { checkHostKey } from './access.ts';
import { callerAddress } from './address.ts';
import { requireParticipant, requireScope } from './auth/actor.ts';
import { type AppContext, waitUntilOf } from './context.ts';
import { locationHint } from './location.ts';
import { callRoom, type RoomStub, roomStub } from './room-stub.ts';

export const HOST_KEY_HEADER = 'x-host-key';

/** Somebody with rights in a meeting, and the meeting's room. */
export type Acting = {
  meetingId: string;
  room: RoomStub;
  actor: RoomActor;
  /** Of the account that owns the meeting, where it is by that that they act. */
  userId: string | null;
  traceId: string;
};

/**
 * As whom the caller acts in the meeting `ref` names: with a ticket as that participant; with the host key, or as
 * the account that owns the meeting, as its owner. Everybody else is refused.
 *
 * A key's scope is `meetings:read` for GET, `meetings:write` for the rest.
 */
export async function actingIn(c: AppContext, ref: MeetingRef, hostKey?: string): Promise<Acting> {
  const key = hostKey ?? c.req.header(HOST_KEY_HEADER);
  if (key === undefined && c.get('actor').kind === 'participant') {
    const { meeting, sub, sid } = await requireParticipant(c, ref);
    return {
      meetingId: meeting,
      room: roomStub(c.env.ROOMS, meeting),
      actor: { kind: 'participant', caller: { participant_id: sub, session_id: sid } },
      userId: null,
      traceId: c.get('trace').trace_id,
    };
  }
  const { meeting, userId } = await requireOwner(c, ref, key);
  return {
    meetingId: meeting.id,
    room: roomStub(c.env.ROOMS, meeting.id, locationHint(c.req.raw.cf)),
    actor: { kind: 'owner' },
    userId,
    traceId: c.get('trace').trace_id,
  };
}

/**
 * The meeting `ref` names, if the caller owns it or has its host key. As the cache has it, which is enough to know:
 * neither ever changes.
 */
export async function requireOwner(
  c: AppContext,
  ref: MeetingRef,
  hostKey = c.req.header(HOST_KEY_HEADER),
): Promise<{ meeting: StoredMeeting; userId: string | null }> {
  const account = hostKey === undefined ? requireScope(c, scopeFor(c)) : null;
  const meeting = await findMeeting(c.env, ref, waitUntilOf(c));
  c.set('meetingId', meeting.id);
  if (hostKey !== undefined) {
    await checkHostKey(c.env, meeting, hostKey, callerAddress(c), Date.now());
  } else if (!isOwner(meeting, account?.userId ?? null)) {
    throw new MeridianError('forbidden', 'this is not your meeting');
  }
  return { meeting, userId: account?.userId ?? null };
}

/** Carries a command out, or throws what the room says against it. */
export async function command({ room, actor, traceId }: Acting, request: RoomCommand): Promise<void> {
  unwrap(await callRoom(() => room.command(actor, request, traceId)));
}

/** What the actor may see of the running meeting. Throws `not_found` while it does not run. */
export async function stateFor({ room, actor }: Acting): Promise<MeetingState> {
  return unwrap(await callRoom(() => room.state(actor)));
}

/** Throws `forbidden` for participants without a host's or co-host's rights. */
export function requireModerator({ actor }: Acting, { participants }: MeetingState): void {
  if (actor.kind === 'owner') return;
  const own = participants.find(({ participant_id }) => participant_id === actor.caller.participant_id);
  if (own?.role === 'host' || own?.role === 'co_host') return;
  throw new MeridianError('forbidden', 'only hosts and co-hosts see who waits');
}

function scopeFor(c: AppContext): Scope {
  return c.req.method === 'GET' || c.req.method === 'HEAD' ? 'meetings:read' : 'meetings:write';
}
