import type { IceServer, mediaRpc, SfuEndpoint, Source, StreamId } from '@meridian/protocol';
import type { DataChannels } from './data-channels.ts';
import type { Uplink } from './encodings.ts';
import type { Environment } from './environment.ts';
import type { RemoteStreams } from './remote-streams.ts';
import type { SessionLoss } from './session-loss.ts';
import type { JoinStages } from './types.ts';

export type MediaSessionHandlers = {
  stage(name: keyof JoinStages): void;
  /** Transports exist; publish and subscribe now. */
  welcomed(welcome: mediaRpc.Welcome): void;
  /** Everything needed is connected; of a standby, prepared. Called each time that becomes true. */
  up(): void;
  /** Packets have stopped getting through; a restart of ICE is under way. */
  disturbed(): void;
  /** Its socket broke off; what is said waits for the next one, which is being opened. Media may flow meanwhile. */
  interrupted(): void;
  /** It is there. If no packets come any more, a restart of ICE follows. */
  resumed(): void;
  /** Whether others than its node have been heard since then (performance.now()). */
  othersHeard(since: number): boolean;
  /** Whether the network has been there all along since then: the room was heard on the socket that it had before. */
  networkHeld(since: number): boolean;
  /** Once, unless close() was called before. Media may still flow until close(). */
  lost(loss: SessionLoss): void;
  tokenNeeded(): void;
  /** Others have come to this node from the one that it is a standby for. */
  othersCame(): void;
  /** How many layers of a video of one's own anybody watches. */
  watched(source: Source, layers: number): void;
  speakers(speakers: mediaRpc.Speakers): void;
  score(streamId: StreamId, scores: readonly number[]): void;
};

export type MediaSessionOptions = {
  environment: Environment;
  /** Rises with each session in use of a meeting; null for a standby, which gets one when it is activated. */
  number: number | null;
  /** What the way down has carried elsewhere, bits per second; 0: nothing is known. */
  carried: number;
  uplink: Uplink;
  endpoint: SfuEndpoint;
  token: string;
  iceServers: readonly IceServer[];
  iceTransportPolicy: RTCIceTransportPolicy;
  remote: RemoteStreams;
  data: DataChannels;
  handlers: MediaSessionHandlers;
};
