import type { Location } from '@meridian/protocol';
import type { Reservation } from '../fleet/contract.ts';
import { releaseReservation, reserveNear } from '../fleet/reserve.ts';
import { roomLinkUrl } from '../http/urls.ts';
import type { Runtime } from './runtime.ts';

/** Places on nodes that the room asks for itself. */
export class Reserver {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Reserves a place near `location`, on none of the nodes in `exclude`. It is given back when `work` does not
   * keep it or throws. Throws `no_capacity` when there is none.
   */
  async use<T extends { keepReservation: boolean }>(
    location: Location | null,
    exclude: readonly string[],
    work: (reservation: Reservation) => T,
  ): Promise<T> {
    const { env, state } = this.#runtime;
    const meeting_id = state.session.current?.meeting.id ?? '';
    const wish = { meeting_id, room_url: roomLinkUrl(env, meeting_id), location, exclude };
    const { reservation } = await reserveNear(env, wish, (late) => this.#runtime.ctx.waitUntil(late));
    let keep = false;
    try {
      const result = work(reservation);
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
