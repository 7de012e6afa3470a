import { EventEmitter } from 'node:events';
import type { Stream } from '@meridian/protocol';
import type { Producer } from 'mediasoup/types';
import type { z } from 'zod';

export type StreamInfo = z.infer<typeof Stream>;

export type PublicationEvents = {
  /** `stream` has changed. */
  updated: [];
  closed: [];
};

/**
 * One generation of a stream as this node can have it: published by a peer here, or offered by another node.
 * Whoever wants its packets acquires it and releases it once; a remote one is pulled only while acquired.
 */
export abstract class Publication extends EventEmitter<PublicationEvents> {
  constructor() {
    super();
    // One listener per subscriber and relay.
    this.setMaxListeners(0);
  }

  abstract readonly stream: StreamInfo;
  abstract readonly closed: boolean;
  /** Whether it is published at this node. */
  abstract readonly isLocal: boolean;
  /** The producer on this node's router. Rejects when it cannot be had in time; then nothing is to be released. */
  abstract acquire(): Promise<Producer>;
  abstract release(): void;
}
