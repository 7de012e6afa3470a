import type { WebRtcTransport } from 'mediasoup/types';
import { STANDBY } from '../config.ts';

/**
 * Holds the estimate of what a way down carries above part of what it has carried elsewhere until a moment ago, for a
 * while: most of the way is the same. `carried` in bits per second; 0: nothing is known, and nothing is held. Never
 * rejects.
 *
 * libwebrtc's estimate falls back to what has been acknowledged lately at the slightest sign of congestion. On a way that
 * has carried next to nothing, and then gets the key frames of every stream at once, that is next to nothing.
 */
export async function holdBandwidth(transport: WebRtcTransport, carried: number): Promise<void> {
  const floor = Math.round(Math.min(carried, STANDBY.maxBitrate) * STANDBY.floorShare);
  if (floor < STANDBY.lowestFloor) return;
  await hold(transport, floor);
  if (transport.closed) return;
  const timer = setTimeout(() => void hold(transport, 0), STANDBY.floorFor);
  transport.observer.once('close', () => clearTimeout(timer));
}

/** A transport that is closed meanwhile, or whose worker is ill, needs no floor. */
async function hold(transport: WebRtcTransport, floor: number): Promise<void> {
  if (!transport.closed) await transport.setMinOutgoingBitrate(floor).catch(() => {});
}
