import type { RtpParameters } from '@meridian/protocol';
import type { ClientDtls, Incoming, ServerTransport } from '../../headless/webrtc.ts';

export type Kind = 'audio' | 'video';

/** One client's signaling with a server, ours or the bare one. */
export interface ServerLink {
  readonly sendTransport: ServerTransport;
  readonly recvTransport: ServerTransport;
  connect(transportId: string, dtls: ClientDtls): Promise<void>;
  produce(kind: Kind, parameters: RtpParameters, options?: { paused: boolean }): Promise<void>;
  /** Wants audio and video of this many others; resolves when consumers for all of it are there, paused. */
  watch(others: number): Promise<Incoming[]>;
  /** Lets a consumer flow. */
  ready(consumerId: string): Promise<void>;
  /** Gives all video back. */
  unwatch(): Promise<void>;
  /** Wants it again; resolves with the number of consumers when all of them are there and flow. */
  rewatch(): Promise<number>;
  close(): Promise<void>;
}

/** Where clients find a server, and the meetings they spread over. */
export type ServerName = {
  readonly kind: 'meridian' | 'bare';
  readonly origin: string;
  readonly meetings: readonly string[];
};
