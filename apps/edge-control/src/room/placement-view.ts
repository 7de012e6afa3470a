import { type MeetingPlacement, MeridianError } from '@meridian/protocol';
import type { PlacementViewer } from './contract.ts';
import type { MeshNode } from './mesh-store.ts';
import { memberOf } from './requests.ts';
import type { RoomState } from './room-state.ts';
import { failoverOf } from './standby.ts';

/** Where everybody's media is and why. For hosts, the owner, and operators of the platform. */
export function placementFor(state: RoomState, viewer: PlacementViewer): MeetingPlacement {
  const session = state.session.current;
  if (!session) throw new MeridianError('not_found', 'the meeting is not running');
  if (viewer.kind === 'participant' && memberOf({ state }, viewer.caller).role !== 'host') {
    throw new MeridianError('forbidden', 'only hosts see where media is');
  }
  const { links, epoch } = state.topology.current;
  return {
    meeting_session_id: session.meeting_session_id,
    nodes: state.mesh.all().map((entry) => ({
      node_id: entry.node.node_id,
      region: entry.node.region,
      verdict: verdictOn(entry),
    })),
    links: [...links],
    topology_epoch: epoch,
    participants: state.roster.all().map((member) => ({
      participant_id: member.participant_id,
      node_id: member.node_id,
      standby_node_id: member.standby_node_id,
      failover: failoverOf(member),
    })),
    decisions: state.placements.all(),
  };
}

function verdictOn({ lost_at, draining_until }: MeshNode): MeetingPlacement['nodes'][number]['verdict'] {
  if (lost_at !== null) return 'lost';
  return draining_until === null ? 'up' : 'draining';
}
