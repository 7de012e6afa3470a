import { MeridianError, type NodeDescription } from '@meridian/protocol';
import { onTestFinished, vi } from 'vitest';
import { type PlaceWish, Reserver } from '../reserver.ts';

/** Taken before any test has put something in its place. */
const REAL_USE = Reserver.prototype.use;

/**
 * What the fleet has to give when a room asks for a place: these nodes, the first that will do, and no other, whatever
 * nodes other tests have registered. Until the test ends. Tells what was asked for in a meeting: rooms of tests before
 * may still be asking.
 */
export function spareNodes(...spares: NodeDescription[]): (meeting: { id: string }) => PlaceWish[] {
  const asked: (PlaceWish & { meetingId: string })[] = [];
  const spy = vi.spyOn(Reserver.prototype, 'use');
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(async function (this: Reserver, wish, work) {
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
    return work(reservation, []);
  });
  return ({ id }) => asked.filter(({ meetingId }) => meetingId === id);
}

/** The real fleet, but for nodes of other regions: those are other tests'. Until the test ends. */
export function onlyNodesOf(region: string): void {
  const spy = vi.spyOn(Reserver.prototype, 'use');
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(function (this: Reserver, wish, work) {
    return REAL_USE.call(this, wish, (reservation, candidates) => {
      if (reservation.node.region !== region)
        throw new MeridianError('no_capacity', 'all media nodes are full');
      return work(reservation, candidates);
    });
  });
}
