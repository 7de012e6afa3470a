import {
  CLOSE,
  type CloseCode,
  type MediaPlaces,
  MeridianError,
  type NodeDescription,
} from '@meridian/protocol';
import { signMediaToken } from '../auth/tokens.ts';
import type { Caller } from './contract.ts';
import { publishable } from './permissions.ts';
import type { RoomState } from './room-state.ts';
import type { Member } from './roster.ts';
import type { Runtime } from './runtime.ts';
import { failoverOf } from './standby.ts';

/**
 * Where this participant's media goes now, and where when that node is lost, with one fresh token for both. Refuses
 * those who have no place.
 */
export async function mediaPlaces(runtime: Runtime, caller: Caller): Promise<MediaPlaces> {
  for (;;) {
    const member = memberWithPlace(runtime, caller);
    const media_token = await mintToken(runtime, member);
    const { mesh } = runtime.state;
    const primary = mesh.get(member.node_id)?.node;
    const standby = member.standby_node_id === null ? undefined : mesh.get(member.standby_node_id)?.node;
    if (!primary || !isSettled(runtime, member)) continue;
    return {
      sfu: { ...addressOf(primary), media_token },
      standby: standby ? { ...addressOf(standby), media_token } : null,
      failover: failoverOf(member),
    };
  }
}

/** A fresh token for wherever this participant's media may be. Refuses like `mediaPlaces`. */
export async function mediaToken(runtime: Runtime, caller: Caller): Promise<string> {
  for (;;) {
    const member = memberWithPlace(runtime, caller);
    const token = await mintToken(runtime, member);
    if (isSettled(runtime, member)) return token;
  }
}

/** Whether they are still to be where `places` says. */
export function isCurrent(state: RoomState, caller: Caller, { sfu, standby }: MediaPlaces): boolean {
  const member = state.roster.find(caller);
  return (
    member === undefined ||
    (member.node_id === sfu.node_id && member.standby_node_id === (standby?.node_id ?? null))
  );
}

function memberWithPlace({ state }: Runtime, caller: Caller): Member {
  const member = state.roster.find(caller);
  if (!state.session.active || !member || !state.mesh.has(member.node_id)) throw absence(state, caller).error;
  return member;
}

/** Nothing that the token says has changed while it was signed; a removed participant's need not be handed out. */
function isSettled(runtime: Runtime, before: Member): boolean {
  const { node_id, standby_node_id, moving_from } = memberWithPlace(runtime, before);
  return (
    node_id === before.node_id &&
    standby_node_id === before.standby_node_id &&
    moving_from === before.moving_from
  );
}

async function mintToken(runtime: Runtime, member: Member): Promise<string> {
  const { active } = runtime.state.session;
  if (!active) throw absence(runtime.state, member).error;
  const { meeting, meeting_session_id } = active;
  // While they are on the way to another node, the token is good at the one before as well.
  const nodes = [member.node_id, member.standby_node_id, member.moving_from].filter((id) => id !== null);
  return signMediaToken(
    runtime.env,
    {
      sub: member.participant_id,
      sid: member.session_id,
      gen: member.gen,
      meeting: meeting.id,
      meeting_session: meeting_session_id,
      role: member.role,
      kind: 'participant',
      can_publish: publishable(member.role, meeting.settings),
      can_subscribe: true,
      nodes,
    },
    runtime.now(),
  );
}

function addressOf({ node_id, region, url, address, port, dtls_fingerprint }: NodeDescription) {
  return { node_id, region, url, address, port, dtls_fingerprint };
}

/** Why somebody with a valid ticket has no place in the room. */
export function absence(state: RoomState, caller: Caller): { error: MeridianError; close: CloseCode } {
  const excluded = state.exclusions.ofSession(caller.session_id);
  if (excluded) return { error: new MeridianError(excluded, EXCLUDED[excluded]), close: CLOSE[excluded] };
  if (state.session.current && !state.session.active) {
    return { error: new MeridianError('meeting_ended', 'the meeting has ended'), close: CLOSE.meetingEnded };
  }
  return { error: new MeridianError('session_expired', 'join anew'), close: CLOSE.sessionExpired };
}

const EXCLUDED = { removed: 'you were removed', denied: 'you were turned away' } as const;
