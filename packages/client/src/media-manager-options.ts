import type { Failover, MeridianError, mediaRpc, Source } from '@meridian/protocol';
import type { ConnectionQuality } from './connection-quality.ts';
import type { FailoverReason } from './failover.ts';
import type { SessionOpenerOptions } from './session-opener.ts';
import type { JoinStages, ReceiveOptions, ReconnectPolicy } from './types.ts';

export type MediaHandlers = {
  stage(name: keyof JoinStages): void;
  /** The node in use. */
  welcomed(welcome: mediaRpc.Welcome): void;
  /** Whether media is interrupted and being restored. */
  interrupted(down: boolean): void;
  /** The node does not accept this source; it is no longer published. */
  unpublished(source: Source, error: MeridianError): void;
  speakers(speakers: mediaRpc.Speakers): void;
  quality(quality: ConnectionQuality): void;
  /** A node is of no use: the room has to name another (move). */
  astray(nodeId: string, reason: 'unreachable' | 'lost'): void;
  /** Media is at `to` from now on, the standby of `from`, which is lost: the room has to hear of it. */
  failedOver(from: string, to: string, reason: FailoverReason): void;
  /** What the room said of the node is not so: it has to say it anew (move). */
  outdated(): void;
  /** There is no way to have media with this page. The last call. */
  failed(error: MeridianError): void;
};

export type MediaManagerOptions = Omit<
  SessionOpenerOptions,
  'carried' | 'uplink' | 'measure' | 'handlersOf'
> & {
  policy: ReconnectPolicy;
  /** How many are in the meeting. */
  people: () => number;
  /** Asks the room whether it is there. */
  probeRoom: () => void;
  /** When the room was last heard, by performance.now(). */
  roomHeardAt: () => number;
  /** When a socket to the room last broke off, by performance.now(). */
  roomLostAt: () => number;
  receive: ReceiveOptions;
  /** The most that is prepared for the loss of a node. */
  failover: Failover;
  handlers: MediaHandlers;
};
