import type { mediaRpc } from '@meridian/protocol';
import type { ReceiveOptions } from './types.ts';

export type ReceiveMessage = Omit<mediaRpc.ClientToNode & { type: 'set_receive' }, 'v' | 'type' | 'ref'>;

/** What the application wants to receive, in the terms of the wire. */
export function receiveMessage({ audioOnly, maxBitrate }: ReceiveOptions): ReceiveMessage {
  return {
    audio_only: audioOnly ?? false,
    max_bitrate: maxBitrate == null ? null : Math.max(50_000, Math.round(maxBitrate)),
  };
}
