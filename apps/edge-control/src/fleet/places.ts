import { CAPS_VERSION, type CellToNode, encode } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import { ANY_PLACE, type Candidate, PLACEMENT, type PlacementRequest, place } from '../placement/index.ts';
import { accepted, type Result, refused } from '../result.ts';
import { trySend } from '../sockets.ts';
import type { Reservation, ReserveRequest } from './contract.ts';
import { candidateOf, isMerelyDoubted, type KnownNode } from './known-node.ts';
import type { KnownNodes } from './known-nodes.ts';
import type { NodeStore } from './node-store.ts';
import type { Reservations } from './reservations.ts';

/** Gives out the places on a cell's nodes. Nothing in here waits, so two requests never see the same last place. */
export class Places {
  readonly #nodes: KnownNodes;
  readonly #reservations: Reservations;
  readonly #store: Pick<NodeStore, 'hosting' | 'hosts'>;

  constructor(nodes: KnownNodes, reservations: Reservations, store: Pick<NodeStore, 'hosting' | 'hosts'>) {
    this.#nodes = nodes;
    this.#reservations = reservations;
    this.#store = store;
  }

  /**
   * Counts a participant at a node and tells it to dial the room. Nodes that are merely doubted are asked when no
   * other has a place. Refuses with `no_capacity`.
   */
  reserve(request: ReserveRequest, now: number): Result<Omit<Reservation, 'cell'>> {
    this.#reservations.expire(now);
    const { only_node_id } = request;
    const candidates = this.#candidates(request.meeting_id, now).filter(
      ({ id }) => only_node_id === undefined || id === only_node_id,
    );
    // Who wants one node alone has a place elsewhere as well.
    const doubted = only_node_id === undefined && candidates.some(({ known }) => isMerelyDoubted(known));
    const given =
      this.#take(request, candidates, now) ??
      (doubted ? this.#take(request, candidates.map(trusted), now) : null);
    if (given) return accepted(given);
    return refused('no_capacity', 'no media node here has a free place', CONFIG.http.noCapacityRetryMs);
  }

  #take(
    request: ReserveRequest,
    candidates: readonly NodeCandidate[],
    now: number,
  ): Omit<Reservation, 'cell'> | null {
    const { meeting_id, room_url, purpose = 'primary' } = request;
    const hostMeeting = encode<CellToNode>({ type: 'host_meeting', meeting_id, room_url });
    let wish = placementRequest(request, candidates[0]?.region ?? '');
    for (;;) {
      const { chosen } = place(wish, candidates, PLACEMENT, Math.random);
      if (chosen === null) return null;
      const { description, socket } = chosen.known;
      if (socket && trySend(socket, hostMeeting)) {
        const reservation_id = crypto.randomUUID();
        this.#reservations.add(reservation_id, chosen.id, now, purpose);
        this.#store.hosts(chosen.id, meeting_id, now);
        return { reservation_id, node: description };
      }
      // Its socket is closing; the close event will say so.
      wish = { ...wish, exclude: [...wish.exclude, chosen.id] };
    }
  }

  /** All nodes as placement sees them now. */
  #candidates(meetingId: string, now: number): NodeCandidate[] {
    const hosting = this.#store.hosting(meetingId);
    return this.#nodes.all().map((known) => {
      this.#nodes.judge(known, now);
      const { node_id } = known.description;
      return { ...candidateOf(known, this.#reservations.places(node_id), hosting.has(node_id)), known };
    });
  }
}

type NodeCandidate = Candidate & { known: KnownNode };

function trusted(candidate: NodeCandidate): NodeCandidate {
  return isMerelyDoubted(candidate.known) ? { ...candidate, health: 'up' } : candidate;
}

function placementRequest(
  { purpose, exclude_node_ids = [], failure_domains_to_avoid = [] }: ReserveRequest,
  region: string,
): PlacementRequest {
  return {
    ...ANY_PLACE,
    // What clients of this build speak: a node of another version would refuse them.
    caps_version: CAPS_VERSION,
    exclude: exclude_node_ids,
    standby: purpose === 'standby' ? { region, failure_domains: failure_domains_to_avoid } : null,
  };
}
