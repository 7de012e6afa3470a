import type {
  FleetNode,
  Location,
  NodeDescription,
  NodePublicKey,
  NodeState,
  NodeVerdict,
  NodeWish,
} from '@meridian/protocol';
import type { Result } from '../result.ts';
import type { Purpose } from './reservations.ts';
import type { ReportedKind } from './verdict.ts';

/** One place on a node, held for a participant who is on the way. */
export type Reservation = {
  reservation_id: string;
  cell: string;
  node: NodeDescription;
};

export type ReserveRequest = {
  meeting_id: string;
  room_url: string;
  /** This node and no other: the room has it, and its participant is to join others there. */
  only_node_id?: string;
  /** Nodes that will not do: one that cannot be reached, or is being left. */
  exclude_node_ids?: string[];
  /** A standby is of no use where it fails together with its primary. */
  failure_domains_to_avoid?: string[];
  /** `primary` unless said. */
  purpose?: Purpose;
};

/** What speaks against a node, as somebody saw it. `at` in epoch milliseconds. */
export type EvidenceReport = {
  node_id: string;
  kind: ReportedKind;
  /** Who saw it: a participant or a node. For the log. */
  reporter: string;
  /** It lives where the node does: what it misses, no way between regions can have swallowed. */
  near: boolean;
  at: number;
};

/** `since` in epoch milliseconds; `boot_id` of the life that is judged, null of a node the cell does not know. */
export type VerdictAnswer = {
  verdict: NodeVerdict;
  since: number;
  boot_id: NodeDescription['boot_id'] | null;
};

/** RegistryCell over RPC: up to 250 nodes of one region. */
export interface RegistryCellApi {
  /**
   * Picks a node, counts the participant at once and tells the node to dial the room.
   * Refuses with `no_capacity`. A reservation nobody confirms by arriving lapses by itself.
   */
  reserve(request: ReserveRequest): Promise<Result<Reservation>>;
  release(reservationId: string): Promise<void>;

  /** Takes evidence in, and says what becomes of it. Of a node it does not know it thinks `suspect`. */
  evidence(report: EvidenceReport): Promise<VerdictAnswer>;
  verdict(nodeId: string): Promise<VerdictAnswer>;

  /** All it knows, also those that have gone within a day. */
  nodes(): Promise<FleetNode[]>;
  node(nodeId: string): Promise<Result<FleetNode>>;
  /** Has a node empty itself, or take people again. Holds over restarts of node and cell. */
  direct(nodeId: string, wish: NodeWish): Promise<Result<FleetNode>>;

  /** A one-time secret with which the machine of this name makes a key of its own known. */
  offerEnrolment(nodeId: string): Promise<{ secret: string; expires_at: number }>;
  /** Refuses with `unauthorized`. The node has this one key from then on. */
  enrol(nodeId: string, secret: string, key: NodePublicKey): Promise<Result<{ kid: string }>>;
  /** The node's key of this thumbprint while it is good. */
  nodeKey(nodeId: string, kid: string): Promise<NodePublicKey | null>;
  /** Its key and open enrolments are worth nothing from now on. Answers the meetings it was given lately. */
  revoke(nodeId: string): Promise<string[]>;
}

export type RegionSnapshot = {
  region: string;
  cell: string;
  location: Location;
  /** Nodes that work, those that are full included. */
  nodes_up: number;
  /** Participants those take in all, and still. */
  capacity: number;
  free: number;
  /** Where browsers measure the way to it; null where they cannot. Those of a former deployment are silent on it. */
  probe_url?: string | null;
  reported_at: number;
};

export type FleetSnapshot = {
  taken_at: number;
  regions: RegionSnapshot[];
  /** Of cells that have not reported for long, as they were: gone, or cut off. A directory of a former deployment is silent on them. */
  silent?: RegionSnapshot[];
};

/** What a cell tells the directory, on change and at an interval. */
export type CellReport = Omit<RegionSnapshot, 'reported_at'>;

/** FleetDirectory over RPC: the one object that knows all cells. */
export interface FleetDirectoryApi {
  report(report: CellReport): Promise<void>;
  snapshot(): Promise<FleetSnapshot>;
  /** Cells that nodes were assigned to, whether anything runs there or not. */
  cells(): Promise<{ region: string; cell: string }[]>;
  /**
   * The cell a node of this name belongs to, from now on. Refuses with `conflict` where the name is in use in another
   * region: rooms know nodes by their names.
   */
  assign(nodeId: string, region: string): Promise<Result<{ cell: string }>>;
  locate(nodeId: string): Promise<{ region: string; cell: string } | null>;
  /** The name is free again. */
  unassign(nodeId: string): Promise<void>;
}

export type { NodeDescription, NodeState };
