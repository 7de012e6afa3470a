import type { Location, PlacementCandidate } from '@meridian/protocol';
import type { Reservation } from '../fleet/contract.ts';
import { releaseReservation, reserveNear, type Wish } from '../fleet/reserve.ts';
import { roomLinkUrl } from '../http/urls.ts';
import type { Runtime } from './runtime.ts';

export type PlaceWish = Pick<Wish, 'exclude' | 'failure_domains_to_avoid' | 'primary_region' | 'purpose'> & {
  /** Near which; null where that is not known. */
  location: Location | null;
};

/** Places on nodes that the room asks for itself. */
export class Reserver {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whose places they are. */
  get meetingId(): string {
    return this.#runtime.state.session.current?.meeting.id ?? '';
  }

  /**
   * Reserves a place; `work` also gets the regions that were considered. It is given back when `work` does not
   * keep it or throws. Throws `no_capacity` when there is none.
   */
  async use<T extends { keepReservation: boolean }>(
    wish: PlaceWish,
    work: (reservation: Reservation, regions: PlacementCandidate[]) => T,
  ): Promise<T> {
    const { env } = this.#runtime;
    const { meetingId } = this;
    const whole = { ...wish, meeting_id: meetingId, room_url: roomLinkUrl(env, meetingId) };
    const { reservation, candidates } = await reserveNear(env, whole, (late) =>
      this.#runtime.ctx.waitUntil(late),
    );
    let keep = false;
    try {
      const result = work(reservation, candidates);
      keep = result.keepReservation;
      return result;
    } finally {
      if (!keep) this.release(reservation);
    }
  }

  /** It lapses by itself too, so nobody waits for this. */
  release(reservation: Reservation): void {
    this.#runtime.ctx.waitUntil(releaseReservation(this.#runtime.env, reservation));
  }
}
