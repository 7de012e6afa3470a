import { z } from 'zod';
import { Location, NodeDescription, NodeLoad, NodeVerdict, NodeWish } from './cell-link.ts';
import { NodeId, RegionId } from './ids.ts';
import { Timestamp } from './meeting.ts';

/** Bodies of `/api/v1/fleet`: for operators, and for machines that join the fleet. */

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected 32 bytes in base64url');

/** ES256 (RFC 7518 §6.2.1). Its thumbprint (RFC 7638) is the `kid` of the tokens the node signs with it. */
export const NodePublicKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
});
export type NodePublicKey = z.infer<typeof NodePublicKey>;

/** `POST /fleet/enrolments` */
export const CreateEnrolmentRequest = z.strictObject({ node_id: NodeId, region: RegionId });
export type CreateEnrolmentRequest = z.infer<typeof CreateEnrolmentRequest>;

export const Enrolment = z.object({
  node_id: NodeId,
  region: RegionId,
  /** Good for one machine. Shown this once. */
  secret: z.string(),
  expires_at: z.iso.datetime(),
});
export type Enrolment = z.infer<typeof Enrolment>;

/** `POST /fleet/enrol`: a machine makes its key known. */
export const EnrolRequest = z.strictObject({
  node_id: NodeId,
  region: RegionId,
  secret: z.string().min(1).max(128),
  public_key: NodePublicKey,
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const EnrolledNode = z.object({
  node_id: NodeId,
  region: RegionId,
  /** What the node names in its tokens. */
  kid: z.string(),
});
export type EnrolledNode = z.infer<typeof EnrolledNode>;

export const FleetNode = z.object({
  node: NodeDescription,
  cell: z.string(),
  verdict: NodeVerdict,
  /** Of the verdict. */
  since: Timestamp,
  /** What speaks against it, by name. */
  reasons: z.array(z.string()),
  desired: NodeWish,
  linked: z.boolean(),
  /** When it last said anything. */
  heard_at: Timestamp,
  /** As it last said; null when it has not since its cell started. */
  load: NodeLoad.nullable(),
  /** Places promised to people who are on the way. */
  reserved: z.number().int().min(0),
});
export type FleetNode = z.infer<typeof FleetNode>;

export const ListFleetNodesQuery = z.object({ region: RegionId.optional() });

/** `GET /fleet/nodes`: by region, then name. */
export const FleetNodeList = z.object({
  items: z.array(FleetNode),
  /** Cells that did not answer: their nodes are missing here. */
  unreachable: z.array(z.string()),
});
export type FleetNodeList = z.infer<typeof FleetNodeList>;

export const FleetRegion = z.object({
  region: RegionId,
  location: Location,
  nodes: z.record(NodeVerdict, z.number().int().min(0)),
  /** Of all nodes that are not lost. */
  participants: z.number().int().min(0),
  capacity: z.number().int().min(0),
  /** Participants who would get a place now. */
  free: z.number().int().min(0),
});
export type FleetRegion = z.infer<typeof FleetRegion>;

/** `GET /fleet/regions` */
export const FleetRegionList = z.object({
  items: z.array(FleetRegion),
  unreachable: z.array(z.string()),
});
export type FleetRegionList = z.infer<typeof FleetRegionList>;
