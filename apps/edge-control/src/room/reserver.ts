import { type Location, MeridianError, type PlacementCandidate } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { Reservation } from '../fleet/contract.ts';
import { releaseReservation, reserveAt, reserveNear, type Wish } from '../fleet/reserve.ts';
import { roomLinkUrl } from '../http/urls.ts';
import type { Claim, RoundTrips } from '../placement/index.ts';
import type { MeshNode } from './mesh-store.ts';
import type { Runtime } from './runtime.ts';

export type PlaceWish = Pick<Wish, 'exclude' | 'failure_domains_to_avoid' | 'primary_region' | 'purpose'> & {
  /** Near which; null where that is not known. */
  location: Location | null;
  round_trips: RoundTrips;
};

/** A place that was reserved, and where else one was looked for. */
export type Found = { reservation: Reservation; candidates: PlacementCandidate[] };

/** What came of asking the cell of a node that the meeting has; nulls where none was asked, or has no place. */
export type Asked = { claim: Claim | null; claimed: Reservation | null };

export type FoundWithClaim = Found & Asked;

/** The place that is held at a node, with the node as its cell knows it: it may have been started anew. */
export function heldAt(nodeId: string, { reservation, claimed }: FoundWithClaim): Reservation | undefined {
  return [reservation, claimed].find((held) => held?.node.node_id === nodeId) ?? undefined;
}

/** Where somebody's place is now; null: nowhere. Places held elsewhere are given back. */
type Placed = { node_id: string | null };

/** Places on nodes, which the room asks for and gives back. */
export class Reserver {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whose places they are. */
  get meetingId(): string {
    return this.#runtime.state.session.current?.meeting.id ?? '';
  }

  /** Reserves a place anywhere near. Throws `no_capacity` when there is none. */
  async find(wish: PlaceWish): Promise<Found> {
    return reserveNear(this.#runtime.env, { ...wish, ...this.#meeting }, this.#waitUntil);
  }

  /** Reserves a place at a node the meeting has; null when its cell has none to give, or does not answer. */
  async claim({ node: { node_id }, cell }: MeshNode): Promise<Reservation | null> {
    const wish = { ...this.#meeting, only_node_id: node_id };
    return reserveAt(this.#runtime.env, cell, wish, this.#waitUntil);
  }

  /** Reserves a place and has `work` use it; see `settle`. Throws `no_capacity` when there is none. */
  async use<T extends Placed>(
    wish: PlaceWish,
    work: (found: FoundWithClaim) => T | Promise<T>,
    better: (found: Found) => MeshNode | null = () => null,
  ): Promise<T> {
    return this.settle(await this.find(wish), better, work);
  }

  /**
   * Has `work` use a place that is held. When `better` names a node of the meeting, its cell is asked for a place
   * there first: nobody is sent to a node that does not know of them. The world may have changed by then, so `work`
   * decides anew. What it does not use is given back, all of it when it throws.
   */
  async settle<T extends Placed>(
    found: Found,
    better: (found: Found) => MeshNode | null,
    work: (found: FoundWithClaim) => T | Promise<T>,
  ): Promise<T> {
    const held = [found.reservation];
    let used: string | null = null;
    try {
      const wanted = better(found);
      const answer = wanted ? await this.claim(wanted) : null;
      if (answer) held.push(answer);
      const claimed = answer && !this.#runtime.isShutOut(answer.node.node_id) ? answer : null;
      if (this.#runtime.isShutOut(found.reservation.node.node_id)) {
        throw new MeridianError('no_capacity', 'the node was revoked meanwhile', {
          retryAfterMs: CONFIG.http.noCapacityRetryMs,
        });
      }
      const claim = wanted && { node_id: wanted.node.node_id, granted: claimed !== null };
      const result = await work({ ...found, claim, claimed });
      used = result.node_id;
      return result;
    } finally {
      for (const reservation of held) if (reservation.node.node_id !== used) this.#release(reservation);
    }
  }

  get #meeting(): Pick<Wish, 'meeting_id' | 'room_url'> {
    const { meetingId } = this;
    return { meeting_id: meetingId, room_url: roomLinkUrl(this.#runtime.env, meetingId) };
  }

  readonly #waitUntil = (work: Promise<unknown>) => this.#runtime.ctx.waitUntil(work);

  /** It lapses by itself too, so nobody waits for this. */
  #release(reservation: Reservation): void {
    this.#runtime.ctx.waitUntil(releaseReservation(this.#runtime.env, reservation));
  }
}
