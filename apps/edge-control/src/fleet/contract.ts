import type { Location, NodeDescription, NodeState } from '@meridian/protocol';
import type { Result } from '../result.ts';

/** One place on a node, held for a participant who is on the way. */
export type Reservation = {
  reservation_id: string;
  cell: string;
  node: NodeDescription;
};

/** RegistryCell over RPC: up to 250 nodes of one region. */
export interface RegistryCellApi {
  /**
   * Picks a node, counts the participant at once and tells the node to dial the room.
   * Refuses with `no_capacity`. A reservation nobody confirms by arriving lapses by itself.
   */
  reserve(request: {
    meeting_id: string;
    room_url: string;
    prefer_node_id?: string;
    /** Nodes that will not do: one that cannot be reached, or is being left. */
    exclude_node_ids?: string[];
  }): Promise<Result<Reservation>>;
  release(reservationId: string): Promise<void>;
}

export type RegionSnapshot = {
  region: string;
  cell: string;
  location: Location;
  /** Nodes that take participants now. */
  nodes_up: number;
  /** Participants those could still take. */
  free: number;
  reported_at: number;
};

export type FleetSnapshot = { taken_at: number; regions: RegionSnapshot[] };

/** What a cell tells the directory, on change and at an interval. */
export type CellReport = Omit<RegionSnapshot, 'reported_at'>;

/** FleetDirectory over RPC: the one object that knows all cells. */
export interface FleetDirectoryApi {
  report(report: CellReport): Promise<void>;
  snapshot(): Promise<FleetSnapshot>;
}

export type { NodeDescription, NodeState };
