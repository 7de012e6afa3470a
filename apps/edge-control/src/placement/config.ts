/**
 * Every threshold of placement. What speaks for and against a node is expressed in one unit, milliseconds of round
 * trip that a participant would have to gain elsewhere to make up for it.
 */
export const PLACEMENT = {
  path: {
    /**
     * Light in fibre takes 1 ms there and back for 100 km, and cables are about half as long again as the way the
     * crow flies. Milliseconds of round trip per kilometre.
     */
    msPerKm: 0.015,
    /**
     * What a measured round trip has on top of the distance: access network, switches, the machine. Estimates get it
     * as well, so that a region that was measured is not worse off than one that was not. Milliseconds.
     */
    accessMs: 10,
    /**
     * Where neither a location nor a measurement is there: an ocean away, so that whatever was measured on this side of
     * it goes first. Milliseconds.
     */
    unknownMs: 150,
  },
  meeting: {
    /**
     * What a further node of a meeting must gain. It costs everybody else a relay hop, and every stream another copy
     * between nodes. 15 ms are 1,000 km: a tenth of what a conversation bears (ITU-T G.114: 150 ms one way).
     * Milliseconds.
     */
    newNodeMs: 15,
    /** The same for a node that so far only stands by: no people of the meeting, but linked already. Milliseconds. */
    idleNodeMs: 10,
    /**
     * Of a node for one meeting. The rest is for its other meetings, whose people must find room there too, and for
     * those on the way. Fraction of its capacity.
     */
    share: 0.8,
  },
  load: {
    /**
     * Up to here a node or region is as good as empty; above, it gets dearer. The rest is the reserve for a burst of
     * joins and for those who come when a neighbour is lost. Fraction of its capacity.
     */
    from: 0.7,
    /**
     * What a full one costs, rising evenly from `from`: neighbours up to 1,300 km away take over bit by bit before
     * somebody has to be refused. Milliseconds.
     */
    fullMs: 20,
  },
  standby: {
    /**
     * What another region than the primary's costs a standby: the streams of the meeting have to come there as well,
     * and everybody's way changes with the move. More than a busy region costs, so that it is taken only where the
     * primary's region has nothing or is far away. Milliseconds.
     */
    otherRegionMs: 50,
    /**
     * A node the meeting has is its standby up to this long a way: one more would be relayed to all the time, and at
     * 10,000 km a conversation still goes on. Milliseconds of round trip.
     */
    reuseMs: 160,
    /** All who fall back on a node may come at once: they and those there stay below this. Fraction of its capacity. */
    share: 0.9,
  },
  log: {
    /** Named with a decision; nobody is placed in a further one. */
    candidates: 8,
  },
} as const;

export type PlacementConfig = {
  readonly path: { readonly msPerKm: number; readonly accessMs: number; readonly unknownMs: number };
  readonly meeting: { readonly newNodeMs: number; readonly idleNodeMs: number; readonly share: number };
  readonly load: { readonly from: number; readonly fullMs: number };
  readonly standby: { readonly otherRegionMs: number; readonly reuseMs: number; readonly share: number };
};
