import { CONFIG } from '../../config.ts';
import type { ApiEnv } from '../../env.ts';
import { log } from '../../log.ts';
import { within } from '../../timeout.ts';
import { roomStub } from '../room-stub.ts';

/**
 * Tells the rooms of these meetings that a node is not to be trusted any more. One that does not answer hears of it
 * from the verdict on the node, and lets it in no more.
 */
export async function tellRooms(
  env: Pick<ApiEnv, 'ROOMS'>,
  meetings: readonly string[],
  nodeId: string,
): Promise<void> {
  for (let i = 0; i < meetings.length; i += CONFIG.operators.roomsAtOnce) {
    const some = meetings.slice(i, i + CONFIG.operators.roomsAtOnce);
    await Promise.all(
      some.map(async (meeting_id) => {
        try {
          const told = roomStub(env.ROOMS, meeting_id).nodeRevoked(nodeId);
          await within(told, CONFIG.room.rpcTimeoutMs, 'the room');
        } catch (error) {
          log('warn', 'a room was not told of a revoked node', { meeting_id, node_id: nodeId, error });
        }
      }),
    );
  }
}
