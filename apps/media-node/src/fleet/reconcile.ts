import type { roomLink } from '@meridian/protocol';

type Participant = roomLink.DesiredState['participants'][number];

/** A desired state, indexed: it is looked into once per peer for a thousand peers. */
export type RoomState = {
  readonly desired: roomLink.DesiredState;
  readonly participants: ReadonlyMap<string, Participant>;
  /** By participant, the node they are at. */
  readonly places: ReadonlyMap<string, string>;
  /** By session, the generation below which its tokens are void. */
  readonly revoked: ReadonlyMap<string, number>;
};

/**
 * The state to hold after a room has sent one; null to ignore it. An older mandate (epoch) of the room or an
 * older version is ignored; the same version is taken again, since a room resends it whole on a new link.
 */
export function reconcile(current: RoomState | null, incoming: roomLink.DesiredState): RoomState | null {
  if (current !== null) {
    const { room_epoch: epoch, version } = current.desired;
    if (incoming.room_epoch < epoch) return null;
    if (incoming.room_epoch === epoch && incoming.version < version) return null;
  }
  return {
    desired: incoming,
    participants: new Map(incoming.participants.map((entry) => [entry.session_id, entry])),
    places: new Map(incoming.participants.map((entry) => [entry.participant_id, entry.node_id])),
    revoked: new Map(incoming.revoked.map((entry) => [entry.session_id, entry.min_gen])),
  };
}
