import { MeridianError, type NodeDescription } from '@meridian/protocol';
import { onTestFinished, vi } from 'vitest';
import { type PlaceWish, Reserver } from '../reserver.ts';

/** Taken before any test has put something in its place. */
const REAL_FIND = Reserver.prototype.find;

/**
 * What the fleet has to give when a room asks for a place: these nodes, the first that will do, and no other, whatever
 * nodes other tests have registered; at nodes of the meeting there is always a place. Until the test ends. Tells what
 * was asked for in a meeting: rooms of tests before may still be asking.
 */
export function spareNodes(...spares: NodeDescription[]): (meeting: { id: string }) => PlaceWish[] {
  const asked: (PlaceWish & { meetingId: string })[] = [];
  const find = vi.spyOn(Reserver.prototype, 'find');
  const claim = vi.spyOn(Reserver.prototype, 'claim');
  onTestFinished(() => {
    find.mockRestore();
    claim.mockRestore();
  });
  claim.mockImplementation(async ({ node, cell }) => ({ reservation_id: crypto.randomUUID(), cell, node }));
  find.mockImplementation(async function (this: Reserver, wish) {
    asked.push({ ...wish, meetingId: this.meetingId });
    // As over the network: not before a join is answered.
    await new Promise((resolve) => setTimeout(resolve, 30));
    const node = spares.find(
      ({ node_id, region, failure_domain }) =>
        !wish.exclude?.includes(node_id) &&
        (region !== wish.primary_region || !wish.failure_domains_to_avoid?.includes(failure_domain)),
    );
    if (!node) throw new MeridianError('no_capacity', 'all media nodes are full');
    const reservation = { reservation_id: crypto.randomUUID(), cell: `${node.region}:0`, node };
    return { reservation, candidates: [] };
  });
  return ({ id }) => asked.filter(({ meetingId }) => meetingId === id);
}

/** The real fleet, but for nodes of other regions: those are other tests'. Until the test ends. */
export function onlyNodesOf(region: string): void {
  const spy = vi.spyOn(Reserver.prototype, 'find');
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(async function (this: Reserver, wish) {
    const found = await REAL_FIND.call(this, wish);
    if (found.reservation.node.region !== region)
      throw new MeridianError('no_capacity', 'all media nodes are full');
    return found;
  });
}
