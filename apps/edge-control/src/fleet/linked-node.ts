import { NodeDescription, NodeLoad, Timestamp } from '@meridian/protocol';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import type { NodeFigures } from './choose-node.ts';

/** What a cell knows of a node. Kept with its socket, so that it outlives the hibernation of the cell. */
export const LinkedNode = z.object({
  description: NodeDescription,
  load: NodeLoad,
  heard_at: Timestamp,
});
export type LinkedNode = z.infer<typeof LinkedNode>;

/** The attachment of a link's socket. `node` is null until it has registered. */
export const LinkAttachment = z.object({ accepted_at: Timestamp, node: LinkedNode.nullable() });
export type LinkAttachment = z.infer<typeof LinkAttachment>;

/**
 * Whether a node may be given somebody new. It must want to, and must have been heard of lately; a cell that
 * has just started cannot judge silence yet.
 */
export function takesParticipants(node: LinkedNode, now: number, cellStartedAt: number): boolean {
  if (node.load.state !== 'up') return false;
  const heard = now - node.heard_at <= CONFIG.cell.silentAfterMs;
  return heard || now - cellStartedAt <= CONFIG.cell.bootGraceMs;
}

export function figures({ description, load }: LinkedNode): NodeFigures {
  return {
    node_id: description.node_id,
    capacity: description.capacity,
    participants: load.participants,
    cpu: load.cpu,
  };
}
