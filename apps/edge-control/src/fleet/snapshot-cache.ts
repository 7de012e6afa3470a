import { CONFIG } from '../config.ts';
import type { FleetEnv } from '../env.ts';
import { log } from '../log.ts';
import { within } from '../timeout.ts';
import type { FleetSnapshot } from './contract.ts';
import { DIRECTORY_NAME } from './names.ts';

/**
 * The picture of the fleet that this isolate works with. One request fetches a new one while the others go on
 * with the old: requests must not wait for each other's promises, which die with the request they belong to.
 */
let current: { snapshot: FleetSnapshot; fetchedAt: number } | undefined;
let fetchingSince: number | undefined;

export function hasCapacity(snapshot: FleetSnapshot): boolean {
  return snapshot.regions.some(({ nodes_up, free }) => nodes_up > 0 && free > 0);
}

export async function fleetSnapshot(env: Pick<FleetEnv, 'DIRECTORY'>, now: number): Promise<FleetSnapshot> {
  const age = current ? now - current.fetchedAt : Number.POSITIVE_INFINITY;
  if (current && age <= lifeOf(current.snapshot)) return current.snapshot;
  const others = fetchingSince !== undefined && now - fetchingSince <= CONFIG.placement.snapshotTimeoutMs;
  if (current && others && age <= CONFIG.placement.staleSnapshotMs) return current.snapshot;
  try {
    return await fetchSnapshot(env, now);
  } catch (error) {
    // Regions move slowly, and a cell refuses by itself when the picture is wrong.
    if (!current || age > CONFIG.placement.staleSnapshotMs) throw error;
    log('warn', 'the fleet directory does not answer', { error, age_ms: age });
    return current.snapshot;
  }
}

/** Every cell that was asked has refused: the picture is wrong, so the next one looks again. */
export function forgetSnapshot(): void {
  current = undefined;
}

/** Nobody could be asked: there may be a node by now. With the fleet full, not every joiner looks. */
export function doubtSnapshot(now: number): void {
  if (current && Math.abs(now - current.fetchedAt) >= CONFIG.placement.emptySnapshotMs) forgetSnapshot();
}

async function fetchSnapshot(env: Pick<FleetEnv, 'DIRECTORY'>, now: number): Promise<FleetSnapshot> {
  fetchingSince = now;
  try {
    const snapshot = await within(
      env.DIRECTORY.getByName(DIRECTORY_NAME).snapshot(),
      CONFIG.placement.snapshotTimeoutMs,
      'the fleet directory',
    );
    current = { snapshot, fetchedAt: Date.now() };
    return snapshot;
  } finally {
    fetchingSince = undefined;
  }
}

function lifeOf(snapshot: FleetSnapshot): number {
  return hasCapacity(snapshot) ? CONFIG.placement.snapshotMs : CONFIG.placement.emptySnapshotMs;
}
