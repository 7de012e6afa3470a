import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { CONFIG } from '../../config.ts';
import { tellRooms } from './tell-rooms.ts';

/** Rooms of which some do not answer so many times. Notes who was told, in order. */
function rooms(deaf: Record<string, number>) {
  const told: string[] = [];
  const left = new Map(Object.entries(deaf));
  const ROOMS = new Proxy(env.ROOMS, {
    get: (namespace, property) => {
      if (property === 'idFromName') return (name: string) => name;
      if (property === 'get') return roomOf;
      return Reflect.get(namespace, property, namespace);
    },
  });
  const roomOf = (id: string) => ({
    async nodeRevoked() {
      const times = left.get(id) ?? 0;
      left.set(id, times - 1);
      if (times > 0) throw new Error('the object was reset');
      told.push(id);
    },
  });
  return { ROOMS, told };
}

it('a room that does not answer is told again after the others, but not for ever', async () => {
  const names = Array.from({ length: 2 * CONFIG.operators.roomsAtOnce }, (_, i) => `room-${i}`);
  const fleet = rooms({ 'room-0': 1, 'room-1': CONFIG.operators.tellAttempts });
  await tellRooms(fleet, names, 'node-1');
  expect(fleet.told).toEqual([...names.slice(2), 'room-0']);
});
