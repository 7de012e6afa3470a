export type MeetingUse = {
  /** Peers, lingering ones included. */
  peers: number;
  /** Sockets to other nodes of the meeting. */
  relays: number;
  /** Whether the room, over a link that is up, counts this node among those of the meeting. */
  inMesh: boolean;
  /** Until when it is kept for somebody who is about to come, epoch milliseconds. */
  heldUntil: number;
};

/** Whether anybody has a use for a meeting at this node. */
export function isWanted(use: MeetingUse, now: number): boolean {
  return use.peers > 0 || use.relays > 0 || use.inMesh || now < use.heldUntil;
}
