import { type Location, MeridianError, type PlacementCandidate } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { log } from '../log.ts';
import { explainAll, PLACEMENT, rankRegions } from '../placement/index.ts';
import type { Result } from '../result.ts';
import { residencyOf } from '../storage/meeting-id.ts';
import { within } from '../timeout.ts';
import type { Reservation } from './contract.ts';
import type { Purpose } from './reservations.ts';
import { fleetSnapshot, forgetSnapshot } from './snapshot-cache.ts';

/** What reserving needs: the edge does it for joiners, a room for those it lets in or moves. */
type ReserveEnv = Pick<FleetEnv, 'CELLS' | 'DIRECTORY'>;

export type Wish = {
  meeting_id: string;
  room_url: string;
  location: Location | null;
  /** Measured by the participant, by region. Milliseconds. */
  round_trips?: Readonly<Record<string, number>>;
  /** Nodes that will not do. */
  exclude?: readonly string[];
  /** `primary` unless said. */
  purpose?: Purpose;
  /** For a standby: the region of the primary, and what it must not fail together with. */
  primary_region?: string;
  failure_domains_to_avoid?: readonly string[];
};

/**
 * A place near the participant: asks the best cells one after another until one has it. The candidates tell
 * why it became that one.
 */
export async function reserveNear(
  env: ReserveEnv,
  wish: Wish,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<{ reservation: Reservation; candidates: PlacementCandidate[] }> {
  const { meeting_id, room_url, location, exclude = [], failure_domains_to_avoid = [] } = wish;
  const { purpose = 'primary', primary_region } = wish;
  const snapshot = await fleetSnapshot(env, Date.now());
  const { cells, considered } = rankRegions(
    snapshot.regions,
    {
      location,
      roundTrips: wish.round_trips ?? {},
      residency: residencyOf(meeting_id),
      standby:
        primary_region === undefined
          ? null
          : { region: primary_region, failure_domains: failure_domains_to_avoid },
    },
    PLACEMENT,
    Math.random,
  );
  const candidates = explainAll(considered, 'region', location);
  for (const cell of cells.slice(0, CONFIG.placement.maxAttempts)) {
    const asked: Promise<Result<Reservation>> = env.CELLS.getByName(cell).reserve({
      meeting_id,
      room_url,
      exclude_node_ids: [...exclude],
      failure_domains_to_avoid: [...failure_domains_to_avoid],
      purpose,
    });
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
export async function releaseReservation(
  env: Pick<ReserveEnv, 'CELLS'>,
  reservation: Reservation,
): Promise<void> {
  try {
    const cell = env.CELLS.getByName(reservation.cell);
    await within(cell.release(reservation.reservation_id), CONFIG.placement.reserveTimeoutMs, 'the cell');
  } catch (error) {
    log('warn', 'a reservation could not be released', { reservation_id: reservation.reservation_id, error });
  }
}

async function releaseLate(
  env: Pick<ReserveEnv, 'CELLS'>,
  asked: Promise<Result<Reservation>>,
): Promise<void> {
  const result = await asked.catch(() => undefined);
  if (result?.ok) await releaseReservation(env, result.value);
}
