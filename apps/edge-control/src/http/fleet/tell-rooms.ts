import { CONFIG } from '../../config.ts';
import type { ApiEnv } from '../../env.ts';
import { inParallel } from '../../in-parallel.ts';
import { log } from '../../log.ts';
import { within } from '../../timeout.ts';
import { roomStub } from '../room-stub.ts';

/**
 * Tells the rooms of these meetings that a node is not to be trusted any more. One that does not answer is told again
 * after the others.
 */
export async function tellRooms(
  env: Pick<ApiEnv, 'ROOMS'>,
  meetings: readonly string[],
  nodeId: string,
): Promise<void> {
  let left = meetings;
  for (let attempt = 1; attempt <= CONFIG.operators.tellAttempts; attempt += 1) {
    left = await tellAll(env, left, nodeId);
  }
  for (const meeting_id of left)
    log('error', 'a room was not told of a revoked node', { meeting_id, node_id: nodeId });
}

/** Answers those that were not told. */
async function tellAll(
  env: Pick<ApiEnv, 'ROOMS'>,
  meetings: readonly string[],
  nodeId: string,
): Promise<string[]> {
  const missed: string[] = [];
  await inParallel(meetings, CONFIG.operators.roomsAtOnce, async (meeting_id) => {
    try {
      const told = roomStub(env.ROOMS, meeting_id).nodeRevoked(nodeId);
      await within(told, CONFIG.room.rpcTimeoutMs, 'the room');
    } catch (error) {
      log('warn', 'a room does not answer', { meeting_id, node_id: nodeId, error });
      missed.push(meeting_id);
    }
  });
  return missed;
}
