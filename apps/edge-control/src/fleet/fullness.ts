import type { NodeDescription, NodeLoad } from '@meridian/protocol';

/** How hard a node works, evened out over some heartbeats: a burst of joins is not a machine at its end. */
export type Pressure = {
  /** Mean over its workers, as a fraction of one core. */
  cpu: number;
  /** Of the direction that carries more, as a fraction of what the network carries. */
  bandwidth: number;
  high: boolean;
};

export type PressureConfig = {
  /** Full from here on, of CPU and of bandwidth. */
  fullAbove: number;
  /** And open again from here down, so that a node at the edge does not open and close with each heartbeat. */
  openBelow: number;
  /** Weight of the newest heartbeat. */
  smoothing: number;
};

/** `before` is null with the first figures of a node, which are then taken as they are. */
export function nextPressure(
  before: Pressure | null,
  node: NodeDescription,
  load: NodeLoad,
  { fullAbove, openBelow, smoothing }: PressureConfig,
): Pressure {
  const now = figuresOf(node, load);
  const weight = before === null ? 1 : smoothing;
  const cpu = mix(before?.cpu, now.cpu, weight);
  const bandwidth = mix(before?.bandwidth, now.bandwidth, weight);
  return { cpu, bandwidth, high: Math.max(cpu, bandwidth) > (before?.high ? openBelow : fullAbove) };
}

/** Whether a node has no room for anybody: no place, or nothing to serve one with. `occupied`: taken or promised. */
export function isFull(node: NodeDescription, occupied: number, pressure: Pressure): boolean {
  return occupied >= node.capacity || pressure.high;
}

function figuresOf(node: NodeDescription, load: NodeLoad): { cpu: number; bandwidth: number } {
  const cpu = load.cpu.reduce((sum, each) => sum + each, 0) / Math.max(1, load.cpu.length);
  return { cpu, bandwidth: Math.max(load.bits_in_per_s, load.bits_out_per_s) / node.bits_capacity_per_s };
}

function mix(before: number | undefined, now: number, weight: number): number {
  return before === undefined ? now : before + weight * (now - before);
}
