import { type Location, MeridianError, type PlacementCandidate } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { log } from '../log.ts';
import { explainAll, PLACEMENT, type RoundTrips, rankRegions } from '../placement/index.ts';
import type { Result } from '../result.ts';
import { residencyOf } from '../storage/meeting-id.ts';
import { within } from '../timeout.ts';
import { awayCells, isAway, noteAway } from './away-cells.ts';
import type { FleetSnapshot, Reservation, ReserveRequest } from './contract.ts';
import type { Purpose } from './reservations.ts';
import { doubtSnapshot, fleetSnapshot, forgetSnapshot } from './snapshot-cache.ts';

/** What reserving needs: the edge does it for joiners, a room for those it lets in or moves. */
type ReserveEnv = Pick<FleetEnv, 'CELLS' | 'DIRECTORY'>;

type WaitUntil = (work: Promise<unknown>) => void;

export type Wish = {
  meeting_id: string;
  room_url: string;
  location: Location | null;
  round_trips?: RoundTrips;
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
  waitUntil: WaitUntil,
): Promise<{ reservation: Reservation; candidates: PlacementCandidate[] }> {
  const { meeting_id, room_url, exclude = [], failure_domains_to_avoid = [], purpose = 'primary' } = wish;
  const request: ReserveRequest = {
    meeting_id,
    room_url,
    exclude_node_ids: [...exclude],
    failure_domains_to_avoid: [...failure_domains_to_avoid],
    purpose,
  };
  const snapshot = await fleetSnapshot(env, Date.now());
  const full = new Set<string>();
  const silent = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    const { cells, considered } = rank(snapshot, wish, { full, silent });
    const [cell] = cells;
    const candidates = explainAll(considered, 'region', wish.location);
    if (cell === undefined || attempt > CONFIG.placement.maxAttempts) {
      if (attempt > 1) forgetSnapshot();
      else doubtSnapshot(Date.now());
      log('warn', 'no place for a participant', { meeting_id, candidates });
      throw new MeridianError('no_capacity', 'all media nodes are full', {
        retryAfterMs: CONFIG.http.noCapacityRetryMs,
      });
    }
    const answer = await ask(env, cell, request, waitUntil);
    if (answer?.ok) return { reservation: answer.value, candidates };
    (answer === null ? silent : full).add(cell);
  }
}

/** A place at one node, from the cell that knows it. Null when there is none, or the cell does not answer. */
export async function reserveAt(
  env: Pick<ReserveEnv, 'CELLS'>,
  cell: string,
  wish: Pick<ReserveRequest, 'meeting_id' | 'room_url'> & { only_node_id: string },
  waitUntil: WaitUntil,
): Promise<Reservation | null> {
  if (isAway(cell, Date.now())) return null;
  const answer = await ask(env, cell, wish, waitUntil);
  if (!answer?.ok) return null;
  if (answer.value.node.node_id === wish.only_node_id) return answer.value;
  // A cell of a former deployment, which does not know that wish.
  waitUntil(releaseReservation(env, answer.value));
  return null;
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

/**
 * The cells in the order they are asked, after what has been learnt of some. Those that are merely thought to be away
 * are asked when nobody else has a place: the directory, or this isolate, may be the one that is cut off.
 */
function rank(
  { regions, silent: unheard = [] }: FleetSnapshot,
  { meeting_id, location, round_trips = {}, primary_region, failure_domains_to_avoid = [] }: Wish,
  learnt: { full: ReadonlySet<string>; silent: ReadonlySet<string> },
): ReturnType<typeof rankRegions> {
  const wish = {
    location,
    roundTrips: round_trips,
    residency: residencyOf(meeting_id),
    standby:
      primary_region === undefined
        ? null
        : { region: primary_region, failure_domains: failure_domains_to_avoid },
    full: learnt.full,
  };
  const all = [...regions, ...unheard];
  const doubted = new Set([...awayCells(Date.now()), ...unheard.map(({ cell }) => cell), ...learnt.silent]);
  const ranked = rankRegions(all, { ...wish, away: doubted }, PLACEMENT, Math.random);
  return ranked.cells.length > 0
    ? ranked
    : rankRegions(all, { ...wish, away: learnt.silent }, PLACEMENT, Math.random);
}

/** Null: it does not answer. A place it gives too late is given back. */
async function ask(
  env: Pick<ReserveEnv, 'CELLS'>,
  cell: string,
  request: ReserveRequest,
  waitUntil: WaitUntil,
): Promise<Result<Reservation> | null> {
  const asked: Promise<Result<Reservation>> = env.CELLS.getByName(cell).reserve(request);
  try {
    return await within(asked, CONFIG.placement.reserveTimeoutMs, `cell ${cell}`);
  } catch (error) {
    noteAway(cell, Date.now());
    log('warn', 'a cell does not answer', { cell, meeting_id: request.meeting_id, error });
    waitUntil(releaseLate(env, asked));
    return null;
  }
}

async function releaseLate(
  env: Pick<ReserveEnv, 'CELLS'>,
  asked: Promise<Result<Reservation>>,
): Promise<void> {
  const result = await asked.catch(() => undefined);
  if (result?.ok) await releaseReservation(env, result.value);
}
