import type { roomLink } from '@meridian/protocol';
import type { Topology } from '../topology/index.ts';
import type { MeshNode } from './mesh-store.ts';
import { publishable, silenced } from './permissions.ts';
import type { Revocation } from './revocations.ts';
import type { Member } from './roster.ts';
import type { Session } from './session.ts';

export type DesiredStateBody = Omit<roomLink.DesiredState, 'v' | 'ref'>;

type Meeting = {
  session: Session;
  members: Member[];
  revoked: Revocation[];
  mesh: MeshNode[];
  topology: Topology;
};

/** What one node of the meeting has to bring about. Those who are on the way are in it before they arrive. */
export function desiredState(
  { session, members, revoked, mesh, topology }: Meeting,
  relayGrants: Record<string, string>,
): DesiredStateBody {
  const head = heading(session);
  if (session.phase !== 'active') return { ...head, ...NOTHING, ended: true };
  const { settings } = session.meeting;
  return {
    ...head,
    participants: members.map((member) => ({
      participant_id: member.participant_id,
      session_id: member.session_id,
      min_gen: member.gen,
      role: member.role,
      can_publish: publishable(member.role, settings),
      hard_muted: silenced(member, settings),
      node_id: member.node_id,
      standby_node_id: member.standby_node_id,
    })),
    revoked: revoked.map(({ session_id, min_gen }) => ({ session_id, min_gen })),
    mesh: inOrder(mesh, topology).map(({ node }) => ({
      node_id: node.node_id,
      region: node.region,
      relay_url: node.relay_url,
    })),
    links: [...topology.links],
    topology_epoch: topology.epoch,
    relay_grants: relayGrants,
    ended: false,
  };
}

/** For a node that is no longer of the mesh: as far as it is concerned the meeting is over. */
export function dismissal(session: Session): DesiredStateBody {
  return { ...heading(session), ...NOTHING, ended: true };
}

const NOTHING = {
  participants: [],
  revoked: [],
  mesh: [],
  links: [],
  topology_epoch: 0,
  relay_grants: {},
};

/** As the topology has them, whose links follow from the order. */
function inOrder(mesh: readonly MeshNode[], { nodes }: Topology): MeshNode[] {
  const place = new Map(nodes.map(({ node_id }, index) => [node_id, index]));
  const of = ({ node }: MeshNode) => place.get(node.node_id) ?? nodes.length;
  return mesh.toSorted((one, other) => of(one) - of(other));
}

function heading(session: Session) {
  return {
    type: 'desired_state',
    meeting_id: session.meeting.id,
    meeting_session_id: session.meeting_session_id,
    room_epoch: session.room_epoch,
    version: session.desired_version,
  } as const;
}
