import type { Location, NodeVerdict } from '@meridian/protocol';
import type { Residency } from '../storage/meeting-id.ts';

/** Of a node, what its cell says; `away`: the cell itself does not answer. */
export type Health = NodeVerdict | 'away';

/** Somewhere a participant could be placed: a node, or a region as a whole. */
export type Candidate = {
  /** Of the node, or of the cell that is asked for one. */
  readonly id: string;
  readonly region: string;
  readonly location: Location;
  /** Round trip to the participant, measured; null where nobody has measured. Milliseconds. */
  readonly rtt_ms: number | null;
  /** Participants it takes at most; 0: nothing runs there. */
  readonly capacity: number;
  /** Participants there. */
  readonly participants: number;
  /** Participants on the way there, whom `participants` and `busy` do not show yet. */
  readonly reserved: number;
  /** How much of CPU or network is used, whichever is scarcer, as a fraction. */
  readonly busy: number;
  readonly health: Health;
  /** Version of the router capabilities; null for a region, which may have several. */
  readonly caps_version: number | null;
  /** Fails as one, within its region; null where that is not known. */
  readonly failure_domain: string | null;
  /** Participants of the meeting there, those on the way included; null while the meeting is not there. */
  readonly attached: number | null;
};

export type PlacementRequest = {
  /** Of the participant; null when unknown. */
  readonly location: Location | null;
  /** What their access line takes longer than most, for ways that were not measured; see `accessLineMs`. Milliseconds. */
  readonly line_ms: number;
  readonly residency: Residency;
  /** What the meeting's nodes and the client speak; null: anything will do. */
  readonly caps_version: number | null;
  /** Candidates that will not do: they cannot be reached, or are being left. */
  readonly exclude: readonly string[];
  /** A candidate that is taken whenever it can be: a place is held there already. */
  readonly prefer: string | null;
  /** For a standby, what it stands by for; null for a primary. */
  readonly standby: Standby | null;
};

export type Standby = {
  /** The primary's. */
  readonly region: string;
  /** Of that region: what fails together with the primary. */
  readonly failure_domains: readonly string[];
};

/** Anybody's first place in a meeting that may be anywhere. */
export const ANY_PLACE: PlacementRequest = {
  location: null,
  line_ms: 0,
  residency: 'none',
  caps_version: null,
  exclude: [],
  prefer: null,
  standby: null,
};

/** Places left when everybody who is on the way has arrived. */
export function freePlaces({
  capacity,
  participants,
  reserved,
}: Pick<Candidate, 'capacity' | 'participants' | 'reserved'>): number {
  return Math.max(0, Math.floor(capacity - participants - reserved));
}

/** How full it is, by places or by work; those on the way will bring work as well. 1: nothing left. */
export function utilisation({ capacity, participants, reserved, busy }: Candidate): number {
  if (capacity === 0) return 1;
  return reserved / capacity + Math.max(participants / capacity, busy);
}
