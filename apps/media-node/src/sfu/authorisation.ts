import { type MediaClaims, type Source, TOKEN_LIFE } from '@meridian/protocol';
import { AUTHORISATION } from '../config.ts';
import type { RoomState } from '../fleet/reconcile.ts';

/** What a node knows of a meeting's room. Times in epoch milliseconds. */
export type RoomKnowledge = {
  state: RoomState | null;
  /** When `state` arrived. */
  receivedAt: number;
  /** When the link that brought `state` was lost; null while it is up. */
  lostAt: number | null;
};

export type Session = {
  claims: Pick<MediaClaims, 'sid' | 'gen' | 'kind' | 'exp'>;
  helloAt: number;
};

export type Verdict =
  /** `until`: when it ends unless something is heard, epoch milliseconds; null for not of itself. */
  { authorised: true; until: number | null } | { authorised: false; reason: 'removed' | 'expired' };

/**
 * Whether a peer may be here. The room's word goes before the token: what it revoked is out at once, what it
 * lists stays while the link is up. Without its word, a token is good for its life, and a peer that was
 * listed when the link was lost for one token's life from then.
 */
export function authorise(session: Session, room: RoomKnowledge, now: number): Verdict {
  const { claims } = session;
  let until = claims.exp * 1000;
  if (room.state !== null) {
    if (claims.gen < (room.state.revoked.get(claims.sid) ?? 0)) {
      return { authorised: false, reason: 'removed' };
    }
    const listed = room.state.participants.get(claims.sid);
    if (listed !== undefined) {
      if (claims.gen < listed.min_gen) return { authorised: false, reason: 'removed' };
      if (room.lostAt === null) return { authorised: true, until: null };
      until = Math.max(until, room.lostAt + TOKEN_LIFE.media * 1000);
    } else if (
      // Recorders and the like are no participants; their tokens alone say what they may.
      claims.kind === 'participant' &&
      room.receivedAt > session.helloAt + AUTHORISATION.roomGrace
    ) {
      return { authorised: false, reason: 'removed' };
    }
  }
  return now < until ? { authorised: true, until } : { authorised: false, reason: 'expired' };
}

export type Rights = {
  canPublish: readonly Source[];
  hardMuted: readonly Source[];
};

/** What a peer may send: by the room where it has spoken of the session, else by the token. */
export function rightsOf(claims: Pick<MediaClaims, 'sid' | 'can_publish'>, state: RoomState | null): Rights {
  const listed = state?.participants.get(claims.sid);
  return listed === undefined
    ? { canPublish: claims.can_publish, hardMuted: [] }
    : { canPublish: listed.can_publish, hardMuted: listed.hard_muted };
}
