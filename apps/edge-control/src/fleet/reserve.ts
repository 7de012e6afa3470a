import { type Location, MeridianError } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';
import { log } from '../log.ts';
import type { Result } from '../result.ts';
import { residencyOf } from '../storage/meeting-id.ts';
import { within } from '../timeout.ts';
import type { Reservation } from './contract.ts';
import { type Candidate, rankRegions } from './placement.ts';
import { fleetSnapshot, forgetSnapshot } from './snapshot-cache.ts';

export type Wish = {
  meeting_id: string;
  room_url: string;
  location: Location | null;
};

/**
 * A place near the participant: asks the best cells one after another until one has it. The candidates tell
 * why it became that one.
 */
export async function reserveNear(
  env: ApiEnv,
  wish: Wish,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<{ reservation: Reservation; candidates: Candidate[] }> {
  const { meeting_id, room_url } = wish;
  const snapshot = await fleetSnapshot(env, Date.now());
  const { cells, candidates } = rankRegions(
    snapshot.regions,
    wish.location,
    residencyOf(meeting_id),
    CONFIG.placement.bandKm,
  );
  for (const cell of cells.slice(0, CONFIG.placement.maxAttempts)) {
    const asked: Promise<Result<Reservation>> = env.CELLS.getByName(cell).reserve({ meeting_id, room_url });
    try {
      const result = await within(asked, CONFIG.placement.reserveTimeoutMs, `cell ${cell}`);
      if (result.ok) return { reservation: result.value, candidates };
    } catch (error) {
      log('warn', 'a cell does not answer', { cell, meeting_id, error });
      waitUntil(releaseLate(env, asked));
    }
  }
  forgetSnapshot();
  log('warn', 'no place for a participant', { meeting_id, candidates });
  throw new MeridianError('no_capacity', 'all media nodes are full', {
    retryAfterMs: CONFIG.http.noCapacityRetryMs,
  });
}

/** Gives a place back. One that cannot be given back lapses by itself. */
export async function releaseReservation(env: ApiEnv, reservation: Reservation): Promise<void> {
  try {
    const cell = env.CELLS.getByName(reservation.cell);
    await within(cell.release(reservation.reservation_id), CONFIG.placement.reserveTimeoutMs, 'the cell');
  } catch (error) {
    log('warn', 'a reservation could not be released', { reservation_id: reservation.reservation_id, error });
  }
}

async function releaseLate(env: ApiEnv, asked: Promise<Result<Reservation>>): Promise<void> {
  const result = await asked.catch(() => undefined);
  if (result?.ok) await releaseReservation(env, result.value);
}
