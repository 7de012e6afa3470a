import type { Failover, MediaPlaces, SfuEndpoint } from '@meridian/protocol';
import type { Assignment } from './standby.ts';

/** What the room names beside the node in use. */
export type StandbyPlace = Omit<MediaPlaces, 'sfu'>;

/** Where media may be: what the room has named, and where it was told since that media is. */
export class Places {
  readonly #most: Failover;
  #endpoints: readonly SfuEndpoint[] = [];
  #standby: StandbyPlace = { standby: null, failover: 'cold' };
  /** Where media is by what the room was told, until it names a place itself. */
  #claimed: SfuEndpoint | null = null;

  /** `most`: the most that is prepared for the loss of a node. */
  constructor(most: Failover) {
    this.#most = most;
  }

  /** The node the room has named; null before the first. */
  get named(): SfuEndpoint | null {
    return this.#endpoints[0] ?? null;
  }

  /** The room has named both. */
  name({ sfu, standby, failover }: MediaPlaces): void {
    this.#claimed = null;
    this.#set(sfu, { standby, failover });
  }

  /** The room has named another standby, or none. False when it has not named a node yet. */
  nameStandby(standby: StandbyPlace): boolean {
    // Named by us, it is the room's word as well now; whether the session there still stands is another matter.
    const sfu = this.#claimed ?? this.named;
    if (sfu) this.#set(sfu, standby);
    return sfu !== null;
  }

  /** Which of them a node is. */
  of(nodeId: string | undefined): 'node' | 'standby' | 'elsewhere' {
    if (nodeId === undefined) return 'elsewhere';
    if (nodeId === this.named?.node_id) return 'node';
    return nodeId === this.#standby.standby?.node_id ? 'standby' : 'elsewhere';
  }

  /** Where to try after so many sessions that came to nothing. Null before anything is named. */
  next(failures: number): SfuEndpoint | null {
    // First again where it was; then the standby has its turn every second time: one of the two may be gone for good.
    const tries = Math.max(0, failures - 1);
    return this.#endpoints[tries % this.#endpoints.length] ?? null;
  }

  /** The standby, and what is to be prepared there, while media is at node `at`: one that is in use is none. */
  assignment(at: string | undefined): Assignment | null {
    const { standby, failover } = this.#standby;
    const tier = lesser(failover, this.#most);
    return standby && standby.node_id !== at && tier !== 'cold' ? { endpoint: standby, tier } : null;
  }

  /** Media is there. When the room has named another node, which one: it has to be told. Else null. */
  claim(at: SfuEndpoint): string | null {
    const { named } = this;
    if (!named || named.node_id === at.node_id) return null;
    this.#claimed = at;
    return named.node_id;
  }

  #set(sfu: SfuEndpoint, place: StandbyPlace): void {
    this.#endpoints = place.standby ? [sfu, place.standby] : [sfu];
    this.#standby = place;
  }
}

const TIERS: readonly Failover[] = ['cold', 'warm', 'hot'];

function lesser(a: Failover, b: Failover): Failover {
  return TIERS.indexOf(a) < TIERS.indexOf(b) ? a : b;
}
