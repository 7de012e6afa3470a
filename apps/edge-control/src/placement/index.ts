/** Where participants are placed: pure functions, used by edge, cells, rooms and the simulator. */
export {
  ANY_PLACE,
  type Candidate,
  freePlaces,
  type PlacementRequest,
  type Standby,
  utilisation,
} from './candidate.ts';
export { type Claim, chooseHeld, chooseNode, type NodeChoice } from './choose-node.ts';
export { chooseStandby, type StandbyWish } from './choose-standby.ts';
export { PLACEMENT, type PlacementConfig } from './config.ts';
export { distanceKm } from './distance.ts';
export { explainAll } from './explain.ts';
export type { MeetingNode } from './meeting-node.ts';
export { type Considered, type Placement, place, type Reason } from './place.ts';
export { type RegionWish, type RoundTrips, rankRegions } from './rank-regions.ts';
