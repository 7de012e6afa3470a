import type { Device } from 'mediasoup-client/types';
import { loadDevice } from './device.ts';
import { type OpenSocket, openWebSocket } from './socket.ts';
import { browserWake, type Wake } from './wake.ts';

/** What the SDK takes from the world around it. Tests put their own in. */
export type Environment = {
  openSocket: OpenSocket;
  fetch: typeof fetch;
  /** See device.ts. */
  loadDevice: (floorKbps: number) => Promise<Device>;
  wake: Wake;
  random: () => number;
};

export function browserEnvironment(): Environment {
  return {
    openSocket: openWebSocket,
    // Not passed as such: fetch must be called on its own global.
    fetch: (input, init) => fetch(input, init),
    loadDevice,
    wake: browserWake,
    random: Math.random,
  };
}
