/** Which nodes of a meeting relay to which: pure functions, used by the room and by the simulator. */
export {
  addNode,
  EMPTY_TOPOLOGY,
  hubOf,
  possibleLinks,
  removeNode,
  type Topology,
  type TopologyLink,
  type TopologyNode,
} from './topology.ts';
