import { CLOSE, type CloseCode, type MediaPlaces, MeridianError, type SfuEndpoint } from '@meridian/protocol';
import { signMediaToken } from '../auth/tokens.ts';
import type { Caller } from './contract.ts';
import { publishable } from './permissions.ts';
import type { RoomState } from './room-state.ts';
import type { Runtime } from './runtime.ts';

/** Where this participant's media goes now, and where when that node is lost. Refuses those who have no place. */
export async function mediaPlaces(runtime: Runtime, caller: Caller): Promise<MediaPlaces> {
  return { sfu: await mediaAccess(runtime, caller), standby: null, failover: 'cold' };
}

/** Where this participant's media goes, with a fresh token for it. Refuses those who have no place. */
export async function mediaAccess(runtime: Runtime, caller: Caller): Promise<SfuEndpoint> {
  const { session } = runtime.state;
  const member = runtime.state.roster.find(caller);
  const entry = member && runtime.state.mesh.get(member.node_id);
  if (!session.active || !member || !entry) throw absence(runtime.state, caller).error;
  const { meeting, meeting_session_id } = session.active;
  const { node } = entry;
  const media_token = await signMediaToken(
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
      // While they are on the way to another node, the token is good at both.
      nodes: member.moving_from === null ? [node.node_id] : [node.node_id, member.moving_from],
    },
    runtime.now(),
  );
  // Removed meanwhile: a token minted before is void at the nodes, but it need not be handed out either.
  if (!runtime.state.roster.find(caller)) throw absence(runtime.state, caller).error;
  return {
    node_id: node.node_id,
    region: node.region,
    url: node.url,
    address: node.address,
    port: node.port,
    dtls_fingerprint: node.dtls_fingerprint,
    media_token,
  };
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
